-- name: head
SELECT c.client_id, c.tenant_id, c.alias, c.display_name, c.timezone, c.started_on, c.study, c.last_data_at,
       c.observed_from, c.observed_to,
       (SELECT a.timezone FROM alert_policy a WHERE a.unit_id = c.unit_id) AS unit_timezone,
       p.rules, p.plan_id,
       review.reviewed_at, review.reviewed_by,
       g.device_id, g.heard_at, (g.status ->> 'outbox_depth')::int AS outbox_depth,
       (g.status -> 'battery' ->> 'level')::int AS battery_level, g.status -> 'last_error' ->> 'code' AS last_error,
       g.status -> 'alarms' AS alarms, g.status ->> 'driver_grade' AS driver_grade,
       retest.retest_until,
       (SELECT coalesce(sum(d.planned), 0) FROM client_day d WHERE d.client_id = c.client_id AND d.day > days.last - 28
           AND d.day <= days.last) AS planned,
       (SELECT coalesce(sum(d.taken), 0) FROM client_day d WHERE d.client_id = c.client_id AND d.day > days.last - 28
           AND d.day <= days.last) AS taken
  FROM client c
  CROSS JOIN LATERAL (SELECT (CASE WHEN c.study IS NULL THEN %(now)s ELSE c.observed_to END
                              AT TIME ZONE c.timezone)::date AS last) days
  LEFT JOIN LATERAL (
      SELECT rules, plan_id FROM plan WHERE client_id = c.client_id AND valid_from <= %(now)s
       ORDER BY valid_from DESC LIMIT 1) p ON true
  LEFT JOIN LATERAL (
      SELECT r.reviewed_at, a.display_name AS reviewed_by FROM review r JOIN account a USING (account_id)
       WHERE r.client_id = c.client_id ORDER BY r.reviewed_at DESC LIMIT 1) review ON true
  LEFT JOIN LATERAL (
      SELECT device_id, heard_at, status FROM gateway
       WHERE client_id = c.client_id AND revoked_at IS NULL ORDER BY enrolled_at DESC LIMIT 1) g ON true
  LEFT JOIN LATERAL (
      SELECT max(retest_until) AS retest_until FROM test_result
       WHERE client_id = c.client_id AND retest_until > %(now)s) retest ON true
 WHERE c.client_id = %(client_id)s

-- name: next_window
SELECT window_id, kind, opens_at, closes_at, attendance, met_at
  FROM test_window
 WHERE client_id = %(client_id)s AND closes_at > %(now)s AND attendance = 'pending'
 ORDER BY opens_at LIMIT 1

-- name: newest_risk
SELECT DISTINCT ON (horizon_hours) decided_at, horizon_hours, probability, low, high, usual, coverage, reasons,
       model_version
  FROM risk_score WHERE client_id = %(client_id)s AND decided_at > %(now)s - interval '40 days' AND decided_at <= %(now)s
 ORDER BY horizon_hours, decided_at DESC, computed_at DESC

-- name: newest_risk_of_study
SELECT DISTINCT ON (horizon_hours) decided_at, horizon_hours, probability, low, high, usual, coverage, reasons,
       model_version
  FROM risk_score WHERE client_id = %(client_id)s
 ORDER BY horizon_hours, decided_at DESC, computed_at DESC

-- name: readings
SELECT r.measured_at, r.received_at, r.brac_mg_per_l::float8, (r.brac_mg_per_l * 2.0)::float8,
       coalesce(s.state, CASE WHEN r.outcome = 'complete' THEN NULL ELSE 'incomplete' END), r.outcome,
       CASE WHEN r.failure = 'cannot_blow'
            THEN 'cannot_blow_' || (convert_from(r.body, 'UTF8')::jsonb ->> 'cannot_blow') ELSE r.failure END,
       r.purpose, r.attempt, r.breathalyzer_model, r.driver_grade, r.calibration_state, r.device_id, r.boot_id,
       r.sequence,
       -- who blew, beside what was blown: nothing above this line depends on it
       CASE WHEN p.verdict = 'unusable' THEN 'not_captured' WHEN p.verdict IS NOT NULL THEN p.verdict
            WHEN p.is_kept THEN 'review_pending' WHEN p.run_id IS NOT NULL OR r.identity <> 'not_used' THEN 'not_captured'
            ELSE 'not_used' END,
       -- another breathalyzer than one that staff have said is the client's own
       r.breathalyzer_serial IS NOT NULL AND own.serials IS NOT NULL AND r.breathalyzer_serial <> ALL (own.serials),
       r.clock_correction_ms
  FROM reading r
  LEFT JOIN (SELECT DISTINCT ON (p.run_id) p.run_id, p.body IS NOT NULL AS is_kept, v.verdict
               FROM identity_photo p
               LEFT JOIN photo_verdict v USING (device_id, boot_id, sequence)
              WHERE p.client_id = %(client_id)s AND p.taken_at >= %(since)s - interval '1 day'
                AND p.taken_at < %(until)s + interval '1 day'
              ORDER BY p.run_id, v.judged_at DESC NULLS LAST, p.taken_at DESC) p ON p.run_id = r.run_id
  LEFT JOIN (SELECT array_agg(serial) AS serials FROM breathalyzer_pairing
              WHERE client_id = %(client_id)s AND ended_at IS NULL) own ON true
  -- the client and the span again, so that no other client's results are looked through
  LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence
   AND s.client_id = %(client_id)s AND s.measured_at >= %(since)s AND s.measured_at < %(until)s
 WHERE r.client_id = %(client_id)s AND r.measured_at >= %(since)s AND r.measured_at < %(until)s
 ORDER BY r.measured_at

-- name: study_breath_tests
SELECT measured_at, known_at, brac_mg_per_l, outcome, ordinal
  FROM study_breath_test
 WHERE client_id = %(client_id)s AND measured_at >= %(since)s AND measured_at < %(until)s ORDER BY measured_at, ordinal

-- name: windows
SELECT window_id, kind, opens_at, closes_at, attendance, met_at
  FROM test_window
 WHERE client_id = %(client_id)s AND opens_at >= %(since)s - interval '1 day' AND opens_at < %(until)s
   AND closes_at >= %(since)s
 ORDER BY opens_at, kind, ordinal

-- name: verdicts
SELECT w.window_id, v.changed_at, v.old, v.new, v.reason
  FROM test_window w JOIN test_window_change v USING (window_id)
 WHERE w.client_id = %(client_id)s AND w.opens_at >= %(since)s - interval '1 day' AND w.opens_at < %(until)s
 ORDER BY v.changed_at

-- name: life_events
SELECT e.event_id, e.kind, e.began_on, e.ended_on, e.text, a.display_name
  FROM life_event e LEFT JOIN account a USING (account_id)
 WHERE e.client_id = %(client_id)s AND e.withdrawn_at IS NULL AND e.began_on <= (%(until)s)::date + 1
   AND (e.kind = 'medication' AND e.ended_on IS NULL OR coalesce(e.ended_on, e.began_on) >= (%(since)s)::date - 1)
 ORDER BY e.began_on, e.created_at

-- name: tests_lately
SELECT s.measured_at, s.state FROM test_result s
 WHERE s.client_id = %(client_id)s AND s.measured_at > %(now)s - interval '35 days' AND s.measured_at <= %(now)s

-- name: breath_windows_lately
SELECT opens_at, attendance, met_at FROM test_window
 WHERE client_id = %(client_id)s AND kind = 'breath_test' AND opens_at > %(now)s - interval '28 days' AND opens_at <= %(now)s

-- name: next_contact
SELECT n.at, a.display_name AS by, false AS is_visit
  FROM (SELECT at, account_id FROM next_contact WHERE client_id = %(client_id)s ORDER BY next_id DESC LIMIT 1) n
  LEFT JOIN account a USING (account_id) WHERE n.at IS NOT NULL
UNION ALL
(SELECT opens_at, NULL, true FROM test_window
  WHERE client_id = %(client_id)s AND kind = 'visit' AND closes_at > %(now)s AND attendance = 'pending'
  ORDER BY opens_at LIMIT 1)
 ORDER BY at LIMIT 1

-- name: clocks_waiting
SELECT count(*)::int AS waiting FROM dead_letter d JOIN gateway g ON g.device_id = d.device_id AND g.tenant_id = d.tenant_id
 WHERE g.client_id = %(client_id)s AND d.claimed_at IS NOT NULL AND d.handled_at IS NULL

-- name: answers
SELECT answered_at, item, value::float8, low::float8, high::float8
  FROM check_in_answer
 WHERE client_id = %(client_id)s AND answered_at >= %(since)s AND answered_at < %(until)s
 ORDER BY answered_at, item, ordinal

-- name: check_ins
-- `about_at`: when the test or window was that the client comments on; only comments have it.
SELECT k.answered_at, k.drank, k.comment,
       coalesce((k.about ->> 'window_opens_at')::timestamptz,
                (SELECT r.measured_at FROM reading r
                  WHERE r.client_id = %(client_id)s AND r.run_id = k.about ->> 'run_id'
                    AND r.measured_at BETWEEN k.answered_at - interval '30 days' AND k.answered_at + interval '1 day'
                  LIMIT 1)) AS about_at
  FROM (SELECT answered_at, drank, comment,
               CASE WHEN about IS NOT NULL THEN about
                    WHEN position('"about":{' IN encode(coalesce(body, ''), 'escape')) > 0
                    THEN convert_from(body, 'UTF8')::jsonb -> 'about' END AS about
          FROM check_in
         WHERE client_id = %(client_id)s AND answered_at >= %(since)s AND answered_at < %(until)s) k
 ORDER BY k.answered_at

-- name: drinking
SELECT started_at, ended_at, known_at, source, amount_g::float8
  FROM drinking_report
 WHERE client_id = %(client_id)s AND started_at < %(until)s AND coalesce(ended_at, started_at) >= %(since)s
 ORDER BY started_at

-- name: risk
-- The last score of each day and horizon: the line on the graph. Reasons stand in the overview.
SELECT DISTINCT ON (horizon_hours, (decided_at AT TIME ZONE %(timezone)s)::date)
       decided_at, horizon_hours, probability, low, high, usual, coverage, model_version
  FROM risk_score
 WHERE client_id = %(client_id)s AND decided_at >= %(since)s AND decided_at <= %(until)s
 ORDER BY horizon_hours, (decided_at AT TIME ZONE %(timezone)s)::date, decided_at DESC, computed_at DESC

-- name: contacts
SELECT k.contact_id, k.happened_at, k.channel, k.reached, k.note, a.display_name, k.direction,
       k.duration_min, k.outcome
  FROM contact k LEFT JOIN account a USING (account_id)
 WHERE k.client_id = %(client_id)s AND k.happened_at >= %(since)s AND k.happened_at < %(until)s ORDER BY k.happened_at

-- name: outages
SELECT began_at, coalesce(ended_at, %(until)s) FROM outage
 WHERE began_at < %(until)s AND coalesce(ended_at, %(until)s) > %(since)s ORDER BY began_at

-- name: review
INSERT INTO review (client_id, account_id, reviewed_at) VALUES (%(client_id)s, %(account_id)s, %(now)s)

-- name: trend
SELECT index, CASE WHEN is_alarm THEN onset END AS onset, sv, en FROM client_trend WHERE client_id = %(client_id)s

-- name: scores_are_on
SELECT coalesce((SELECT s.is_on FROM risk_switch s JOIN client c USING (tenant_id)
                  WHERE c.client_id = %(client_id)s ORDER BY s.switch_id DESC LIMIT 1), true) AS is_on

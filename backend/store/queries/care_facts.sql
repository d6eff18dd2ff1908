-- name: clients
-- The clients themselves and where each one's facts are to be read from: thirty hours before what was touched (no
-- retest chain or late test reaches further), the oldest window nobody could decide, and where windows are to be laid
-- out from.
WITH touched AS (
    SELECT client_id, touched_from
      FROM unnest(%(client_ids)b::uuid[], %(touched_from)b::timestamptz[]) AS t (client_id, touched_from)
)
SELECT c.client_id, c.tenant_id, c.timezone, c.study IS NOT NULL AS is_study, c.last_data_at, c.score_due_at,
       c.lost_contact_at, c.laid_out_to,
       (SELECT max(s.decided_at) FROM risk_score s WHERE s.client_id = c.client_id) AS scored_at,
       least(touched.touched_from - interval '30 hours',
             (SELECT min(w.opens_at) - interval '3 hours' FROM test_window w
               WHERE w.client_id = c.client_id AND w.attendance IN ('pending', 'not_received')
                 AND w.opens_at < %(now)s),
             c.laid_out_to) AS since
  FROM client c JOIN touched USING (client_id)

-- name: plans
SELECT client_id, plan_id, timezone, valid_from, valid_to, windows, rules
  FROM plan WHERE client_id = ANY(%(client_ids)s) ORDER BY client_id, valid_from

-- name: windows
SELECT w.client_id, w.window_id, w.kind, w.opens_at, w.closes_at, w.attendance, w.met_at, w.known_at, w.announced_at,
       w.ordinal, w.due_at
  FROM unnest(%(client_ids)b::uuid[], %(since)b::timestamptz[]) AS t (client_id, since)
  JOIN test_window w ON w.client_id = t.client_id AND w.opens_at >= t.since

-- name: agreed
-- Pauses, excuses, and random and on-demand tests whose time has come, in one go.
SELECT p.client_id, 'pause' AS what, p.from_at, p.to_at, NULL AS kind, NULL::smallint AS ordinal, NULL::uuid AS id,
       NULL::uuid AS plan_id, NULL::date AS local_day
  FROM pause p WHERE p.client_id = ANY(%(client_ids)b::uuid[]) AND p.state = 'granted' AND p.to_at > p.from_at
UNION ALL
SELECT e.client_id, 'excuse', e.opens_at, NULL, e.kind, e.ordinal, NULL, NULL, NULL
  FROM unnest(%(client_ids)b::uuid[], %(since)b::timestamptz[]) AS t (client_id, since)
  JOIN excuse e ON e.client_id = t.client_id AND e.opens_at >= t.since AND e.withdrawn_at IS NULL
UNION ALL
SELECT n.client_id, n.kind, n.opens_at, n.closes_at, n.window_kind, NULL, n.planned_test_id, n.plan_id, n.local_day
  FROM planned_test n
 WHERE n.client_id = ANY(%(client_ids)b::uuid[]) AND n.announced_at IS NULL AND n.cancelled_at IS NULL
   AND n.opens_at <= %(now)s

-- name: readings
SELECT r.client_id, r.device_id, r.boot_id, r.sequence, r.measured_at, r.received_at, r.brac_mg_per_l::float8,
       r.outcome, s.state, s.settled_by, s.retest_until
  FROM unnest(%(client_ids)b::uuid[], %(since)b::timestamptz[]) AS t (client_id, since)
  JOIN reading r ON r.client_id = t.client_id AND r.measured_at >= t.since AND r.measured_at >= %(earliest)s
  LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence

-- name: check_ins
-- A comment on one test or miss says nothing about how the client is: it meets no window. (In the signed bytes a quote
-- inside of words is escaped, so only the field itself looks like this.)
SELECT c.client_id, c.answered_at, c.received_at
  FROM unnest(%(client_ids)b::uuid[], %(since)b::timestamptz[]) AS t (client_id, since)
  JOIN check_in c ON c.client_id = t.client_id AND c.answered_at >= t.since
 WHERE c.about IS NULL AND position('"about":{' IN encode(coalesce(c.body, ''), 'escape')) = 0

-- name: contact
-- When the gateway was last heard, and up to when it has delivered: the newest of its own message times, each at most
-- the time it was received, so that a clock running ahead proves nothing.
SELECT g.client_id, max(g.heard_at) AS heard_at, bool_or(g.revoked_at IS NULL) AS armed,
       max(greatest(r.spoken, s.spoken)) AS spoken_for,
       bool_or(coalesce(r.battery_level, (g.status -> 'battery' ->> 'level')::smallint) <= %(low_battery)s) AS is_low,
       bool_or(r.calibration_state IN ('due', 'uncalibrated')) AS is_uncalibrated
  FROM gateway g
  LEFT JOIN LATERAL (SELECT least(gateway_time, received_at) AS spoken, battery_level, calibration_state FROM reading
                      WHERE client_id = g.client_id ORDER BY measured_at DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (SELECT least(sent_at, received_at) AS spoken FROM device_status
                      WHERE device_id = g.device_id ORDER BY sent_at DESC LIMIT 1) s ON true
 WHERE g.client_id = ANY(%(client_ids)s)
 GROUP BY g.client_id

-- name: outages
-- The platform's own, which are everybody's (no tenant), and the times when a tenant's fleet was silent as a whole.
SELECT NULL AS tenant_id, began_at, coalesce(ended_at, %(now)s) AS ended_at
  FROM outage WHERE coalesce(ended_at, %(now)s) >= %(earliest)s
UNION ALL
SELECT tenant_id, began_at, coalesce(ended_at, %(now)s)
  FROM system_alert WHERE coalesce(ended_at, %(now)s) >= %(earliest)s AND began_at <= %(now)s

-- name: tests
-- The planned breath tests of the last four weeks whose time has come, and the newest test without alcohol.
SELECT t.client_id,
       (SELECT max(r.measured_at) FROM test_result r WHERE r.client_id = t.client_id AND r.state = 'ok'
           AND r.measured_at > %(now)s - interval '14 days') AS last_ok_at,
       ARRAY(SELECT extract(epoch FROM w.opens_at)::float8 FROM test_window w
              WHERE w.client_id = t.client_id AND w.kind = 'breath_test' AND w.attendance = 'missed'
                AND w.opens_at BETWEEN %(four_weeks)s AND %(now)s) AS missed,
       ARRAY(SELECT extract(epoch FROM w.opens_at)::float8 FROM test_window w
              WHERE w.client_id = t.client_id AND w.kind = 'breath_test' AND w.attendance IN ('on_time', 'late')
                AND w.opens_at BETWEEN %(four_weeks)s AND %(now)s) AS taken
  FROM unnest(%(client_ids)b::uuid[]) AS t (client_id)

-- name: trend
SELECT client_id, day, stands_at, index, sv, en FROM trend_day
 WHERE client_id = ANY(%(client_ids)s) AND day >= (%(now)s - interval '60 days')::date AND stands_at <= %(now)s

-- name: thresholds
-- Every threshold of the clients' units since the oldest score read, and the one in force before it.
SELECT c.client_id, t.kind, t.set_at, t.value
  FROM unnest(%(client_ids)b::uuid[]) AS n (client_id) JOIN client c USING (client_id)
  JOIN alert_threshold t ON t.unit_id = c.unit_id
 WHERE t.set_at <= %(now)s AND t.set_at >= coalesce(
       (SELECT max(b.set_at) FROM alert_threshold b
         WHERE b.unit_id = t.unit_id AND b.kind = t.kind AND b.set_at <= %(since)s), '-infinity')
 ORDER BY t.set_at

-- name: alerts
SELECT client_id, alert_id, kind, tier, state, snoozed_until IS NOT NULL AS is_snoozed,
       ARRAY(SELECT item ->> 'key' FROM jsonb_array_elements(evidence) AS item WHERE item ? 'key') AS keys
  FROM alert
 WHERE client_id = ANY(%(client_ids)s) AND (state <> 'closed' OR updated_at >= %(recently)s)

-- name: scores
-- The first 72 h score of each hour of the last weeks: what was read once is never replaced by a later one, so that a
-- rise keeps its moment.
SELECT DISTINCT ON (client_id, date_bin('1 hour', decided_at, 'epoch'))
       client_id, decided_at, probability, usual, coverage
  FROM risk_score
 WHERE client_id = ANY(%(client_ids)s) AND horizon_hours = 72 AND decided_at BETWEEN %(since)s AND %(now)s
 ORDER BY client_id, date_bin('1 hour', decided_at, 'epoch'), decided_at, computed_at

-- name: newest_reasons
SELECT t.client_id, s.reasons
  FROM unnest(%(client_ids)b::uuid[]) AS t (client_id)
  JOIN LATERAL (SELECT reasons FROM risk_score WHERE client_id = t.client_id AND horizon_hours = 72
                 ORDER BY decided_at DESC, computed_at DESC LIMIT 1) s ON true

-- name: safety
-- Forms with an answer that asks for safety, and what the unit has agreed is to be done then.
SELECT q.client_id, q.questionnaire_id::text, q.answered_at, q.entered_at, q.answers[9],
       (SELECT u.value #>> '{}' FROM unit_setting u
         WHERE u.unit_id = c.unit_id AND u.name = 'safety_text' AND u.valid_from <= %(now)s
         ORDER BY u.valid_from DESC, u.setting_id DESC LIMIT 1) AS agreed
  FROM questionnaire q JOIN client c USING (client_id)
 WHERE q.client_id = ANY(%(client_ids)s) AND q.asks_for_safety AND q.entered_at > %(since)s AND q.withdrawn_at IS NULL
 ORDER BY q.entered_at

-- name: help_calls
SELECT client_id, call_id::text, asked_at FROM help_call
 WHERE client_id = ANY(%(client_ids)s) AND asked_at > %(since)s
 ORDER BY asked_at

-- name: mismatches
-- Pictures on which somebody saw another person, where that is the newest word about them.
SELECT v.client_id, concat_ws(':', v.device_id, v.boot_id, v.sequence), p.taken_at, v.judged_at
  FROM photo_verdict v JOIN identity_photo p USING (device_id, boot_id, sequence)
 WHERE v.client_id = ANY(%(client_ids)s) AND v.judged_at > %(since)s AND v.verdict = 'mismatch'
   AND NOT EXISTS (SELECT FROM photo_verdict l
                    WHERE l.device_id = v.device_id AND l.boot_id = v.boot_id AND l.sequence = v.sequence
                      AND (l.judged_at > v.judged_at OR (l.judged_at = v.judged_at AND l.verdict_id < v.verdict_id)))
 ORDER BY v.judged_at

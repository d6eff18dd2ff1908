-- name: lay_out_windows
INSERT INTO test_window (window_id, tenant_id, client_id, plan_id, kind, opens_at, closes_at, local_day, attendance,
                         met_at, known_at, decided_at, due_at, planned_test_id, announced_at, ordinal)
SELECT n.window_id, n.tenant_id, n.client_id, n.plan_id, n.kind, n.opens_at, n.closes_at, n.local_day, n.attendance,
       n.met_at, n.known_at, CASE WHEN n.attendance <> 'pending' THEN %(now)s END, n.due_at, n.planned_test_id,
       CASE WHEN n.planned_test_id IS NOT NULL THEN %(now)s END, n.ordinal
  FROM unnest(%(window_id)b::uuid[], %(tenant_id)b::text[], %(client_id)b::uuid[], %(plan_id)b::uuid[],
              %(kind)b::text[], %(opens_at)b::timestamptz[], %(closes_at)b::timestamptz[], %(local_day)b::date[],
              %(attendance)b::text[], %(met_at)b::timestamptz[], %(known_at)b::timestamptz[],
              %(due_at)b::timestamptz[], %(planned_test_id)b::uuid[], %(ordinal)b::smallint[])
       AS n (window_id, tenant_id, client_id, plan_id, kind, opens_at, closes_at, local_day, attendance, met_at,
             known_at, due_at, planned_test_id, ordinal)
ON CONFLICT DO NOTHING

-- name: announce
UPDATE planned_test SET announced_at = %(now)s
 WHERE planned_test_id = ANY(%(planned_test_ids)s) AND announced_at IS NULL

-- name: decide_windows
-- New verdicts, and a row of history wherever an earlier verdict is overturned or a person's word stands.
WITH new AS (
    SELECT * FROM unnest(%(window_id)b::uuid[], %(attendance)b::text[], %(met_at)b::timestamptz[],
                         %(known_at)b::timestamptz[], %(due_at)b::timestamptz[])
             AS n (window_id, attendance, met_at, known_at, due_at)
), old AS (
    SELECT w.window_id, w.attendance FROM test_window w JOIN new USING (window_id) FOR UPDATE OF w
), changed AS (
    UPDATE test_window w
       SET attendance = new.attendance, met_at = new.met_at, known_at = new.known_at, due_at = new.due_at,
           decided_at = CASE WHEN new.attendance = w.attendance THEN w.decided_at ELSE %(now)s END
      FROM new JOIN old USING (window_id) WHERE w.window_id = new.window_id
)
INSERT INTO test_window_change (window_id, changed_at, old, new, reason)
SELECT window_id, %(now)s, old.attendance, new.attendance,
       CASE WHEN new.attendance IN ('excused', 'paused', 'outage') THEN new.attendance
            WHEN old.attendance IN ('excused', 'paused') THEN 'no_longer_' || old.attendance
            WHEN old.attendance IN ('missed', 'not_received', 'outage') AND new.met_at IS NOT NULL THEN 'arrived_late'
            WHEN old.attendance = 'not_received' AND new.attendance = 'missed' THEN 'heard_again'
            ELSE 'assessed' END
  FROM old JOIN new USING (window_id)
 WHERE old.attendance <> new.attendance
   AND (old.attendance <> 'pending' OR new.attendance IN ('excused', 'paused'))

-- name: judge
INSERT INTO test_result (device_id, tenant_id, boot_id, sequence, client_id, measured_at, state, decided_at, settled_by,
                         retest_until)
SELECT n.device_id, c.tenant_id, n.boot_id, n.sequence, n.client_id, n.measured_at, n.state, %(now)s, n.settled_by,
       n.retest_until
  FROM unnest(%(device_id)b::text[], %(boot_id)b::text[], %(sequence)b::bigint[], %(client_id)b::uuid[],
              %(measured_at)b::timestamptz[], %(state)b::text[], %(settled_by)b::bigint[],
              %(retest_until)b::timestamptz[])
       AS n (device_id, boot_id, sequence, client_id, measured_at, state, settled_by, retest_until)
  JOIN client c ON c.client_id = n.client_id
ON CONFLICT (device_id, boot_id, sequence) DO UPDATE
   SET state = excluded.state, decided_at = excluded.decided_at, settled_by = excluded.settled_by,
       retest_until = excluded.retest_until

-- name: refresh_days
-- The daily rollup, written again for each client from a local day on.
WITH touched AS (
    SELECT t.client_id, t.since, c.timezone AS tz, (t.since AT TIME ZONE c.timezone)::date AS first_day
      FROM unnest(%(client_ids)b::uuid[], %(since)b::timestamptz[]) AS t (client_id, since)
      JOIN client c USING (client_id)
), away AS MATERIALIZED (
    -- times when the plan's zone was another than the client's own: days are those of where the client was
    SELECT p.client_id, p.timezone AS tz, p.valid_from, coalesce(p.valid_to, 'infinity') AS valid_to
      FROM touched t JOIN plan p ON p.client_id = t.client_id AND p.timezone <> t.tz
), windows AS (
    SELECT w.client_id, w.local_day AS day,
           count(*) FILTER (WHERE kind = 'breath_test') AS breath_tests,
           count(*) FILTER (WHERE kind = 'breath_test' AND attendance IN ('on_time', 'late', 'missed', 'not_received'))
               AS tests_due,
           count(*) FILTER (WHERE kind = 'breath_test' AND attendance IN ('on_time', 'late')) AS tests_taken,
           count(*) FILTER (WHERE kind = 'breath_test' AND attendance = 'missed') AS tests_missed,
           count(*) FILTER (WHERE kind = 'breath_test' AND attendance = 'not_received') AS tests_not_received,
           count(*) FILTER (WHERE attendance IN ('on_time', 'late', 'missed', 'not_received')) AS all_due,
           count(*) FILTER (WHERE attendance IN ('on_time', 'late')) AS all_taken,
           count(*) FILTER (WHERE attendance = 'missed') AS all_missed,
           count(*) FILTER (WHERE attendance = 'not_received') AS all_not_received
      FROM touched t JOIN test_window w ON w.client_id = t.client_id AND w.local_day >= t.first_day
     WHERE w.opens_at <= %(now)s
     GROUP BY w.client_id, w.local_day
), readings AS (
    SELECT r.client_id, (r.measured_at AT TIME ZONE coalesce(a.tz, t.tz))::date AS day,
           max(r.brac_mg_per_l)::float8 AS peak,
           bool_or(s.state IN ('positive_pending', 'positive_confirmed', 'positive_unconfirmed')) AS positive,
           bool_or(s.state = 'abnormal_confirmation') AS unclear,
           bool_or(s.state = 'trace') AS trace, bool_or(s.state = 'ok') AS ok
      FROM touched t
      JOIN reading r ON r.client_id = t.client_id
                    AND r.measured_at >= t.first_day::timestamp AT TIME ZONE t.tz - interval '1 day'
                    AND r.measured_at >= %(earliest)s
      LEFT JOIN away a ON a.client_id = r.client_id AND r.measured_at >= a.valid_from AND r.measured_at < a.valid_to
      LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence
     WHERE (r.measured_at AT TIME ZONE coalesce(a.tz, t.tz))::date >= t.first_day
     GROUP BY 1, 2
    UNION ALL
    SELECT b.client_id, (b.measured_at AT TIME ZONE t.tz)::date, max(b.brac_mg_per_l),
           bool_or(b.brac_mg_per_l >= 0.10), false, bool_or(b.brac_mg_per_l >= 0.05 AND b.brac_mg_per_l < 0.10),
           bool_or(b.brac_mg_per_l < 0.05)
      FROM touched t
      JOIN study_breath_test b ON b.client_id = t.client_id
                              AND b.measured_at >= t.first_day::timestamp AT TIME ZONE t.tz
     GROUP BY 1, 2
), drinking AS (
    SELECT d.client_id, (d.started_at AT TIME ZONE t.tz)::date AS day
      FROM touched t
      JOIN drinking_report d ON d.client_id = t.client_id
                            AND d.started_at >= t.first_day::timestamp AT TIME ZONE t.tz
    UNION
    -- "I drank since the last check-in", without a time: half a day back (assumption)
    SELECT c.client_id, ((c.answered_at - interval '12 hours') AT TIME ZONE t.tz)::date
      FROM touched t
      JOIN check_in c ON c.client_id = t.client_id AND c.drank
                     AND c.answered_at - interval '12 hours' >= t.first_day::timestamp AT TIME ZONE t.tz
), days AS (
    SELECT client_id, day FROM windows UNION SELECT client_id, day FROM readings
    UNION SELECT client_id, day FROM drinking
), joined AS (
    SELECT d.client_id, d.day, w.*, r.peak, coalesce(r.positive, false) AS positive,
           coalesce(r.unclear, false) AS unclear,
           coalesce(r.trace, false) AS trace, coalesce(r.ok, false) AS ok, k.day IS NOT NULL AS drank
      FROM days d
      LEFT JOIN (SELECT client_id AS wc, day AS wd, breath_tests,
                        CASE WHEN breath_tests > 0 THEN tests_due ELSE all_due END AS due,
                        CASE WHEN breath_tests > 0 THEN tests_taken ELSE all_taken END AS taken,
                        CASE WHEN breath_tests > 0 THEN tests_missed ELSE all_missed END AS missed,
                        CASE WHEN breath_tests > 0 THEN tests_not_received ELSE all_not_received END AS not_received
                   FROM windows) w ON w.wc = d.client_id AND w.wd = d.day
      LEFT JOIN (SELECT client_id AS rc, day AS rd, max(peak) AS peak, bool_or(positive) AS positive,
                        bool_or(unclear) AS unclear, bool_or(trace) AS trace, bool_or(ok) AS ok FROM readings GROUP BY 1, 2) r
             ON r.rc = d.client_id AND r.rd = d.day
      LEFT JOIN drinking k ON k.client_id = d.client_id AND k.day = d.day
)
INSERT INTO client_day (client_id, tenant_id, day, state, planned, taken, peak_brac_mg_per_l)
SELECT client_id, tenant_id, day,
       CASE WHEN positive THEN 'positive'
            WHEN drank THEN 'reported_drinking'
            -- the retest did not confirm it: neither alcohol nor none
            WHEN unclear THEN 'unclear'
            WHEN trace THEN 'trace'
            WHEN missed > 0 THEN 'missed'
            WHEN not_received > 0 THEN 'not_received'
            WHEN ok THEN 'ok'
            WHEN breath_tests IS NOT NULL AND breath_tests > 0 THEN 'gap'
            ELSE 'no_test_planned' END,
       coalesce(due, 0), coalesce(taken, 0), peak
  FROM joined JOIN client USING (client_id)
ON CONFLICT (client_id, day) DO UPDATE
   SET state = excluded.state, planned = excluded.planned, taken = excluded.taken,
       peak_brac_mg_per_l = excluded.peak_brac_mg_per_l

-- name: touch_clients
-- What the client row keeps: newest data, the deadline of silence, and a score due at once where something is new.
UPDATE client c
   SET last_data_at = greatest(c.last_data_at, n.last_data_at), lost_contact_at = n.lost_contact_at,
       laid_out_to = greatest(c.laid_out_to, n.laid_out_to),
       score_due_at = CASE WHEN n.score_now THEN %(now)s ELSE c.score_due_at END
  FROM unnest(%(client_id)b::uuid[], %(last_data_at)b::timestamptz[], %(lost_contact_at)b::timestamptz[],
              %(score_now)b::boolean[], %(laid_out_to)b::timestamptz[])
       AS n (client_id, last_data_at, lost_contact_at, score_now, laid_out_to)
 WHERE c.client_id = n.client_id

-- name: open_alert
INSERT INTO alert (alert_id, tenant_id, client_id, kind, tier, state, opened_at, updated_at, raised_at, began_at,
                   escalate_at, evidence)
VALUES (%(alert_id)s, %(tenant_id)s, %(client_id)s, %(kind)s, %(tier)s, 'new', %(now)s, %(now)s, %(now)s,
        %(began_at)s, %(escalate_at)s, %(evidence)s)
ON CONFLICT (client_id, track) WHERE state <> 'closed' DO NOTHING
RETURNING alert_id

-- name: grow_alert
-- Nobody's acknowledgement is undone unless the tier gets worse, the client asks for help (again), or something urgent
-- comes while it was put off: then a new round begins. No row: somebody closed it in the meantime.
UPDATE alert a
   SET evidence = a.evidence || %(evidence)s, kind = %(kind)s, tier = least(a.tier, %(tier)s), updated_at = %(now)s,
       began_at = CASE WHEN a.kind <> %(kind)s THEN coalesce(%(began_at)s, a.began_at) ELSE a.began_at END,
       state = CASE WHEN old.again THEN 'new' ELSE a.state END,
       raised_at = CASE WHEN old.again THEN %(now)s ELSE a.raised_at END,
       round = a.round + old.again::int::smallint,
       escalate_at = CASE WHEN old.again THEN %(escalate_at)s ELSE a.escalate_at END,
       escalate_step = CASE WHEN old.again THEN 0 ELSE a.escalate_step END,
       seen_at = CASE WHEN NOT old.again THEN a.seen_at END,
       seen_by = CASE WHEN NOT old.again THEN a.seen_by END,
       snoozed_until = CASE WHEN NOT old.again THEN a.snoozed_until END,
       snoozed_by = CASE WHEN NOT old.again THEN a.snoozed_by END,
       snoozed_at = CASE WHEN NOT old.again THEN a.snoozed_at END,
       snooze_reason = CASE WHEN NOT old.again THEN a.snooze_reason END
  FROM (SELECT alert_id, state, snoozed_until IS NOT NULL AS was_snoozed,
               %(tier)s < tier OR %(calls_again)s OR (%(is_urgent)s AND snoozed_until IS NOT NULL) AS again
          FROM alert WHERE alert_id = %(alert_id)s FOR UPDATE) old
 WHERE a.alert_id = old.alert_id AND a.state <> 'closed'
RETURNING old.state AS old, a.state AS new, old.again, old.was_snoozed

-- name: resolve_alert
UPDATE alert
   SET state = 'closed', closed_at = %(now)s, updated_at = %(now)s, close_reason = 'technical', close_note = %(note)s,
       escalate_at = NULL, snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL, snooze_reason = NULL
 WHERE alert_id = %(alert_id)s AND state IN ('new', 'seen')
   AND (track = 'equipment' OR kind IN ('missed_tests', 'testing_stopped'))
RETURNING alert_id

-- name: alert_changed
INSERT INTO alert_change (alert_id, changed_at, account_id, old, new, note)
VALUES (%(alert_id)s, %(now)s, %(account_id)s, %(old)s, %(new)s, %(note)s)

-- name: overdue
-- Who has something whose time has come: a window to decide, a retest that did not come, a silence grown too long.
SELECT client_id, min(touched_from) AS touched_from FROM (
    SELECT client_id, opens_at AS touched_from FROM test_window WHERE due_at <= %(now)s
    UNION ALL
    SELECT client_id, measured_at FROM test_result WHERE retest_until <= %(now)s
    UNION ALL
    SELECT client_id, lost_contact_at FROM client WHERE lost_contact_at <= %(now)s
    UNION ALL
    -- a random or on-demand test opens
    SELECT client_id, opens_at FROM planned_test
     WHERE announced_at IS NULL AND cancelled_at IS NULL AND opens_at <= %(now)s
    UNION ALL
    -- a client with a plan whose windows are not laid out far enough ahead
    SELECT c.client_id, %(now)s FROM client c
     WHERE c.laid_out_to <= %(now)s + interval '24 hours'
       AND EXISTS (SELECT FROM plan p WHERE p.client_id = c.client_id AND p.valid_from <= %(now)s + interval '24 hours'
                      AND (p.valid_to IS NULL OR p.valid_to > %(now)s) AND p.windows <> '[]')
) AS due GROUP BY client_id

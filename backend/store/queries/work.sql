-- name: minutes_in_force
SELECT minutes, manual_minutes FROM work_minutes
 WHERE unit_id = %(unit_id)s AND kind = %(kind)s AND valid_from <= %(at)s
 ORDER BY valid_from DESC, minutes_id DESC LIMIT 1

-- name: all_minutes
-- Every figure of the unit, oldest first: the last one whose time has come counts.
SELECT m.kind, m.minutes, m.manual_minutes, m.valid_from, m.reason, m.set_at, a.display_name AS set_by
  FROM work_minutes m JOIN account a ON a.account_id = m.set_by
 WHERE m.unit_id = %(unit_id)s ORDER BY m.kind, m.valid_from, m.minutes_id

-- name: set_minutes
INSERT INTO work_minutes (tenant_id, unit_id, kind, minutes, manual_minutes, valid_from, set_by, reason, set_at)
VALUES (%(tenant_id)s, %(unit_id)s, %(kind)s, %(minutes)s, %(manual_minutes)s, %(valid_from)s, %(set_by)s, %(reason)s,
        %(now)s)

-- name: log
INSERT INTO work_event (tenant_id, unit_id, account_id, client_id, kind, at, minutes, measured, manual_minutes, source)
VALUES (%(tenant_id)s, %(unit_id)s, %(account_id)s, %(client_id)s, %(kind)s, %(at)s, %(minutes)s, %(measured)s,
        %(manual_minutes)s, %(source)s)
ON CONFLICT (kind, source) DO NOTHING

-- name: forget
DELETE FROM work_event WHERE source = %(source)s AND kind = ANY(%(kinds)s)

-- name: tallies
SELECT kind, measured, manual_minutes, CASE WHEN measured THEN NULL ELSE minutes END AS each,
       count(*)::int AS count, sum(minutes) AS minutes
  FROM work_event
 WHERE unit_id = %(unit_id)s AND at >= %(since)s AND at < %(until)s
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4

-- name: tests_received
-- Planned breath tests of the unit's clients that were met, by the time of the test.
SELECT count(*)::int AS count
  FROM test_window w JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND w.kind = 'breath_test' AND w.attendance IN ('on_time', 'late')
   AND w.met_at >= %(since)s AND w.met_at < %(until)s

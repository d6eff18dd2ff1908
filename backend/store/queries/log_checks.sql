-- name: entries
-- What staff did with the unit's clients in a month, with what makes a look worth a question: an emergency, the night, or
-- somebody who opened unusually many clients one after another that day.
WITH of_month AS (
    SELECT l.entry_id, l.account_id, l.client_id, l.emergency_id, l.action, l.at AT TIME ZONE %(timezone)s AS local_at
      FROM access_log l JOIN client c USING (client_id) JOIN account a ON a.account_id = l.account_id
     WHERE c.unit_id = %(unit_id)s AND l.tenant_id = %(tenant_id)s AND l.at >= %(since)s AND l.at < %(until)s
       AND a.role NOT IN ('client', 'relative')),
     busy AS (
    SELECT account_id, local_at::date AS day FROM of_month WHERE action NOT IN ('triage_list', 'message_list', 'alert_list')
     GROUP BY account_id, local_at::date HAVING count(DISTINCT client_id) >= %(many)s)
SELECT m.entry_id, CASE WHEN m.emergency_id IS NOT NULL THEN 'emergency'
                        WHEN m.local_at::time < '06:00' OR m.local_at::time >= '22:00' THEN 'at_night'
                        WHEN EXISTS (SELECT FROM busy b WHERE b.account_id = m.account_id AND b.day = m.local_at::date)
                        THEN 'many_clients' END AS why
  FROM of_month m ORDER BY m.entry_id

-- name: add
INSERT INTO log_check (check_id, tenant_id, unit_id, month, drawn_at, drawn_by, entries)
VALUES (%(check_id)s, %(tenant_id)s, %(unit_id)s, %(month)s, %(now)s, %(drawn_by)s, %(entries)s)
ON CONFLICT (unit_id, month) WHERE done_at IS NULL DO NOTHING RETURNING check_id

-- name: add_entries
INSERT INTO log_check_entry (check_id, entry_id, tenant_id, why)
SELECT %(check_id)s, e.entry_id, %(tenant_id)s, e.why
  FROM unnest(%(entry_ids)s::bigint[], %(whys)s::text[]) AS e (entry_id, why)

-- name: of_unit
SELECT k.check_id, k.month, k.drawn_at, d.display_name AS drawn_by, k.entries, k.done_at, f.display_name AS done_by,
       k.outcome, k.words, (SELECT count(*) FROM log_check_entry e WHERE e.check_id = k.check_id) AS drawn
  FROM log_check k JOIN account d ON d.account_id = k.drawn_by LEFT JOIN account f ON f.account_id = k.done_by
 WHERE k.unit_id = %(unit_id)s ORDER BY k.drawn_at DESC LIMIT 60

-- name: drawn
SELECT l.at, a.display_name AS by, u.name AS unit, a.role, c.alias, l.action, e.why
  FROM log_check k JOIN log_check_entry e USING (check_id) JOIN access_log l USING (entry_id)
  JOIN account a ON a.account_id = l.account_id JOIN client c ON c.client_id = l.client_id
  LEFT JOIN unit u ON u.unit_id = l.unit_id
 WHERE k.check_id = %(check_id)s AND k.unit_id = %(unit_id)s
 ORDER BY e.why = 'random', l.at

-- name: finish
UPDATE log_check SET done_at = %(now)s, done_by = %(done_by)s, outcome = %(outcome)s, words = %(words)s
 WHERE check_id = %(check_id)s AND unit_id = %(unit_id)s AND done_at IS NULL RETURNING check_id

-- name: managers_to_remind
-- Managers of units with clients of which no check of that month is finished.
SELECT a.account_id, a.tenant_id, a.unit_id FROM account a
 WHERE a.role = 'manager' AND a.unit_id IS NOT NULL AND a.disabled_at IS NULL
   AND EXISTS (SELECT FROM client c WHERE c.unit_id = a.unit_id AND c.study IS NULL AND c.created_at < %(until)s)
   AND NOT EXISTS (SELECT FROM log_check k WHERE k.unit_id = a.unit_id AND k.month = %(month)s AND k.done_at IS NOT NULL)
 ORDER BY a.unit_id, a.account_id

-- name: has_read
SELECT FROM log_routine_read WHERE account_id = %(account_id)s AND version = %(version)s

-- name: read
INSERT INTO log_routine_read (account_id, version, tenant_id, read_at)
VALUES (%(account_id)s, %(version)s, %(tenant_id)s, %(now)s) ON CONFLICT DO NOTHING

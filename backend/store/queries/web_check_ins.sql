-- name: add
INSERT INTO check_in (check_in_id, tenant_id, client_id, source, answered_at, received_at, timezone, drank, comment)
SELECT %(check_in_id)s, c.tenant_id, c.client_id, 'web', %(answered_at)s, %(now)s, c.timezone, %(drank)s, %(comment)s
  FROM client c WHERE c.client_id = %(client_id)s
ON CONFLICT (check_in_id) DO NOTHING

-- name: add_comment
INSERT INTO check_in (check_in_id, tenant_id, client_id, source, answered_at, received_at, timezone, comment, about)
SELECT %(check_in_id)s, c.tenant_id, c.client_id, 'web', %(now)s, %(now)s, c.timezone, %(comment)s, %(about)s
  FROM client c WHERE c.client_id = %(client_id)s
ON CONFLICT (check_in_id) DO NOTHING

-- name: run_of
SELECT run_id FROM reading
 WHERE client_id = %(client_id)s AND device_id = %(device_id)s AND boot_id = %(boot_id)s AND sequence = %(sequence)s

-- name: add_answers
INSERT INTO check_in_answer (check_in_id, client_id, answered_at, item, value, low, high)
SELECT %(check_in_id)s, %(client_id)s, %(answered_at)s, item, value, low, high
  FROM unnest(%(item)s::text[], %(value)s::numeric[], %(low)s::numeric[], %(high)s::numeric[])
       AS a (item, value, low, high)

-- name: add_drinking
INSERT INTO drinking_report (report_id, tenant_id, client_id, started_at, ended_at, known_at, source, amount_g)
SELECT d.report_id, c.tenant_id, c.client_id, d.started_at, d.ended_at, %(now)s, 'self_report', d.amount_g
  FROM client c,
       unnest(%(report_id)s::uuid[], %(started_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(amount_g)s::numeric[])
       AS d (report_id, started_at, ended_at, amount_g)
 WHERE c.client_id = %(client_id)s

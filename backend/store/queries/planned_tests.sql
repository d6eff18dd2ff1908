-- name: add
INSERT INTO planned_test (planned_test_id, tenant_id, client_id, plan_id, kind, window_kind, opens_at, closes_at,
                          local_day, ordered_by, reason, created_at)
VALUES (%(planned_test_id)s, %(tenant_id)s, %(client_id)s, %(plan_id)s, %(kind)s, %(window_kind)s, %(opens_at)s,
        %(closes_at)s, %(local_day)s, %(ordered_by)s, %(reason)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: open_on_demand
SELECT EXISTS (
    SELECT FROM planned_test n LEFT JOIN test_window w USING (planned_test_id)
     WHERE n.client_id = %(client_id)s AND n.kind = 'on_demand' AND n.closes_at > %(now)s
       AND n.cancelled_at IS NULL AND coalesce(w.attendance, 'pending') = 'pending') AS there_is

-- name: to_draw
-- Plans with random tests in force or about to be, not drawn far enough ahead. One worker per plan.
SELECT p.plan_id, p.client_id, c.tenant_id, p.timezone, p.valid_from, p.valid_to, p.windows, p.random, p.rules, p.seed,
       p.drawn_to
  FROM plan p JOIN client c USING (client_id)
 WHERE p.random <> '[]' AND p.valid_from < %(until)s AND (p.valid_to IS NULL OR p.valid_to > %(now)s)
   AND (p.drawn_to IS NULL OR p.drawn_to < %(behind)s)
   AND (%(plan_id)s::uuid IS NULL OR p.plan_id = %(plan_id)s)
 ORDER BY p.plan_id LIMIT %(limit)s FOR NO KEY UPDATE OF p SKIP LOCKED

-- name: drawn
UPDATE plan SET drawn_to = %(until)s WHERE plan_id = %(plan_id)s

-- name: coming
SELECT planned_test_id, kind, window_kind, opens_at, closes_at
  FROM planned_test
 WHERE client_id = %(client_id)s AND cancelled_at IS NULL AND closes_at > %(since)s AND opens_at < %(until)s
 ORDER BY opens_at

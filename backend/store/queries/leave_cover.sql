-- name: colleagues
SELECT account_id, display_name FROM account
 WHERE tenant_id = %(tenant_id)s AND unit_id = %(unit_id)s AND role = 'clinician' AND disabled_at IS NULL
 ORDER BY display_name

-- name: caseload
-- The clients whose own clinician somebody is at some time of the stretch.
SELECT DISTINCT client_id FROM assignment
 WHERE account_id = %(account_id)s AND because = 'assigned' AND from_at < %(to_at)s
   AND (to_at IS NULL OR to_at > %(from_at)s)

-- name: add
INSERT INTO leave_cover (cover_id, tenant_id, absent_id, covered_by, from_at, to_at, created_by, created_at)
VALUES (%(cover_id)s, %(tenant_id)s, %(absent_id)s, %(covered_by)s, %(from_at)s, %(to_at)s, %(created_by)s, %(now)s)

-- name: let_in
INSERT INTO assignment (assignment_id, tenant_id, account_id, client_id, from_at, to_at, because, cover_id)
SELECT gen_random_uuid(), %(tenant_id)s, %(covered_by)s, client_id, %(from_at)s, %(to_at)s, 'cover', %(cover_id)s
  FROM unnest(%(client_ids)s::uuid[]) AS c (client_id)

-- name: of_unit
SELECT l.cover_id, l.absent_id, absent.display_name AS absent, l.covered_by AS covering_id, covering.display_name AS covering,
       l.from_at, l.to_at, (SELECT count(*) FROM assignment s WHERE s.cover_id = l.cover_id)::int AS clients
  FROM leave_cover l JOIN account absent ON absent.account_id = l.absent_id
  JOIN account covering ON covering.account_id = l.covered_by
 WHERE absent.unit_id = %(unit_id)s AND l.withdrawn_at IS NULL AND l.to_at > %(now)s ORDER BY l.from_at

-- name: withdraw
UPDATE leave_cover SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s
 WHERE cover_id = %(cover_id)s AND withdrawn_at IS NULL

-- name: let_out
UPDATE assignment SET to_at = greatest(%(now)s, from_at) WHERE cover_id = %(cover_id)s RETURNING client_id

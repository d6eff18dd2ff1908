-- name: any
SELECT FROM client_key LIMIT 1

-- name: newest
SELECT client_id, number, wrapped, wrapped_by FROM client_key
 WHERE client_id = %(client_id)s AND destroyed_at IS NULL ORDER BY number DESC LIMIT 1

-- name: highest
SELECT coalesce(max(number), 0)::int AS number FROM client_key WHERE client_id = %(client_id)s

-- name: of_clients
SELECT client_id, number, wrapped, wrapped_by FROM client_key
 WHERE client_id = ANY (%(client_ids)s::uuid[]) AND destroyed_at IS NULL

-- name: add
INSERT INTO client_key (client_id, tenant_id, number, wrapped, wrapped_by)
SELECT client_id, tenant_id, %(number)s, %(wrapped)s, %(wrapped_by)s FROM client WHERE client_id = %(client_id)s
ON CONFLICT DO NOTHING

-- name: destroy
UPDATE client_key SET wrapped = NULL, wrapped_by = NULL, destroyed_at = %(now)s
 WHERE client_id = %(client_id)s AND destroyed_at IS NULL

-- name: lock_for_making
-- Held together by all who make keys; whoever rewraps holds it alone (the number is arbitrary).
SELECT pg_advisory_xact_lock_shared(7700771)

-- name: lock_for_rewrapping
SELECT pg_advisory_xact_lock(7700771)

-- name: wrapped_by_others
SELECT client_id, number, wrapped, wrapped_by FROM client_key
 WHERE destroyed_at IS NULL AND wrapped_by <> %(name)s ORDER BY client_id, number FOR UPDATE

-- name: rewrap
UPDATE client_key SET wrapped = %(wrapped)s, wrapped_by = %(wrapped_by)s
 WHERE client_id = %(client_id)s AND number = %(number)s

-- name: book
SELECT client_id, number, wrapped, wrapped_by FROM client_key WHERE destroyed_at IS NULL ORDER BY client_id, number

-- name: put_back
UPDATE client_key k SET wrapped = b.wrapped, wrapped_by = b.wrapped_by, destroyed_at = NULL
  FROM unnest(%(client_ids)s::uuid[], %(numbers)s::int[], %(wrapped)s::bytea[], %(wrapped_by)s::text[])
       AS b (client_id, number, wrapped, wrapped_by)
 WHERE k.client_id = b.client_id AND k.number = b.number

-- name: destroy_others
-- Keys made after the book was written, if any, are wrapped with a key that is still here; those stay.
UPDATE client_key k SET wrapped = NULL, wrapped_by = NULL, destroyed_at = %(now)s
 WHERE k.destroyed_at IS NULL AND NOT (k.wrapped_by = ANY (%(names)s))
   AND NOT EXISTS (SELECT FROM unnest(%(client_ids)s::uuid[], %(numbers)s::int[]) AS b (client_id, number)
                    WHERE b.client_id = k.client_id AND b.number = k.number)

-- name: in_use
SELECT wrapped_by, count(*)::int AS keys FROM client_key WHERE destroyed_at IS NULL GROUP BY wrapped_by ORDER BY wrapped_by

-- name: any
SELECT WHERE EXISTS (SELECT FROM client_key)
          OR EXISTS (SELECT FROM totp_factor WHERE starts_with(secret, 'sealed-key:1:'))

-- name: newest
SELECT client_id, number, wrapped, wrapped_by FROM client_key
 WHERE client_id = %(client_id)s AND destroyed_at IS NULL ORDER BY number DESC LIMIT 1

-- name: highest
SELECT coalesce(max(number), 0)::int AS number FROM client_key WHERE client_id = %(client_id)s

-- name: of_clients
SELECT client_id, number, wrapped, wrapped_by FROM client_key
 WHERE client_id = ANY (%(client_ids)s::uuid[]) AND destroyed_at IS NULL

-- name: add
-- For a client, or for an application, which becomes a client of the same number.
INSERT INTO client_key (client_id, tenant_id, number, wrapped, wrapped_by)
SELECT w.id, w.tenant_id, %(number)s, %(wrapped)s, %(wrapped_by)s
  FROM (SELECT client_id, tenant_id FROM client UNION SELECT application_id, tenant_id FROM application) AS w (id, tenant_id)
 WHERE w.id = %(client_id)s
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
-- Number 0: an account's authenticator app, sealed with the deployment's key itself.
SELECT client_id, number, wrapped, wrapped_by FROM client_key WHERE destroyed_at IS NULL
UNION ALL
SELECT account_id, 0, convert_to(secret, 'UTF8'), split_part(secret, ':', 3) FROM totp_factor
 WHERE starts_with(secret, 'sealed-key:1:')
 ORDER BY client_id, number

-- name: put_back_totp
-- Only where the one that is there opens with no key that is here.
UPDATE totp_factor f SET secret = convert_from(b.wrapped, 'UTF8')
  FROM unnest(%(client_ids)s::uuid[], %(numbers)s::int[], %(wrapped)s::bytea[], %(wrapped_by)s::text[])
       AS b (account_id, number, wrapped, wrapped_by)
 WHERE f.account_id = b.account_id AND b.number = 0 AND b.wrapped_by = ANY (%(names)s)
   AND starts_with(f.secret, 'sealed-key:1:') AND NOT split_part(f.secret, ':', 3) = ANY (%(names)s)

-- name: plain_totp
SELECT account_id, secret FROM totp_factor WHERE NOT starts_with(secret, 'sealed-key:1:')
 ORDER BY account_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: totp_of_others
SELECT account_id, secret FROM totp_factor
 WHERE starts_with(secret, 'sealed-key:1:') AND NOT starts_with(secret, %(mark)s) ORDER BY account_id FOR UPDATE

-- name: put_totp
UPDATE totp_factor SET secret = %(secret)s WHERE account_id = %(account_id)s

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
SELECT wrapped_by, count(*)::int AS keys
  FROM (SELECT wrapped_by FROM client_key WHERE destroyed_at IS NULL
        UNION ALL
        SELECT split_part(secret, ':', 3) FROM totp_factor WHERE starts_with(secret, 'sealed-key:1:')) AS w
 GROUP BY wrapped_by ORDER BY wrapped_by

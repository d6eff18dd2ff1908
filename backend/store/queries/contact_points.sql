-- name: of_account
SELECT contact_point_id, kind, address, position, active, confirmed_at, code_ends_at, quiet_from, quiet_to, timezone,
       disabled_at, disabled_reason
  FROM contact_point WHERE account_id = %(account_id)s ORDER BY position, created_at, contact_point_id

-- name: lock_own
SELECT contact_point_id, kind, confirmed_at, code_sha256, code_ends_at, code_tries, active
  FROM contact_point WHERE contact_point_id = %(contact_point_id)s AND account_id = %(account_id)s FOR UPDATE

-- name: add
INSERT INTO contact_point (contact_point_id, tenant_id, account_id, kind, address, position, quiet_from, quiet_to,
                           timezone, created_at)
VALUES (%(contact_point_id)s, %(tenant_id)s, %(account_id)s, %(kind)s, %(address)s, %(position)s, %(quiet_from)s,
        %(quiet_to)s, %(timezone)s, %(now)s)
ON CONFLICT (account_id, kind, address) DO NOTHING
RETURNING contact_point_id

-- name: change
UPDATE contact_point
   SET position = %(position)s, active = %(active)s, quiet_from = %(quiet_from)s, quiet_to = %(quiet_to)s,
       timezone = %(timezone)s
 WHERE contact_point_id = %(contact_point_id)s

-- name: ask_code
UPDATE contact_point SET code_sha256 = %(code_sha256)s, code_ends_at = %(ends_at)s, code_tries = 0
 WHERE contact_point_id = %(contact_point_id)s

-- name: wrong_code
UPDATE contact_point SET code_tries = code_tries + 1 WHERE contact_point_id = %(contact_point_id)s

-- name: confirm
-- A place that refused is trusted again: the code just arrived there.
UPDATE contact_point
   SET confirmed_at = %(now)s, code_sha256 = NULL, code_ends_at = NULL, code_tries = 0, disabled_at = NULL,
       disabled_reason = NULL
 WHERE contact_point_id = %(contact_point_id)s

-- name: remove
DELETE FROM contact_point WHERE contact_point_id = %(contact_point_id)s AND account_id = %(account_id)s
RETURNING contact_point_id

-- name: disable
UPDATE contact_point SET disabled_at = %(now)s, disabled_reason = %(reason)s
 WHERE contact_point_id = %(contact_point_id)s AND disabled_at IS NULL

-- name: codes_since
SELECT count(*) AS n FROM delivery
 WHERE account_id = %(account_id)s AND purpose = 'code' AND created_at > %(since)s

-- name: cancel_codes
UPDATE delivery SET state = 'cancelled', next_at = NULL, finished_at = %(now)s
 WHERE contact_point_id = %(contact_point_id)s AND purpose = 'code' AND next_at IS NOT NULL

-- name: kinds_of_unit
-- Which ways there are to reach the people of a unit; never where.
SELECT a.account_id, a.display_name,
       coalesce(array_agg(DISTINCT p.kind) FILTER (WHERE p.confirmed_at IS NOT NULL AND p.active
                                                     AND p.disabled_at IS NULL), '{}') AS kinds,
       count(*) FILTER (WHERE p.disabled_at IS NOT NULL) AS disabled
  FROM account a LEFT JOIN contact_point p USING (account_id)
 WHERE a.unit_id = %(unit_id)s AND a.tenant_id = %(tenant_id)s AND a.disabled_at IS NULL
 GROUP BY a.account_id ORDER BY a.display_name, a.account_id

-- name: disabled_count
SELECT count(*) AS n FROM contact_point
 WHERE disabled_at IS NOT NULL AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)

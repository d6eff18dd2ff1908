-- name: of_account
SELECT contact_point_id, kind, address, position, active, confirmed_at, code_ends_at, quiet_from, quiet_to, timezone,
       disabled_at, disabled_reason, for_reminders, for_messages, hours,
       (SELECT d.state FROM delivery d WHERE d.contact_point_id = p.contact_point_id AND d.purpose = 'code'
         ORDER BY d.created_at DESC LIMIT 1) AS code_state
  FROM contact_point p WHERE account_id = %(account_id)s ORDER BY position, created_at, contact_point_id

-- name: lock_own
SELECT contact_point_id, kind, confirmed_at, code_sha256, code_ends_at, code_tries, active
  FROM contact_point WHERE contact_point_id = %(contact_point_id)s AND account_id = %(account_id)s FOR UPDATE

-- name: add
INSERT INTO contact_point (contact_point_id, tenant_id, account_id, kind, address, position, quiet_from, quiet_to,
                           timezone, for_reminders, for_messages, hours, created_at)
VALUES (%(contact_point_id)s, %(tenant_id)s, %(account_id)s, %(kind)s, %(address)s, %(position)s, %(quiet_from)s,
        %(quiet_to)s, %(timezone)s, %(for_reminders)s, %(for_messages)s, %(hours)s, %(now)s)
ON CONFLICT (account_id, kind, address) DO NOTHING
RETURNING contact_point_id

-- name: change
UPDATE contact_point
   SET position = %(position)s, active = %(active)s, quiet_from = %(quiet_from)s, quiet_to = %(quiet_to)s,
       timezone = %(timezone)s, for_reminders = %(for_reminders)s, for_messages = %(for_messages)s, hours = %(hours)s
 WHERE contact_point_id = %(contact_point_id)s

-- name: put_first
-- The others keep their order behind it.
UPDATE contact_point p SET position = o.position
  FROM (SELECT contact_point_id,
               row_number() OVER (ORDER BY contact_point_id <> %(contact_point_id)s, position, created_at,
                                           contact_point_id) AS position
          FROM contact_point WHERE account_id = %(account_id)s) o
 WHERE p.contact_point_id = o.contact_point_id

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

-- name: of_client
-- Which kinds of place a client has and whether they work; never where.
SELECT p.kind, p.confirmed_at, p.active, p.disabled_at, p.for_reminders, p.for_messages
  FROM contact_point p JOIN account a USING (account_id)
 WHERE a.client_id = %(client_id)s AND a.role = 'client' AND a.disabled_at IS NULL
 ORDER BY p.position, p.created_at, p.contact_point_id

-- name: disabled_count
SELECT count(*) AS n FROM contact_point
 WHERE disabled_at IS NOT NULL AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)

-- name: add_code
INSERT INTO enrolment_code (code_id, tenant_id, client_id, code_sha256, issued_by, issued_at, ends_at)
VALUES (%(code_id)s, %(tenant_id)s, %(client_id)s, %(code_sha256)s, %(issued_by)s, %(now)s, %(ends_at)s)

-- name: codes
SELECT code_id, issued_at, ends_at, used_at, device_id, revoked_at
  FROM enrolment_code WHERE client_id = %(client_id)s ORDER BY issued_at DESC LIMIT 20

-- name: waiting_codes
SELECT count(*) AS waiting FROM enrolment_code
 WHERE client_id = %(client_id)s AND used_at IS NULL AND revoked_at IS NULL AND ends_at > %(now)s

-- name: client_of_code
SELECT client_id FROM enrolment_code WHERE code_id = %(code_id)s

-- name: revoke_code
UPDATE enrolment_code SET revoked_at = %(now)s, revoked_by = %(account_id)s
 WHERE code_id = %(code_id)s AND used_at IS NULL AND revoked_at IS NULL
RETURNING code_id

-- name: tenant_of_code
SELECT tenant_of_enrolment_code(%(digest)s, %(now)s) AS tenant_id

-- name: use_code
UPDATE enrolment_code SET used_at = %(now)s
 WHERE code_sha256 = %(digest)s AND used_at IS NULL AND revoked_at IS NULL AND ends_at > %(now)s
RETURNING code_id, client_id, issued_by

-- name: name_user
UPDATE enrolment_code SET device_id = %(device_id)s WHERE code_id = %(code_id)s

-- name: tenant_of_gateway
SELECT tenant_of_gateway(%(device_id)s) AS tenant_id

-- name: lock_gateway
SELECT device_id, tenant_id, client_id, public_key, key_id, revoked_at, previous_public_key, previous_key_id,
       previous_until
  FROM gateway WHERE device_id = %(device_id)s FOR NO KEY UPDATE

-- name: change_key
UPDATE gateway
   SET previous_public_key = public_key, previous_key_id = key_id, previous_until = %(until)s,
       public_key = %(public_key)s, key_id = %(key_id)s
 WHERE device_id = %(device_id)s

-- name: revoke_gateway
UPDATE gateway SET revoked_at = %(now)s, revoked_by = %(account_id)s, revoke_reason = %(reason)s
 WHERE device_id = %(device_id)s AND revoked_at IS NULL
RETURNING device_id

-- name: gateways_of
SELECT g.device_id, g.key_id, g.enrolled_at, g.heard_at, g.revoked_at, g.revoke_reason,
       coalesce(l.refused, 0)::int AS refused, l.last_refused_at
  FROM gateway g
  LEFT JOIN LATERAL (
       SELECT sum(d.times) AS refused, max(d.seen_at) AS last_refused_at FROM dead_letter d
        WHERE d.device_id = g.device_id AND d.tenant_id = g.tenant_id
          AND d.reason IN ('revoked_gateway', 'unknown_key', 'signature')) l ON true
 WHERE g.client_id = %(client_id)s ORDER BY g.enrolled_at DESC

-- name: breathalyzers
-- Whatever serial number readings came with, or was paired before any came.
SELECT coalesce(r.serial, p.serial) AS serial, r.model, r.first_at, r.last_at, coalesce(r.readings, 0)::int AS readings,
       p.serial IS NOT NULL AND p.ended_at IS NULL AS is_paired
  FROM (SELECT breathalyzer_serial AS serial, max(breathalyzer_model) AS model, min(measured_at) AS first_at,
               max(measured_at) AS last_at, count(*) AS readings
          FROM reading WHERE client_id = %(client_id)s AND breathalyzer_serial IS NOT NULL
         GROUP BY breathalyzer_serial) r
  FULL JOIN (SELECT serial, ended_at FROM breathalyzer_pairing WHERE client_id = %(client_id)s) p
       ON p.serial = r.serial
 ORDER BY r.last_at DESC NULLS LAST, 1

-- name: pair
INSERT INTO breathalyzer_pairing (tenant_id, client_id, serial, paired_at, paired_by)
VALUES (%(tenant_id)s, %(client_id)s, %(serial)s, %(now)s, %(account_id)s)
ON CONFLICT (client_id, serial) DO UPDATE
   SET paired_at = excluded.paired_at, paired_by = excluded.paired_by, ended_at = NULL, ended_by = NULL
 WHERE breathalyzer_pairing.ended_at IS NOT NULL

-- name: end_pairing
UPDATE breathalyzer_pairing SET ended_at = %(now)s, ended_by = %(account_id)s
 WHERE client_id = %(client_id)s AND serial = %(serial)s AND ended_at IS NULL
RETURNING serial

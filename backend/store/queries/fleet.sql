-- name: tenants_due
-- Tenants with gateways whose newest sample is old enough, for this transaction alone.
SELECT t.tenant_id FROM tenant t
 WHERE t.kind <> 'research'
   AND EXISTS (SELECT FROM gateway g WHERE g.tenant_id = t.tenant_id AND g.heard_at > %(week)s)
   AND NOT EXISTS (SELECT FROM fleet_sample s WHERE s.tenant_id = t.tenant_id AND s.at > %(stale)s)
   AND pg_try_advisory_xact_lock(%(lock)s, hashtext(t.tenant_id))
 ORDER BY t.tenant_id

-- name: count
SELECT count(*) AS active, count(*) FILTER (WHERE heard_at > %(lately)s) AS heard, max(heard_at) AS last_heard_at,
       max(heard_at) FILTER (WHERE heard_at <= %(lately)s) AS silent_since
  FROM gateway WHERE tenant_id = %(tenant_id)s AND revoked_at IS NULL AND heard_at > %(week)s

-- name: samples
SELECT at, active, heard FROM fleet_sample WHERE tenant_id = %(tenant_id)s AND at > %(since)s ORDER BY at

-- name: add_sample
INSERT INTO fleet_sample (tenant_id, at, active, heard) VALUES (%(tenant_id)s, %(at)s, %(active)s, %(heard)s)
ON CONFLICT (tenant_id, at) DO NOTHING

-- name: forget
DELETE FROM fleet_sample WHERE tenant_id = %(tenant_id)s AND at < %(before)s

-- name: standing
SELECT system_alert_id, cause, began_at, opened_at, ended_at, gateways, silent, usual
  FROM system_alert WHERE tenant_id = %(tenant_id)s AND ended_at IS NULL

-- name: newest
SELECT system_alert_id, cause, began_at, opened_at, ended_at, gateways, silent, usual
  FROM system_alert WHERE tenant_id = %(tenant_id)s ORDER BY opened_at DESC LIMIT %(limit)s

-- name: open
INSERT INTO system_alert (system_alert_id, tenant_id, cause, began_at, opened_at, gateways, silent, usual)
VALUES (%(system_alert_id)s, %(tenant_id)s, %(cause)s, %(began_at)s, %(now)s, %(gateways)s, %(silent)s, %(usual)s)
ON CONFLICT (tenant_id) WHERE ended_at IS NULL DO NOTHING
RETURNING system_alert_id

-- name: keep
UPDATE system_alert SET cause = %(cause)s, silent = greatest(silent, %(silent)s)
 WHERE tenant_id = %(tenant_id)s AND ended_at IS NULL

-- name: close
UPDATE system_alert SET ended_at = %(now)s WHERE tenant_id = %(tenant_id)s AND ended_at IS NULL
RETURNING system_alert_id, began_at

-- name: operators
SELECT account_id FROM account WHERE tenant_id = %(tenant_id)s AND role = 'operator' AND disabled_at IS NULL ORDER BY 1

-- name: clients
SELECT client_id FROM client WHERE tenant_id = %(tenant_id)s AND study IS NULL AND ended_on IS NULL

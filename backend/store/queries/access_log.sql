-- name: write
-- What the platform itself did stands in the client's tenant, where the client can read it.
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action, emergency_id)
SELECT coalesce(nullif(%(tenant_id)s, ''), c.tenant_id, ''), %(at)s, %(account_id)s, %(unit_id)s, asked.client_id,
       %(action)s,
       (SELECT e.emergency_id FROM emergency_access e
         WHERE e.account_id = %(account_id)s AND e.client_id = asked.client_id AND e.from_at <= %(at)s AND e.ends_at > %(at)s
         ORDER BY e.ends_at DESC LIMIT 1)
  FROM unnest(%(client_ids)s::uuid[]) AS asked (client_id) LEFT JOIN client c USING (client_id)

-- name: write_unless_lately
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action, emergency_id)
SELECT %(tenant_id)s, %(now)s, %(account_id)s, %(unit_id)s, client_id, %(action)s,
       (SELECT e.emergency_id FROM emergency_access e
         WHERE e.account_id = %(account_id)s AND e.client_id = c.client_id AND e.from_at <= %(now)s AND e.ends_at > %(now)s
         ORDER BY e.ends_at DESC LIMIT 1)
  FROM unnest(%(client_ids)s::uuid[]) AS c (client_id)
 WHERE client_id NOT IN (
       SELECT client_id FROM access_log
        WHERE account_id = %(account_id)s AND at > %(since)s AND at <= %(now)s AND action = %(action)s
          AND client_id IS NOT NULL)

-- name: of_client
SELECT l.at, u.name AS unit, coalesce(a.role, 'system') AS role, l.action, l.emergency_id IS NOT NULL AS in_emergency,
       a.display_name AS name
  FROM access_log l LEFT JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = l.unit_id
 WHERE l.client_id = %(client_id)s
 ORDER BY l.at DESC, l.entry_id DESC LIMIT %(limit)s

-- name: whole
-- Every line about a client up to an instant, newest first, with the reason of an emergency.
SELECT l.entry_id, l.at, u.name AS unit, coalesce(a.role, 'system') AS role, l.action, e.reason AS emergency_reason,
       a.display_name AS name
  FROM access_log l LEFT JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = l.unit_id
  LEFT JOIN emergency_access e ON e.emergency_id = l.emergency_id
 WHERE l.client_id = %(client_id)s AND l.at <= %(until)s
 ORDER BY l.at DESC, l.entry_id DESC

-- name: write_operation
-- About a gateway's client where there is one; nobody need be allowed to see that client.
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)
VALUES (%(tenant_id)s, %(at)s, %(account_id)s, %(unit_id)s,
        (SELECT client_id FROM gateway WHERE device_id = %(device_id)s AND tenant_id = %(tenant_id)s), %(action)s)

-- name: names_are_shown
SELECT t.settings -> 'names_in_access_log' = 'true'::jsonb AS shown FROM client c JOIN tenant t USING (tenant_id)
 WHERE c.client_id = %(client_id)s

-- name: write
-- What the platform itself did stands in the client's tenant, where the client can read it.
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)
SELECT coalesce(nullif(%(tenant_id)s, ''), c.tenant_id, ''), %(at)s, %(account_id)s, %(unit_id)s, asked.client_id,
       %(action)s
  FROM unnest(%(client_ids)s::uuid[]) AS asked (client_id) LEFT JOIN client c USING (client_id)

-- name: write_unless_lately
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)
SELECT %(tenant_id)s, %(now)s, %(account_id)s, %(unit_id)s, client_id, %(action)s
  FROM unnest(%(client_ids)s::uuid[]) AS c (client_id)
 WHERE client_id NOT IN (
       SELECT client_id FROM access_log
        WHERE account_id = %(account_id)s AND at > %(since)s AND at <= %(now)s AND action = %(action)s
          AND client_id IS NOT NULL)

-- name: of_client
SELECT l.at, u.name AS unit, coalesce(a.role, 'system') AS role, l.action
  FROM access_log l LEFT JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = l.unit_id
 WHERE l.client_id = %(client_id)s
 ORDER BY l.at DESC, l.entry_id DESC LIMIT %(limit)s

-- name: write_operation
-- About a gateway's client where there is one; nobody need be allowed to see that client.
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)
VALUES (%(tenant_id)s, %(at)s, %(account_id)s, %(unit_id)s,
        (SELECT client_id FROM gateway WHERE device_id = %(device_id)s AND tenant_id = %(tenant_id)s), %(action)s)

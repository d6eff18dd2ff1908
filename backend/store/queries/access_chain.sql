-- name: try_lock
-- One sealer at a time, whichever worker it is in; released with the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('nykter access seal')) AS got

-- name: waiting
-- Entries in no link. `up_to` is given as a value, so that the plan is made for it.
WITH sealed AS (SELECT unnest(entry_ids) AS entry_id FROM access_seal WHERE last_entry > %(up_to)s)
SELECT l.entry_id, l.tenant_id, l.at, l.account_id, l.unit_id, l.client_id, l.action, l.emergency_id
  FROM access_log l
 WHERE l.entry_id > %(up_to)s AND NOT EXISTS (SELECT FROM sealed WHERE sealed.entry_id = l.entry_id)
 ORDER BY l.entry_id LIMIT %(batch)s

-- name: head
SELECT number, digest FROM access_seal
 WHERE tenant_id = %(tenant_id)s AND month = %(month)s ORDER BY number DESC LIMIT 1

-- name: add
INSERT INTO access_seal (tenant_id, month, number, last_entry, entry_ids, digests, previous, digest)
VALUES (%(tenant_id)s, %(month)s, %(number)s, %(last_entry)s, %(entry_ids)s, %(digests)s, %(previous)s, %(digest)s)

-- name: heads
SELECT DISTINCT ON (tenant_id, month) tenant_id, month, number, digest,
       sum(cardinality(entry_ids)) OVER (PARTITION BY tenant_id, month) AS entries
  FROM access_seal
 WHERE (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s) AND (%(since)s::date IS NULL OR month >= %(since)s)
 ORDER BY tenant_id, month, number DESC

-- name: links
SELECT number, entry_ids, digests, previous, digest FROM access_seal
 WHERE tenant_id = %(tenant_id)s AND month = %(month)s ORDER BY number

-- name: rows
SELECT entry_id, tenant_id, at, account_id, unit_id, client_id, action, emergency_id
  FROM access_log WHERE entry_id = ANY (%(entry_ids)s)

-- name: months_of_rows
SELECT DISTINCT tenant_id, date_trunc('month', at AT TIME ZONE 'UTC')::date AS month FROM access_log
 WHERE %(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s

-- name: entries_of_month
SELECT entry_id FROM access_log
 WHERE tenant_id = %(tenant_id)s AND at >= %(since)s AND at < %(until)s

-- name: settled
-- Below the last entry of a link made ten minutes ago nothing can come in any more: an entry's number is given when it is
-- written, and no transaction of a service takes that long.
SELECT coalesce((SELECT last_entry FROM access_seal WHERE made_at < clock_timestamp() - interval '10 minutes'
                  ORDER BY last_entry DESC LIMIT 1), 0) AS up_to

-- name: ends
SELECT tenant_id, month, number, entries, digest, ended_at, public_key, signature FROM access_month_end
 WHERE %(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s

-- name: months_due
-- Months of a tenant that are over and old enough, and have a row that no hold keeps.
SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month FROM access_log
 WHERE tenant_id = %(tenant_id)s AND at < (date_trunc('month', %(before)s AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'
   AND (client_id IS NULL OR client_id <> ALL (%(held)s::uuid[]))
 ORDER BY month

-- name: add_end
INSERT INTO access_month_end (tenant_id, month, number, entries, digest, ended_at, public_key, signature)
VALUES (%(tenant_id)s, %(month)s, %(number)s, %(entries)s, %(digest)s, %(now)s, %(public_key)s, %(signature)s)
ON CONFLICT DO NOTHING

-- name: archivists
SELECT tenant_id, name, settings -> 'archivist' ->> 'kind' AS kind, settings -> 'archivist' ->> 'address' AS address
  FROM tenant WHERE settings ? 'archivist' ORDER BY tenant_id

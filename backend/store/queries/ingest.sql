-- name: claim_keys
-- In the order of the key, so that two ingests that hold the same messages wait for each other, never in a circle.
-- What comes back is whose key was taken before: almost always nobody's.
WITH claimed AS (
    INSERT INTO message_key (device_id, boot_id, sequence, kind, body_sha256, received_at)
    SELECT device_id, boot_id, sequence, kind, body_sha256, %(now)s
      FROM unnest(%(device_ids)s::text[], %(boot_ids)s::text[], %(sequences)s::bigint[], %(kinds)s::text[],
                  %(digests)s::bytea[]) AS asked (device_id, boot_id, sequence, kind, body_sha256)
     ORDER BY device_id, boot_id, sequence
    ON CONFLICT DO NOTHING
    RETURNING device_id, boot_id, sequence)
SELECT device_id, boot_id, sequence
  FROM unnest(%(device_ids)s::text[], %(boot_ids)s::text[], %(sequences)s::bigint[])
       AS asked (device_id, boot_id, sequence)
EXCEPT ALL SELECT device_id, boot_id, sequence FROM claimed

-- name: digests
-- A statement of its own: it sees what the one that won the race has committed meanwhile.
SELECT device_id, boot_id, sequence, body_sha256
  FROM message_key
  JOIN unnest(%(device_ids)s::text[], %(boot_ids)s::text[], %(sequences)s::bigint[])
       AS asked (device_id, boot_id, sequence) USING (device_id, boot_id, sequence)

-- name: find_gateways
SELECT device_id, tenant_id, client_id, public_key, key_id, revoked_at, previous_public_key, previous_key_id,
       previous_until
  FROM gateway WHERE device_id = ANY(%(device_ids)s)

-- name: gateways_in_use
SELECT device_id, tenant_id, client_id, public_key, key_id, revoked_at
  FROM gateway WHERE revoked_at IS NULL ORDER BY device_id

-- name: lock_gateways
SELECT device_id, client_id, heard_at
  FROM gateway WHERE device_id = ANY(%(device_ids)s) ORDER BY device_id FOR NO KEY UPDATE

-- name: hear_gateways
-- The clock may stand behind an earlier message's (a restarted demo): heard_at never goes back.
UPDATE gateway
   SET heard_at = greatest(gateway.heard_at, %(now)s),
       status = CASE WHEN heard.newer THEN heard.status::jsonb ELSE gateway.status END,
       status_sent_at = CASE WHEN heard.newer THEN heard.sent_at ELSE gateway.status_sent_at END
  FROM (SELECT said.device_id, said.status, said.sent_at,
               coalesce(said.sent_at > coalesce(g.status_sent_at, '-infinity'), false) AS newer
          FROM unnest(%(device_ids)s::text[], %(statuses)s::text[], %(sent_at)s::timestamptz[])
               AS said (device_id, status, sent_at)
          JOIN gateway AS g USING (device_id)) AS heard
 WHERE gateway.device_id = heard.device_id

-- name: clients_with_windows_closed_unheard
-- Clients whose gateway is heard from for the first time since one of their open windows closed: the window may now
-- be called missed.
SELECT DISTINCT test_window.client_id
  FROM unnest(%(client_ids)s::uuid[], %(heard_at)s::timestamptz[]) AS silent (client_id, heard_at)
  JOIN test_window ON test_window.client_id = silent.client_id
   AND test_window.closes_at > silent.heard_at AND test_window.closes_at <= %(now)s
   AND test_window.opens_at > silent.heard_at - interval '2 days'
   AND test_window.attendance IN ('pending', 'not_received')

-- name: bury
INSERT INTO dead_letter (received_at, seen_at, tenant_id, topic, device_id, reason, detail, payload, payload_sha256,
                         claimed_at, clock_offset_ms, times)
SELECT %(now)s, %(now)s,
       CASE WHEN topic ~ '^nykter/v1/[a-z0-9][a-z0-9-]{1,47}/' THEN split_part(topic, '/', 3) END,
       topic, device_id, reason, detail, payload, payload_sha256, claimed_at, clock_offset_ms, times
  FROM unnest(%(topics)s::text[], %(device_ids)s::text[], %(reasons)s::text[], %(details)s::text[],
              %(payloads)s::bytea[], %(digests)s::bytea[], %(claimed_at)s::timestamptz[],
              %(offsets)s::bigint[], %(times)s::integer[])
       AS letter (topic, device_id, reason, detail, payload, payload_sha256, claimed_at, clock_offset_ms, times)
 ORDER BY topic, payload_sha256
ON CONFLICT (topic, payload_sha256) DO UPDATE
   SET times = dead_letter.times + excluded.times, seen_at = greatest(dead_letter.seen_at, excluded.seen_at)

-- name: dead_letters
-- Topics are nykter/v1/<tenant>/<device>/<kind>: a tenant sees its own.
SELECT letter_id, received_at, topic, device_id, reason, detail, times
  FROM dead_letter
 WHERE %(tenant_id)s::text IS NULL OR split_part(topic, '/', 3) = %(tenant_id)s
 ORDER BY received_at DESC, letter_id DESC LIMIT %(limit)s

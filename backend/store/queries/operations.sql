-- name: dead_letters
-- A tenant sees its own (by the topic); the system sees all, also those on no topic of ours. Open ones first.
SELECT letter_id, received_at, seen_at, topic, device_id, reason, detail, times, length(payload) AS size, handled_at, outcome,
       claimed_at, clock_offset_ms, clock_correction_ms
  FROM dead_letter
 WHERE %(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s
 ORDER BY handled_at IS NOT NULL, seen_at DESC, letter_id DESC LIMIT %(limit)s

-- name: dead_letter
SELECT letter_id, received_at, seen_at, topic, device_id, reason, detail, times, length(payload) AS size, handled_at, outcome,
       claimed_at, clock_offset_ms, clock_correction_ms,
       payload, payload_sha256
  FROM dead_letter
 WHERE letter_id = %(letter_id)s AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)

-- name: lock_dead_letter
SELECT 1 FROM dead_letter WHERE letter_id = %(letter_id)s FOR UPDATE

-- name: handle_dead_letter
UPDATE dead_letter SET handled_at = %(now)s, handled_by = %(account_id)s, outcome = %(outcome)s, reason = %(reason)s,
       detail = %(detail)s, clock_correction_ms = coalesce(%(correction_ms)s::bigint, clock_correction_ms)
 WHERE letter_id = %(letter_id)s

-- name: dead_letters_waiting
SELECT reason, count(*) AS letters, max(seen_at) AS newest FROM dead_letter WHERE handled_at IS NULL GROUP BY reason

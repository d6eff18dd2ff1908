-- name: hold
-- Two presses at once are one call.
SELECT FROM client WHERE client_id = %(client_id)s FOR NO KEY UPDATE

-- name: add
INSERT INTO help_call (call_id, tenant_id, client_id, asked_at)
VALUES (%(call_id)s, %(tenant_id)s, %(client_id)s, %(now)s)

-- name: newest
-- The newest call, and how far the alert is that tells of it: none yet while it has not been assessed.
SELECT h.call_id, h.asked_at, a.state, a.seen_at
  FROM help_call h LEFT JOIN alert a
    ON a.client_id = h.client_id AND a.evidence @> jsonb_build_array(jsonb_build_object('key', 'help:' || h.call_id))
 WHERE h.client_id = %(client_id)s AND h.asked_at > %(since)s
 ORDER BY h.asked_at DESC LIMIT 1

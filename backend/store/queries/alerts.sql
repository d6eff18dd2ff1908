-- name: open_of
SELECT a.alert_id, a.client_id, c.alias, a.kind, a.tier, a.state, a.opened_at, a.updated_at, a.evidence,
       o.display_name AS owner, a.close_reason, a.close_note
  FROM alert a JOIN client c USING (client_id) LEFT JOIN account o ON o.account_id = a.owner_id
 WHERE a.client_id = ANY(%(client_ids)s) AND a.state <> 'closed'
 ORDER BY a.tier, a.opened_at

-- name: closed_of
SELECT a.alert_id, a.client_id, c.alias, a.kind, a.tier, a.state, a.opened_at, a.updated_at, a.evidence,
       o.display_name AS owner, a.close_reason, a.close_note
  FROM alert a JOIN client c USING (client_id) LEFT JOIN account o ON o.account_id = a.owner_id
 WHERE a.client_id = %(client_id)s AND a.state = 'closed'
 ORDER BY a.opened_at DESC LIMIT 20

-- name: changes_of
SELECT h.alert_id, h.changed_at, b.display_name AS by, h.old, h.new, h.note
  FROM alert_change h LEFT JOIN account b USING (account_id)
 WHERE h.alert_id = ANY(%(alert_ids)s) ORDER BY h.alert_id, h.change_id

-- name: client_of
SELECT client_id FROM alert WHERE alert_id = %(alert_id)s

-- name: move
-- From one of the named states to another; no row when somebody was quicker.
UPDATE alert a
   SET state = %(new)s, updated_at = %(now)s,
       owner_id = CASE WHEN %(take)s THEN %(account_id)s ELSE a.owner_id END,
       closed_at = CASE WHEN %(new)s = 'closed' THEN %(now)s::timestamptz END,
       closed_by = CASE WHEN %(new)s = 'closed' THEN %(account_id)s::uuid END,
       close_reason = %(close_reason)s, close_note = %(close_note)s
  FROM (SELECT alert_id, state FROM alert WHERE alert_id = %(alert_id)s FOR UPDATE) old
 WHERE a.alert_id = old.alert_id AND a.client_id = %(client_id)s AND a.state = ANY(%(states)s)
RETURNING old.state AS old

-- name: open_of
SELECT a.alert_id, a.client_id, c.alias, a.kind, a.tier, a.state, a.opened_at, a.updated_at, a.evidence,
       o.display_name AS owner, a.close_reason, a.close_note, a.track, coalesce(a.began_at, a.opened_at) AS began_at,
       a.seen_at, seen.display_name AS seen_by, a.snoozed_until, snoozed.display_name AS snoozed_by, a.snooze_reason,
       a.escalate_at
  FROM alert a JOIN client c USING (client_id) LEFT JOIN account o ON o.account_id = a.owner_id
  LEFT JOIN account seen ON seen.account_id = a.seen_by LEFT JOIN account snoozed ON snoozed.account_id = a.snoozed_by
 WHERE a.client_id = ANY(%(client_ids)s) AND a.state <> 'closed'
 ORDER BY a.tier, a.opened_at

-- name: closed_of
SELECT a.alert_id, a.client_id, c.alias, a.kind, a.tier, a.state, a.opened_at, a.updated_at, a.evidence,
       o.display_name AS owner, a.close_reason, a.close_note, a.track, coalesce(a.began_at, a.opened_at) AS began_at,
       a.seen_at, seen.display_name AS seen_by, a.snoozed_until, snoozed.display_name AS snoozed_by, a.snooze_reason,
       a.escalate_at
  FROM alert a JOIN client c USING (client_id) LEFT JOIN account o ON o.account_id = a.owner_id
  LEFT JOIN account seen ON seen.account_id = a.seen_by LEFT JOIN account snoozed ON snoozed.account_id = a.snoozed_by
 WHERE a.client_id = %(client_id)s AND a.state = 'closed'
 ORDER BY a.opened_at DESC LIMIT 20

-- name: changes_of
SELECT h.alert_id, a.client_id, h.changed_at, b.display_name AS by, h.old, h.new, h.note
  FROM alert_change h JOIN alert a USING (alert_id) LEFT JOIN account b ON b.account_id = h.account_id
 WHERE h.alert_id = ANY(%(alert_ids)s) ORDER BY h.alert_id, h.change_id

-- name: client_of
SELECT client_id, tenant_id, track FROM alert WHERE alert_id = %(alert_id)s

-- name: move
-- From one of the named states to another; no row when somebody was quicker. Whoever moves it has answered: nobody else
-- is told, and what was put off is taken up.
UPDATE alert a
   SET state = %(new)s, updated_at = %(now)s,
       owner_id = CASE WHEN %(take)s THEN %(account_id)s ELSE a.owner_id END,
       seen_at = coalesce(a.seen_at, %(now)s), seen_by = coalesce(a.seen_by, %(account_id)s),
       escalate_at = NULL, snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL, snooze_reason = NULL,
       closed_at = CASE WHEN %(new)s = 'closed' THEN %(now)s::timestamptz END,
       closed_by = CASE WHEN %(new)s = 'closed' THEN %(account_id)s::uuid END,
       close_reason = %(close_reason)s, close_note = %(close_note)s
  FROM (SELECT alert_id, state FROM alert WHERE alert_id = %(alert_id)s FOR UPDATE) old
 WHERE a.alert_id = old.alert_id AND a.client_id = %(client_id)s AND a.state = ANY(%(states)s)
RETURNING old.state AS old

-- name: tier_of
SELECT tier, state FROM alert WHERE alert_id = %(alert_id)s AND client_id = %(client_id)s FOR UPDATE

-- name: snooze
UPDATE alert SET snoozed_until = %(until)s, snoozed_by = %(account_id)s, snoozed_at = %(now)s,
       snooze_reason = %(reason)s, escalate_at = NULL, updated_at = %(now)s,
       state = CASE WHEN state = 'new' THEN 'seen' ELSE state END,
       seen_at = coalesce(seen_at, %(now)s), seen_by = coalesce(seen_by, %(account_id)s)
 WHERE alert_id = %(alert_id)s AND client_id = %(client_id)s AND state <> 'closed'

-- name: unsnooze
UPDATE alert SET snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL, snooze_reason = NULL, updated_at = %(now)s
 WHERE alert_id = %(alert_id)s AND client_id = %(client_id)s AND snoozed_until IS NOT NULL AND state <> 'closed'
RETURNING state

-- name: outcomes
-- Per unit and kind, what people made of the last twenty alerts they closed.
SELECT unit_id, kind, count(*) AS n, count(*) FILTER (WHERE close_reason IN ('contacted', 'wait')) AS relevant
  FROM (SELECT c.unit_id, a.kind, a.close_reason,
               row_number() OVER (PARTITION BY c.unit_id, a.kind ORDER BY a.closed_at DESC) AS place
          FROM alert a JOIN client c USING (client_id)
         WHERE c.unit_id IN (SELECT unit_id FROM client WHERE client_id = ANY(%(client_ids)s))
           AND a.state = 'closed' AND a.closed_by IS NOT NULL) AS closed
 WHERE place <= 20 GROUP BY unit_id, kind

-- name: technical
SELECT a.alert_id, a.kind, a.tier, a.state, coalesce(a.began_at, a.opened_at) AS began_at, a.evidence,
       o.display_name AS owner, ARRAY(SELECT g.device_id FROM gateway g WHERE g.client_id = a.client_id
                                         AND g.revoked_at IS NULL ORDER BY 1) AS devices
  FROM alert a LEFT JOIN account o ON o.account_id = a.owner_id
 WHERE a.tenant_id = %(tenant_id)s AND a.track = 'equipment' AND a.state <> 'closed'
 ORDER BY a.tier DESC, 5

-- name: unanswered
-- How many alerts of a unit nobody has answered although everybody on the way was told.
SELECT count(*) AS n, min(a.raised_at) AS since
  FROM alert a JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND a.state = 'new'
   AND EXISTS (SELECT FROM alert_step s WHERE s.alert_id = a.alert_id AND s.round = a.round AND s.step = 'manager')

-- name: one_of
SELECT a.alert_id, a.client_id, c.alias, c.timezone, a.kind, a.tier, a.state, a.opened_at, a.updated_at, a.evidence,
       o.display_name AS owner, a.close_reason, a.close_note, a.track, coalesce(a.began_at, a.opened_at) AS began_at,
       a.seen_at, seen.display_name AS seen_by, a.snoozed_until, snoozed.display_name AS snoozed_by, a.snooze_reason,
       a.escalate_at
  FROM alert a JOIN client c USING (client_id) LEFT JOIN account o ON o.account_id = a.owner_id
  LEFT JOIN account seen ON seen.account_id = a.seen_by LEFT JOIN account snoozed ON snoozed.account_id = a.snoozed_by
 WHERE a.alert_id = %(alert_id)s AND a.client_id = %(client_id)s

-- name: told_of
-- Whom the platform meant to tell, and every message that went out: one row per message, one for a notice without any.
SELECT n.due_at, n.state AS notice_state, n.settled_at, n.opened_at, x.display_name AS name, d.channel, d.state,
       d.attempts, d.finished_at
  FROM notice n LEFT JOIN account x ON x.account_id = n.account_id
  LEFT JOIN delivery_notice l ON l.notice_id = n.notice_id LEFT JOIN delivery d ON d.delivery_id = l.delivery_id
 WHERE n.subject_kind = 'alert' AND n.subject_id = %(alert_id)s
   AND EXISTS (SELECT FROM alert a WHERE a.alert_id = n.subject_id AND a.client_id = %(client_id)s)
 ORDER BY n.due_at, x.display_name, d.created_at

-- name: record_before
-- What people had made of the last twenty alerts of a kind they had closed in the client's unit by then.
SELECT count(*) AS n, count(*) FILTER (WHERE close_reason IN ('contacted', 'wait')) AS relevant
  FROM (SELECT a.close_reason FROM alert a JOIN client c USING (client_id)
         WHERE c.unit_id = (SELECT unit_id FROM client WHERE client_id = %(client_id)s) AND a.kind = %(kind)s
           AND a.state = 'closed' AND a.closed_by IS NOT NULL AND a.closed_at < %(before)s
         ORDER BY a.closed_at DESC LIMIT 20) AS closed

-- name: score_behind
-- The score that made a rise, as it was computed first.
SELECT decided_at, horizon_hours, probability, low, high, usual, coverage, reasons, model_version
  FROM risk_score WHERE client_id = %(client_id)s AND decided_at = %(at)s AND horizon_hours = %(hours)s
 ORDER BY computed_at LIMIT 1

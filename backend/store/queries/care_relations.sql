-- name: caseloads
-- The unit's clients with whoever is their own clinician, now or from a time to come; one row without anybody where
-- there is none. Of one account: only the clients it follows.
SELECT c.client_id, c.alias, s.account_id, a.display_name AS name, s.from_at, s.to_at, a.disabled_at IS NOT NULL AS is_closed
  FROM client c
  LEFT JOIN (assignment s JOIN account a ON a.account_id = s.account_id AND a.role = 'clinician')
    ON s.client_id = c.client_id AND s.because = 'assigned' AND s.from_at IS DISTINCT FROM s.to_at
   AND (s.to_at IS NULL OR s.to_at > %(now)s)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND c.ended_on IS NULL
   AND (%(account_id)s::uuid IS NULL OR EXISTS (
        SELECT FROM assignment o WHERE o.client_id = c.client_id AND o.account_id = %(account_id)s
           AND o.because = 'assigned' AND o.from_at <= %(now)s AND (o.to_at IS NULL OR o.to_at > %(now)s)))
 ORDER BY c.alias, s.from_at, a.display_name

-- name: lock_clients
-- Clients of the unit, held until this transaction ends, so that two decisions about the same one come after each other.
SELECT client_id FROM client
 WHERE client_id = ANY(%(client_ids)s) AND unit_id = %(unit_id)s AND study IS NULL AND ended_on IS NULL
 ORDER BY client_id FOR UPDATE

-- name: followed_by
-- Which of these clients somebody follows as their own clinician, at an instant or later.
SELECT DISTINCT client_id FROM assignment
 WHERE client_id = ANY(%(client_ids)s) AND account_id = %(account_id)s AND because = 'assigned'
   AND (to_at IS NULL OR to_at > greatest(%(at)s, from_at))

-- name: still_followed
-- Which of these clients have another clinician of their own from an instant on, without an end.
SELECT DISTINCT s.client_id FROM assignment s JOIN account a USING (account_id)
 WHERE s.client_id = ANY(%(client_ids)s) AND s.account_id <> %(account_id)s AND s.because = 'assigned'
   AND a.role = 'clinician' AND a.disabled_at IS NULL AND s.from_at <= %(at)s AND s.to_at IS NULL

-- name: let_out
-- Every relation of the leaving one ends, whatever it came from, and so do those of whoever covers their leave.
UPDATE assignment SET to_at = greatest(from_at, %(at)s)
 WHERE client_id = ANY(%(client_ids)s) AND (to_at IS NULL OR to_at > %(at)s)
   AND (account_id = %(account_id)s
        OR cover_id IN (SELECT cover_id FROM leave_cover WHERE absent_id = %(account_id)s))

-- name: let_in
-- Nobody gets a second relation beside one that reaches as far.
INSERT INTO assignment (assignment_id, tenant_id, account_id, client_id, from_at, to_at)
SELECT gen_random_uuid(), %(tenant_id)s, %(account_id)s, one, %(at)s, %(until)s
  FROM unnest(%(client_ids)s::uuid[]) AS one
 WHERE NOT EXISTS (SELECT FROM assignment s WHERE s.client_id = one AND s.account_id = %(account_id)s
                      AND s.because = 'assigned' AND s.from_at <= %(at)s
                      AND (s.to_at IS NULL OR s.to_at >= %(until)s))

-- name: add
INSERT INTO care_change (change_id, tenant_id, client_id, unit_id, batch_id, kind, from_id, to_id, at, until, words,
                         decided_by, decided_at, settle_at)
VALUES (%(change_id)s, %(tenant_id)s, %(client_id)s, %(unit_id)s, %(batch_id)s, %(kind)s, %(from_id)s, %(to_id)s, %(at)s,
        %(until)s, %(words)s, %(decided_by)s, %(now)s, %(settle_at)s)

-- name: take_to_settle
SELECT h.change_id, h.tenant_id, h.client_id, h.unit_id, h.from_id, h.at,
       coalesce(h.to_id, (SELECT s.account_id FROM assignment s JOIN account a USING (account_id)
                           WHERE s.client_id = h.client_id AND s.because = 'assigned' AND a.role = 'clinician'
                             AND s.from_at <= %(now)s AND (s.to_at IS NULL OR s.to_at > %(now)s)
                           ORDER BY s.from_at LIMIT 1)) AS heir_id
  FROM care_change h WHERE h.settle_at <= %(now)s
 ORDER BY h.settle_at, h.change_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: settled
UPDATE care_change SET settle_at = NULL WHERE change_id = %(change_id)s

-- name: signals_of
-- Open signals that the leaving one had taken, seen or put off, held.
SELECT alert_id, tier, state, snoozed_until IS NOT NULL AS is_put_off FROM alert
 WHERE client_id = %(client_id)s AND state <> 'closed'
   AND (owner_id = %(from_id)s OR snoozed_by = %(from_id)s OR (state = 'seen' AND seen_by = %(from_id)s))
 ORDER BY alert_id FOR UPDATE

-- name: give_back
-- As if it were new: the next round tells whoever follows the client now.
UPDATE alert SET state = 'new', owner_id = NULL, seen_at = NULL, seen_by = NULL, round = round + 1, escalate_step = 0,
                 escalate_at = %(escalate_at)s, updated_at = %(now)s
 WHERE alert_id = %(alert_id)s

-- name: pass_snooze
-- What is put off stays put off; whoever follows the client now is reminded when it ends.
UPDATE alert SET owner_id = NULL, state = 'seen', snoozed_by = coalesce(%(heir_id)s, snoozed_by), updated_at = %(now)s
 WHERE alert_id = %(alert_id)s

-- name: relations
SELECT a.display_name AS name, a.role, u.name AS unit, s.from_at, s.to_at, s.because
  FROM assignment s JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = s.unit_id
 WHERE s.client_id = %(client_id)s AND s.from_at IS DISTINCT FROM s.to_at ORDER BY s.from_at DESC, a.display_name LIMIT 200

-- name: history
SELECT h.kind, f.display_name AS from_name, t.display_name AS to_name, h.at, h.until, h.words,
       d.display_name AS decided_by, h.decided_at
  FROM care_change h JOIN account d ON d.account_id = h.decided_by
  LEFT JOIN account f ON f.account_id = h.from_id LEFT JOIN account t ON t.account_id = h.to_id
 WHERE h.client_id = %(client_id)s ORDER BY h.decided_at DESC, h.at DESC LIMIT 200

-- name: decisions
-- A unit's newest decisions; of one account: those that it made or that are about it.
SELECT h.batch_id, h.kind, f.display_name AS from_name, t.display_name AS to_name, h.at, h.until,
       d.display_name AS decided_by, h.decided_at, count(*)::int AS clients
  FROM care_change h JOIN account d ON d.account_id = h.decided_by
  LEFT JOIN account f ON f.account_id = h.from_id LEFT JOIN account t ON t.account_id = h.to_id
 WHERE h.unit_id = %(unit_id)s
   AND (%(account_id)s::uuid IS NULL OR %(account_id)s IN (h.from_id, h.to_id, h.decided_by))
 GROUP BY h.batch_id, h.kind, f.display_name, t.display_name, h.at, h.until, d.display_name, h.decided_at
 ORDER BY h.decided_at DESC, h.batch_id LIMIT 40

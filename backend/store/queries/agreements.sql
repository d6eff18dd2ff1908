-- name: add_pause
INSERT INTO pause (pause_id, tenant_id, client_id, from_at, to_at, reason, state, requested_by, requested_at, decided_by,
                   decided_at)
VALUES (%(pause_id)s, %(tenant_id)s, %(client_id)s, %(from_at)s, %(to_at)s, %(reason)s, %(state)s, %(requested_by)s,
        %(now)s, %(decided_by)s, CASE WHEN %(state)s::text <> 'requested' THEN %(now)s::timestamptz END)

-- name: pause_client
SELECT client_id FROM pause WHERE pause_id = %(pause_id)s

-- name: decide_pause
UPDATE pause
   SET state = %(state)s, decided_by = %(decided_by)s, decided_at = %(now)s, decision_note = %(note)s
 WHERE pause_id = %(pause_id)s AND state = 'requested'
RETURNING from_at, to_at

-- name: end_pause
UPDATE pause SET to_at = greatest(from_at, least(to_at, %(now)s))
 WHERE pause_id = %(pause_id)s AND state = 'granted' AND to_at > %(now)s
RETURNING from_at, to_at

-- name: pauses
SELECT p.pause_id, p.from_at, p.to_at, p.reason, p.state, p.requested_at, shown_name(a.account_id) AS requested_by, p.decided_at,
       b.display_name AS decided_by, p.decision_note
  FROM pause p LEFT JOIN account a ON a.account_id = p.requested_by LEFT JOIN account b ON b.account_id = p.decided_by
 WHERE p.client_id = %(client_id)s ORDER BY p.from_at, p.requested_at

-- name: overlapping_pause
SELECT EXISTS (SELECT FROM pause WHERE client_id = %(client_id)s AND state IN ('requested', 'granted')
                  AND from_at < %(to_at)s AND to_at > %(from_at)s) AS there_is

-- name: coming_pauses
SELECT from_at, to_at FROM pause
 WHERE client_id = %(client_id)s AND state = 'granted' AND to_at > %(since)s AND to_at > from_at AND from_at < %(until)s
 ORDER BY from_at

-- name: window
SELECT kind, opens_at, ordinal FROM test_window WHERE window_id = %(window_id)s AND client_id = %(client_id)s

-- name: add_excuse
INSERT INTO excuse (excuse_id, tenant_id, client_id, kind, opens_at, ordinal, reason, granted_by, granted_at)
VALUES (%(excuse_id)s, %(tenant_id)s, %(client_id)s, %(kind)s, %(opens_at)s, %(ordinal)s, %(reason)s, %(granted_by)s,
        %(now)s)
ON CONFLICT DO NOTHING
RETURNING excuse_id

-- name: withdraw_excuse
UPDATE excuse SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s
 WHERE excuse_id = %(excuse_id)s AND client_id = %(client_id)s AND withdrawn_at IS NULL
RETURNING opens_at

-- name: coming_excuses
SELECT kind, opens_at FROM excuse
 WHERE client_id = %(client_id)s AND withdrawn_at IS NULL AND opens_at >= %(since)s AND opens_at < %(until)s
 ORDER BY opens_at

-- name: excuses
SELECT e.excuse_id, e.kind, e.opens_at, e.reason, e.granted_at, a.display_name AS granted_by, e.withdrawn_at
  FROM excuse e LEFT JOIN account a ON a.account_id = e.granted_by
 WHERE e.client_id = %(client_id)s ORDER BY e.opens_at, e.granted_at

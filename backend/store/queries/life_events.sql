-- name: add
INSERT INTO life_event (event_id, tenant_id, client_id, account_id, kind, began_on, ended_on, text, created_at)
VALUES (%(event_id)s, %(tenant_id)s, %(client_id)s, %(account_id)s, %(kind)s, %(began_on)s, %(ended_on)s, %(text)s, %(now)s)

-- name: client_of
SELECT client_id FROM life_event WHERE event_id = %(event_id)s AND withdrawn_at IS NULL

-- name: withdraw
UPDATE life_event SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s
 WHERE event_id = %(event_id)s AND client_id = %(client_id)s AND withdrawn_at IS NULL

-- name: plan_contact
INSERT INTO next_contact (tenant_id, client_id, account_id, at, created_at)
VALUES (%(tenant_id)s, %(client_id)s, %(account_id)s, %(at)s, %(now)s)

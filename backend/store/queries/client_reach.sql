-- name: add
INSERT INTO client_reach (reach_id, tenant_id, client_id, phone, preferred, note, account_id, entered_at)
VALUES (%(reach_id)s, %(tenant_id)s, %(client_id)s, %(phone)s, %(preferred)s, %(note)s, %(account_id)s, %(now)s)

-- name: of_client
SELECT r.client_id, r.phone, r.preferred, r.note, r.entered_at, a.display_name AS entered_by
  FROM client_reach r LEFT JOIN account a USING (account_id)
 WHERE r.client_id = %(client_id)s ORDER BY r.entered_at DESC, r.reach_id LIMIT %(limit)s

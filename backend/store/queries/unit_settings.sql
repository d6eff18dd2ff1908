-- name: in_force
SELECT DISTINCT ON (name) name, value FROM unit_setting
 WHERE unit_id = %(unit_id)s AND valid_from <= %(at)s
 ORDER BY name, valid_from DESC, setting_id DESC

-- name: history
SELECT s.name, s.value, s.valid_from, s.set_at, s.reason, a.display_name AS set_by
  FROM unit_setting s JOIN account a ON a.account_id = s.set_by
 WHERE s.unit_id = %(unit_id)s ORDER BY s.setting_id DESC LIMIT 200

-- name: add
INSERT INTO unit_setting (tenant_id, unit_id, name, value, valid_from, set_by, reason, set_at)
VALUES (%(tenant_id)s, %(unit_id)s, %(name)s, %(value)s, %(valid_from)s, %(set_by)s, %(reason)s, %(now)s)

-- name: unit_of_client
SELECT unit_id FROM client WHERE client_id = %(client_id)s

-- name: unit
SELECT u.unit_id, u.tenant_id, u.name FROM unit u WHERE u.unit_id = %(unit_id)s AND u.tenant_id = %(tenant_id)s

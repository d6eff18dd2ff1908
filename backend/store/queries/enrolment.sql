-- name: add_tenant
INSERT INTO tenant (tenant_id, name, kind, settings, created_at)
VALUES (%(tenant_id)s, %(name)s, %(kind)s, %(settings)s, %(now)s)

-- name: add_unit
INSERT INTO unit (unit_id, tenant_id, name) VALUES (%(unit_id)s, %(tenant_id)s, %(name)s)

-- name: unit_tenant
SELECT tenant_id FROM unit WHERE unit_id = %(unit_id)s

-- name: add_account
INSERT INTO account (account_id, tenant_id, username, display_name, role, unit_id, client_id, password_hash, language,
                     created_at)
VALUES (%(account_id)s, %(tenant_id)s, %(username)s, %(display_name)s, %(role)s, %(unit_id)s, %(client_id)s,
        %(password_hash)s, %(language)s, %(now)s)

-- name: add_client
INSERT INTO client (client_id, tenant_id, unit_id, alias, display_name, timezone, started_on, score_due_at, created_at)
VALUES (%(client_id)s, %(tenant_id)s, %(unit_id)s, %(alias)s, %(display_name)s, %(timezone)s, %(started_on)s,
        %(score_due_at)s, %(now)s)

-- name: client
SELECT tenant_id, unit_id, alias, display_name, timezone FROM client WHERE client_id = %(client_id)s

-- name: account
SELECT tenant_id, role FROM account WHERE account_id = %(account_id)s

-- name: any_account
SELECT 1 AS one FROM account WHERE tenant_id = %(tenant_id)s LIMIT 1

-- name: assign
INSERT INTO assignment (assignment_id, account_id, client_id, from_at, to_at)
VALUES (%(assignment_id)s, %(account_id)s, %(client_id)s, %(from_at)s, %(to_at)s)

-- name: add_gateway
INSERT INTO gateway (device_id, tenant_id, client_id, public_key, key_id, enrolled_at)
VALUES (%(device_id)s, %(tenant_id)s, %(client_id)s, %(public_key)s, %(key_id)s, %(now)s)

-- name: account
SELECT account_id, tenant_id, password_hash, role, disabled_at FROM account_of_username(%(username)s)

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('nykter guess ' || %(username)s, 0))

-- name: recent_failures
SELECT count(*) AS failures, max(attempted_at) AS latest
  FROM login_attempt WHERE username = %(username)s AND attempted_at > %(since)s

-- name: remember_failure
INSERT INTO login_attempt (username, attempted_at) VALUES (%(username)s, %(now)s)

-- name: forget_failures
DELETE FROM login_attempt WHERE username = %(username)s OR attempted_at < %(before)s

-- name: forget_ended
DELETE FROM login WHERE ends_at < %(now)s

-- name: start
INSERT INTO login (token_sha256, account_id, csrf_token, created_at, seen_at, ends_at, method, is_strong, browser,
                   proved_at, phone_id)
VALUES (%(token_sha256)s, %(account_id)s, %(csrf_token)s, %(now)s, %(now)s, %(ends_at)s, %(method)s, %(is_strong)s,
        %(browser)s, %(proved_at)s, %(phone_id)s)

-- name: find
SELECT csrf_token, seen_at, ends_at, account_id, tenant_id, role, unit_id, client_id, display_name, language,
       login_id, method, is_strong
  FROM login_of_token(%(token_sha256)s)

-- name: seen
UPDATE login SET seen_at = %(now)s WHERE token_sha256 = %(token_sha256)s AND seen_at < %(now)s

-- name: end
DELETE FROM login WHERE token_sha256 = %(token_sha256)s

-- name: rehash
UPDATE account SET password_hash = %(password_hash)s WHERE account_id = %(account_id)s

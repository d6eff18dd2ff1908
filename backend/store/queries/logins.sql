-- name: account
SELECT account_id, password_hash, role, disabled_at FROM account WHERE username = %(username)s

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
INSERT INTO login (token_sha256, account_id, csrf_token, created_at, seen_at, ends_at)
VALUES (%(token_sha256)s, %(account_id)s, %(csrf_token)s, %(now)s, %(now)s, %(ends_at)s)

-- name: find
SELECT l.csrf_token, l.seen_at, l.ends_at, a.account_id, a.tenant_id, a.role, a.unit_id, a.client_id, a.display_name,
       a.language
  FROM login l JOIN account a USING (account_id)
 WHERE l.token_sha256 = %(token_sha256)s AND a.disabled_at IS NULL

-- name: seen
UPDATE login SET seen_at = %(now)s WHERE token_sha256 = %(token_sha256)s AND seen_at < %(now)s

-- name: end
DELETE FROM login WHERE token_sha256 = %(token_sha256)s

-- name: rehash
UPDATE account SET password_hash = %(password_hash)s WHERE account_id = %(account_id)s

-- name: tenant_of
SELECT tenant_of_sign_in(%(kind)s, %(secret)s) AS tenant_id

-- name: account
SELECT a.account_id, a.tenant_id, a.username, a.display_name, a.role, a.unit_id, a.client_id, a.password_hash,
       a.language, a.disabled_at, u.name AS unit, t.name AS tenant
  FROM account a JOIN tenant t USING (tenant_id) LEFT JOIN unit u ON u.unit_id = a.unit_id
 WHERE a.account_id = %(account_id)s

-- name: has_factor
SELECT EXISTS (SELECT FROM totp_factor WHERE account_id = %(account_id)s AND confirmed_at IS NOT NULL) AS totp,
       EXISTS (SELECT FROM passkey WHERE account_id = %(account_id)s) AS passkey

-- name: add_step
INSERT INTO sign_in_step (token_sha256, tenant_id, account_id, kind, method, browser, created_at, ends_at)
VALUES (%(token_sha256)s, %(tenant_id)s, %(account_id)s, %(kind)s, %(method)s, %(browser)s, %(now)s, %(ends_at)s)

-- name: forget_steps
DELETE FROM sign_in_step WHERE ends_at <= %(now)s

-- name: step
SELECT token_sha256, account_id, kind, method, browser, failures FROM sign_in_step
 WHERE token_sha256 = %(token_sha256)s AND ends_at > %(now)s

-- name: step_failed
UPDATE sign_in_step SET failures = failures + 1 WHERE token_sha256 = %(token_sha256)s

-- name: end_step
DELETE FROM sign_in_step WHERE token_sha256 = %(token_sha256)s

-- name: end_steps_of
DELETE FROM sign_in_step WHERE account_id = %(account_id)s

-- name: event
INSERT INTO account_event (tenant_id, account_id, at, kind, by_account, browser)
VALUES (%(tenant_id)s, %(account_id)s, %(now)s, %(kind)s, %(by_account)s, %(browser)s)

-- name: events
SELECT e.at, e.kind, e.browser, e.by_account, b.display_name AS by_name
  FROM account_event e LEFT JOIN account b ON b.account_id = e.by_account
 WHERE e.account_id = %(account_id)s ORDER BY e.at DESC, e.event_id LIMIT 20

-- name: is_known_browser
UPDATE known_browser SET used_at = %(now)s
 WHERE token_sha256 = %(token_sha256)s AND account_id = %(account_id)s AND used_at > %(since)s
RETURNING account_id

-- name: add_known_browser
INSERT INTO known_browser (token_sha256, tenant_id, account_id, used_at)
VALUES (%(token_sha256)s, %(tenant_id)s, %(account_id)s, %(now)s)

-- name: forget_known_browsers
DELETE FROM known_browser WHERE account_id = %(account_id)s AND (%(all)s OR used_at <= %(since)s)

-- name: put_totp
-- A confirmed one is not replaced unless it was removed first.
INSERT INTO totp_factor (account_id, tenant_id, secret, created_at)
VALUES (%(account_id)s, %(tenant_id)s, %(secret)s, %(now)s)
ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
 WHERE totp_factor.confirmed_at IS NULL

-- name: totp
SELECT secret, last_step, created_at, confirmed_at FROM totp_factor WHERE account_id = %(account_id)s

-- name: use_totp_step
-- One time step, once: whoever comes second, even at the same moment, changes no row.
UPDATE totp_factor SET last_step = %(step)s WHERE account_id = %(account_id)s AND last_step < %(step)s

-- name: confirm_totp
UPDATE totp_factor SET confirmed_at = %(now)s WHERE account_id = %(account_id)s AND confirmed_at IS NULL

-- name: remove_totp
DELETE FROM totp_factor WHERE account_id = %(account_id)s

-- name: add_recovery_code
INSERT INTO recovery_code (code_sha256, tenant_id, account_id, created_at)
VALUES (%(code_sha256)s, %(tenant_id)s, %(account_id)s, %(now)s)

-- name: use_recovery_code
UPDATE recovery_code SET used_at = %(now)s
 WHERE code_sha256 = %(code_sha256)s AND account_id = %(account_id)s AND used_at IS NULL

-- name: recovery_left
SELECT count(*) AS n FROM recovery_code WHERE account_id = %(account_id)s AND used_at IS NULL

-- name: remove_recovery_codes
DELETE FROM recovery_code WHERE account_id = %(account_id)s

-- name: put_challenge
INSERT INTO passkey_challenge (holder_sha256, purpose, challenge, ends_at)
VALUES (%(holder_sha256)s, %(purpose)s, %(challenge)s, %(ends_at)s)
ON CONFLICT (holder_sha256) DO UPDATE SET purpose = excluded.purpose, challenge = excluded.challenge,
    ends_at = excluded.ends_at

-- name: take_challenge
DELETE FROM passkey_challenge WHERE holder_sha256 = %(holder_sha256)s AND purpose = %(purpose)s AND ends_at > %(now)s
RETURNING challenge

-- name: forget_challenges
DELETE FROM passkey_challenge WHERE ends_at <= %(now)s

-- name: add_passkey
INSERT INTO passkey (credential_id, tenant_id, account_id, public_key, sign_count, name, created_at)
VALUES (%(credential_id)s, %(tenant_id)s, %(account_id)s, %(public_key)s, %(sign_count)s, %(name)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: passkeys
SELECT credential_id, name, created_at, used_at FROM passkey WHERE account_id = %(account_id)s ORDER BY created_at

-- name: passkey
SELECT account_id, public_key, sign_count FROM passkey WHERE credential_id = %(credential_id)s FOR UPDATE

-- name: passkey_used
UPDATE passkey SET sign_count = %(sign_count)s, used_at = %(now)s WHERE credential_id = %(credential_id)s

-- name: remove_passkey
DELETE FROM passkey WHERE credential_id = %(credential_id)s AND account_id = %(account_id)s

-- name: remove_passkeys
DELETE FROM passkey WHERE account_id = %(account_id)s

-- name: set_password
UPDATE account SET password_hash = %(password_hash)s WHERE account_id = %(account_id)s

-- name: logins
SELECT login_id, method, browser, created_at, seen_at, token_sha256, phone_id FROM login
 WHERE account_id = %(account_id)s AND ends_at > %(now)s ORDER BY seen_at DESC

-- name: end_login_by_id
DELETE FROM login WHERE login_id = %(login_id)s AND account_id = %(account_id)s

-- name: end_logins
DELETE FROM login WHERE account_id = %(account_id)s AND token_sha256 <> %(but)s

-- name: end_logins_of_phone
DELETE FROM login WHERE phone_id = %(phone_id)s

-- name: login
SELECT login_id, account_id, method, is_strong, proved_at, phone_id FROM login WHERE token_sha256 = %(token_sha256)s

-- name: renew_login
UPDATE login SET token_sha256 = %(new_sha256)s, csrf_token = %(csrf_token)s, is_strong = is_strong OR %(is_strong)s,
       proved_at = %(now)s
 WHERE token_sha256 = %(token_sha256)s
RETURNING ends_at

-- name: add_code
INSERT INTO account_code (code_sha256, tenant_id, account_id, purpose, issued_by, issued_at, ends_at)
VALUES (%(code_sha256)s, %(tenant_id)s, %(account_id)s, %(purpose)s, %(issued_by)s, %(now)s, %(ends_at)s)

-- name: withdraw_codes
DELETE FROM account_code WHERE account_id = %(account_id)s AND used_at IS NULL

-- name: code
SELECT c.account_id, c.purpose, c.issued_by, a.display_name, a.language
  FROM account_code c JOIN account a USING (account_id)
 WHERE c.code_sha256 = %(code_sha256)s AND c.used_at IS NULL AND c.ends_at > %(now)s AND a.disabled_at IS NULL

-- name: use_code
UPDATE account_code SET used_at = %(now)s
 WHERE code_sha256 = %(code_sha256)s AND used_at IS NULL AND ends_at > %(now)s

-- name: codes_of_others
-- Who got in lately by a code of somebody else, unless it was confirmed since that this is who it should be.
SELECT DISTINCT c.account_id, c.issued_by FROM account_code c
 WHERE c.purpose <> 'phone' AND c.issued_by IS NOT NULL AND c.used_at > %(since)s
   AND NOT EXISTS (SELECT FROM account_event e
                    WHERE e.account_id = c.account_id AND e.kind = 'confirmed' AND e.at >= c.used_at)

-- name: codes_waiting
SELECT purpose, issued_at, ends_at FROM account_code
 WHERE account_id = %(account_id)s AND used_at IS NULL AND ends_at > %(now)s ORDER BY issued_at DESC

-- name: add_phone
INSERT INTO phone (phone_id, tenant_id, account_id, name, token_sha256, let_in_by, let_in_at, used_at)
VALUES (%(phone_id)s, %(tenant_id)s, %(account_id)s, %(name)s, %(token_sha256)s, %(let_in_by)s, %(now)s, %(now)s)

-- name: phone_by_token
SELECT phone_id, account_id, token_sha256, previous_sha256, used_at FROM phone
 WHERE %(token_sha256)s IN (token_sha256, previous_sha256) AND ended_at IS NULL FOR UPDATE

-- name: phone_copied
UPDATE phone SET ended_at = %(now)s, was_copied = true
 WHERE ended_at IS NULL AND phone_id = (SELECT phone_id FROM phone_token_used WHERE token_sha256 = %(token_sha256)s)
RETURNING phone_id, account_id

-- name: forget_phone_token
INSERT INTO phone_token_used (token_sha256, tenant_id, phone_id, used_at)
VALUES (%(token_sha256)s, %(tenant_id)s, %(phone_id)s, %(now)s) ON CONFLICT DO NOTHING

-- name: renew_phone
UPDATE phone SET token_sha256 = %(new_sha256)s, previous_sha256 = %(previous_sha256)s, used_at = %(now)s
 WHERE phone_id = %(phone_id)s

-- name: phones
SELECT p.phone_id, p.name, p.let_in_at, p.used_at, p.ended_at, p.was_copied, b.display_name AS let_in_by
  FROM phone p LEFT JOIN account b ON b.account_id = p.let_in_by
 WHERE p.account_id = %(account_id)s ORDER BY p.ended_at DESC NULLS FIRST, p.used_at DESC LIMIT 20

-- name: end_phone
UPDATE phone SET ended_at = %(now)s, ended_by = %(ended_by)s
 WHERE phone_id = %(phone_id)s AND account_id = %(account_id)s AND ended_at IS NULL

-- name: end_phones
UPDATE phone SET ended_at = %(now)s, ended_by = %(ended_by)s WHERE account_id = %(account_id)s AND ended_at IS NULL

-- name: account_of_client
SELECT account_id, display_name, disabled_at FROM account WHERE client_id = %(client_id)s ORDER BY created_at LIMIT 1

-- name: client_name
SELECT alias, display_name, tenant_id FROM client WHERE client_id = %(client_id)s

-- name: add_identity_request
INSERT INTO identity_request (state_sha256, holder_sha256, nonce, code_verifier, wanted, links, ends_at)
VALUES (%(state_sha256)s, %(holder_sha256)s, %(nonce)s, %(code_verifier)s, %(wanted)s, %(links)s, %(ends_at)s)

-- name: take_identity_request
DELETE FROM identity_request WHERE state_sha256 = %(state_sha256)s AND holder_sha256 = %(holder_sha256)s
RETURNING nonce, code_verifier, wanted, links, ends_at

-- name: forget_identity_requests
DELETE FROM identity_request WHERE ends_at <= %(now)s

-- name: add_identity
INSERT INTO account_identity (identity_sha256, tenant_id, account_id, issuer, created_at)
VALUES (%(identity_sha256)s, %(tenant_id)s, %(account_id)s, %(issuer)s, %(now)s) ON CONFLICT DO NOTHING

-- name: use_identity
UPDATE account_identity SET used_at = %(now)s WHERE identity_sha256 = %(identity_sha256)s RETURNING account_id

-- name: identities
SELECT identity_id, issuer, created_at, used_at FROM account_identity WHERE account_id = %(account_id)s
 ORDER BY created_at

-- name: remove_identity
DELETE FROM account_identity WHERE identity_id = %(identity_id)s AND account_id = %(account_id)s

-- name: remove_identities
DELETE FROM account_identity WHERE account_id = %(account_id)s

-- name: staff
SELECT a.account_id, a.username, a.display_name, a.role, a.unit_id, u.name AS unit, a.disabled_at, a.created_at,
       a.password_hash IS NOT NULL AS has_password,
       EXISTS (SELECT FROM totp_factor f WHERE f.account_id = a.account_id AND f.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM passkey p WHERE p.account_id = a.account_id) AS has_factor,
       EXISTS (SELECT FROM account_identity i WHERE i.account_id = a.account_id) AS has_identity,
       (SELECT count(*) FROM login l WHERE l.account_id = a.account_id AND l.ends_at > %(now)s) AS logins,
       (SELECT max(seen_at) FROM login l WHERE l.account_id = a.account_id) AS seen_at,
       (SELECT max(c.ends_at) FROM account_code c
         WHERE c.account_id = a.account_id AND c.used_at IS NULL AND c.ends_at > %(now)s) AS code_until
  FROM account a LEFT JOIN unit u ON u.unit_id = a.unit_id
 WHERE a.tenant_id = %(tenant_id)s AND a.role NOT IN ('client', 'relative') AND (%(unit_id)s::uuid IS NULL OR a.unit_id = %(unit_id)s)
 ORDER BY a.disabled_at IS NOT NULL, a.display_name

-- name: disable
UPDATE account SET disabled_at = %(now)s WHERE account_id = %(account_id)s AND disabled_at IS NULL

-- name: enable
UPDATE account SET disabled_at = NULL WHERE account_id = %(account_id)s AND disabled_at IS NOT NULL

-- name: tenant
SELECT tenant_id FROM tenant WHERE tenant_id = %(tenant_id)s

-- name: unit
SELECT unit_id FROM unit WHERE tenant_id = %(tenant_id)s AND name = %(name)s

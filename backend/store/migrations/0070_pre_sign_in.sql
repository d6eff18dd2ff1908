-- Second factors, passkeys, e-identities, phones of clients, one-time codes, and what is known of each login.
SET LOCAL lock_timeout = '5s';

-- Who signs in otherwise (a client's phone, an e-identity) has no password.
ALTER TABLE account ALTER COLUMN password_hash DROP NOT NULL;

ALTER TABLE login
    ADD COLUMN IF NOT EXISTS login_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS method text NOT NULL DEFAULT 'password'
        CHECK (method IN ('password', 'totp', 'recovery', 'passkey', 'oidc', 'code', 'device')),
    -- whether a second factor, or one that is two, was shown
    ADD COLUMN IF NOT EXISTS is_strong boolean NOT NULL DEFAULT false,
    -- in words: Firefox, Windows
    ADD COLUMN IF NOT EXISTS browser text NOT NULL DEFAULT '',
    -- when the person last proved that it is them
    ADD COLUMN IF NOT EXISTS proved_at timestamptz,
    ADD COLUMN IF NOT EXISTS phone_id uuid;
CREATE INDEX IF NOT EXISTS login_by_account ON login (account_id);

-- Between the first proof and the last one nobody is signed in: this is all such a browser has.
CREATE TABLE sign_in_step (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    kind          text NOT NULL CHECK (kind IN ('second_factor', 'enrol', 'password')),
    method        text NOT NULL,
    browser       text NOT NULL,
    failures      integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL
);

-- An authenticator app. A time step is used once: last_step only grows.
CREATE TABLE totp_factor (
    account_id    uuid PRIMARY KEY REFERENCES account,
    tenant_id     text NOT NULL,
    secret        text NOT NULL,
    last_step     bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    -- empty until its first code has been given
    confirmed_at  timestamptz
);

CREATE TABLE recovery_code (
    code_sha256  bytea PRIMARY KEY,
    tenant_id    text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account,
    created_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX recovery_code_by_account ON recovery_code (account_id);

CREATE TABLE passkey (
    credential_id  bytea PRIMARY KEY,
    tenant_id      text NOT NULL,
    account_id     uuid NOT NULL REFERENCES account,
    public_key     bytea NOT NULL,
    sign_count     bigint NOT NULL,
    name           text NOT NULL,
    created_at     timestamptz NOT NULL,
    used_at        timestamptz
);
CREATE INDEX passkey_by_account ON passkey (account_id);

-- What a browser was asked to sign; used once. Asked of whoever comes, so of no tenant.
CREATE TABLE passkey_challenge (
    holder_sha256  bytea PRIMARY KEY,
    purpose        text NOT NULL CHECK (purpose IN ('register', 'sign_in')),
    challenge      bytea NOT NULL,
    ends_at        timestamptz NOT NULL
);

-- A sign-in under way at an identity provider. Of no tenant until the answer names somebody.
CREATE TABLE identity_request (
    state_sha256   bytea PRIMARY KEY,
    holder_sha256  bytea NOT NULL,
    nonce          text NOT NULL,
    code_verifier  text NOT NULL,
    wanted         text NOT NULL,
    -- a signed-in person who links an identity to the account, else empty
    links          uuid,
    ends_at        timestamptz NOT NULL
);

-- An identity at a provider: a digest of issuer and subject. Nothing else the provider says is kept.
CREATE TABLE account_identity (
    identity_sha256  bytea PRIMARY KEY,
    tenant_id        text NOT NULL,
    account_id       uuid NOT NULL REFERENCES account,
    identity_id      uuid NOT NULL DEFAULT gen_random_uuid(),
    issuer           text NOT NULL,
    created_at       timestamptz NOT NULL,
    used_at          timestamptz
);
CREATE INDEX account_identity_by_account ON account_identity (account_id);

-- Handed over in person, used once.
CREATE TABLE account_code (
    code_sha256  bytea PRIMARY KEY,
    tenant_id    text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account,
    -- invite: a first password; password: a new one, the second factor stays; restart: both anew; phone: a client's phone
    purpose      text NOT NULL CHECK (purpose IN ('invite', 'password', 'restart', 'phone')),
    issued_by    uuid REFERENCES account,
    issued_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    used_at      timestamptz,
    CHECK (ends_at > issued_at)
);
CREATE INDEX account_code_by_account ON account_code (account_id);

-- A client's phone, let in by staff in person. The token changes each time it signs in; the one before holds until the
-- new one has been seen, so that an answer lost on the way locks nobody out.
CREATE TABLE phone (
    phone_id         uuid PRIMARY KEY,
    tenant_id        text NOT NULL,
    account_id       uuid NOT NULL REFERENCES account,
    name             text NOT NULL,
    token_sha256     bytea NOT NULL UNIQUE,
    previous_sha256  bytea,
    let_in_by        uuid REFERENCES account,
    let_in_at        timestamptz NOT NULL,
    used_at          timestamptz NOT NULL,
    ended_at         timestamptz,
    ended_by         uuid REFERENCES account,
    -- set when an old token came back: somebody had copied it
    was_copied       boolean NOT NULL DEFAULT false
);
CREATE INDEX phone_by_account ON phone (account_id);
CREATE UNIQUE INDEX phone_by_previous ON phone (previous_sha256) WHERE previous_sha256 IS NOT NULL;

-- A token of a phone that has been followed by others: seen again, it has been copied.
CREATE TABLE phone_token_used (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    phone_id      uuid NOT NULL REFERENCES phone,
    used_at       timestamptz NOT NULL
);

-- A browser in which somebody has signed in before: a stranger's guesses do not slow it down.
CREATE TABLE known_browser (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    used_at       timestamptz NOT NULL
);
CREATE INDEX known_browser_by_account ON known_browser (account_id);

-- What was done with an account, and by whom. Only ever added to.
CREATE TABLE account_event (
    event_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id   text NOT NULL,
    account_id  uuid NOT NULL REFERENCES account,
    at          timestamptz NOT NULL,
    kind        text NOT NULL,
    -- empty where the platform's own command did it
    by_account  uuid REFERENCES account,
    browser     text NOT NULL DEFAULT ''
);
CREATE INDEX account_event_by_account ON account_event (account_id, at DESC);

DROP FUNCTION login_of_token(bytea);
CREATE FUNCTION login_of_token(wanted bytea)
RETURNS TABLE (csrf_token text, seen_at timestamptz, ends_at timestamptz, account_id uuid, tenant_id text, role text,
               unit_id uuid, client_id uuid, display_name text, language text, login_id uuid, method text,
               is_strong boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    RETURN QUERY SELECT l.csrf_token, l.seen_at, l.ends_at, a.account_id, a.tenant_id, a.role, a.unit_id, a.client_id,
                        a.display_name, a.language, l.login_id, l.method, l.is_strong
                   FROM login l JOIN account a ON a.account_id = l.account_id
                  WHERE l.token_sha256 = wanted AND a.disabled_at IS NULL;
    PERFORM set_config('nykter.scope', '', true);
END $$;

-- Whose a secret is that somebody shows before they are signed in: a step, code, passkey, identity or phone.
CREATE FUNCTION tenant_of_sign_in(what text, wanted bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT t.tenant_id INTO found FROM (
        SELECT s.tenant_id FROM sign_in_step s WHERE what = 'step' AND s.token_sha256 = wanted
        UNION ALL SELECT c.tenant_id FROM account_code c WHERE what = 'code' AND c.code_sha256 = wanted
        UNION ALL SELECT p.tenant_id FROM passkey p WHERE what = 'passkey' AND p.credential_id = wanted
        UNION ALL SELECT i.tenant_id FROM account_identity i WHERE what = 'identity' AND i.identity_sha256 = wanted
        UNION ALL SELECT h.tenant_id FROM phone h WHERE what = 'phone' AND wanted IN (h.token_sha256, h.previous_sha256)
        UNION ALL SELECT u.tenant_id FROM phone_token_used u WHERE what = 'phone' AND u.token_sha256 = wanted
    ) t LIMIT 1;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION login_of_token(bytea), tenant_of_sign_in(text, bytea) FROM PUBLIC;

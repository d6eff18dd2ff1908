-- Relatives: people a client lets see something, one thing at a time, until they change their mind.
SET LOCAL lock_timeout = '5s';

ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check
    CHECK (role IN ('clinician', 'manager', 'operator', 'researcher', 'client', 'relative'));

CREATE TABLE relative (
    relative_id        uuid PRIMARY KEY,
    tenant_id          text NOT NULL REFERENCES tenant,
    client_id          uuid NOT NULL REFERENCES client,
    -- what the client calls this person, and what this person reads instead of the client's alias
    called             text NOT NULL CHECK (length(called) BETWEEN 1 AND 80),
    client_shown_as    text NOT NULL CHECK (length(client_shown_as) BETWEEN 1 AND 80),
    invited_at         timestamptz NOT NULL,
    invited_by         uuid NOT NULL REFERENCES account,
    invitation_sha256  bytea NOT NULL UNIQUE,
    invitation_ends_at timestamptz NOT NULL,
    -- the login of who accepted
    account_id         uuid REFERENCES account,
    accepted_at        timestamptz,
    ended_at           timestamptz,
    ended_by           uuid REFERENCES account,
    CHECK ((account_id IS NULL) = (accepted_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX relative_by_client ON relative (client_id, invited_at);
CREATE UNIQUE INDEX relative_once ON relative (client_id, account_id) WHERE ended_at IS NULL;
CREATE INDEX relative_by_account ON relative (account_id) WHERE ended_at IS NULL;

-- The client's consent: one thing, to one person, from then until it ends or is taken back. A row is never changed but
-- to say when it was taken back.
CREATE TABLE sharing (
    sharing_id   uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    relative_id  uuid NOT NULL REFERENCES relative,
    scope        text NOT NULL CHECK (scope IN ('plan', 'attendance', 'results', 'values')),
    given_at     timestamptz NOT NULL,
    given_by     uuid NOT NULL REFERENCES account,
    ends_at      timestamptz CHECK (ends_at > given_at),
    revoked_at   timestamptz,
    revoked_by   uuid REFERENCES account,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX sharing_one_open ON sharing (relative_id, scope) WHERE revoked_at IS NULL;

CREATE FUNCTION nykter_only_revoke() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL
       OR to_jsonb(NEW) - '{revoked_at,revoked_by}'::text[] <> to_jsonb(OLD) - '{revoked_at,revoked_by}'::text[] THEN
        RAISE EXCEPTION 'a consent is never changed, only taken back';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sharing_is_kept BEFORE UPDATE ON sharing FOR EACH ROW EXECUTE FUNCTION nykter_only_revoke();

-- An invitation is opened by a one-time link, before its tenant is known.
CREATE FUNCTION tenant_of_relative_invitation(wanted bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT r.tenant_id INTO found FROM relative r WHERE r.invitation_sha256 = wanted;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION tenant_of_relative_invitation(bytea) FROM PUBLIC;

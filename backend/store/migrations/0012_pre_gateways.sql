-- One-time codes that let a gateway in, keys that follow one another, and which breathalyzer is a client's own.
SET LOCAL lock_timeout = '5s';

CREATE TABLE enrolment_code (
    code_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    code_sha256  bytea NOT NULL UNIQUE,
    -- empty where the platform's own command issued it
    issued_by    uuid REFERENCES account,
    issued_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    used_at      timestamptz,
    -- the gateway that used it
    device_id    text REFERENCES gateway,
    revoked_at   timestamptz,
    revoked_by   uuid REFERENCES account,
    CHECK (ends_at > issued_at)
);
CREATE INDEX enrolment_code_by_client ON enrolment_code (client_id, issued_at DESC);

-- A gateway's code is all it has before it is anybody's. The same answer, by the same way, whatever is wrong with it.
CREATE FUNCTION tenant_of_enrolment_code(wanted bytea, at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT c.tenant_id INTO found FROM enrolment_code c
     WHERE c.code_sha256 = wanted AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.ends_at > at;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;

-- A gateway asks for its next key or certificate before it is known whose it is.
CREATE FUNCTION tenant_of_gateway(wanted text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT g.tenant_id INTO found FROM gateway g WHERE g.device_id = wanted AND g.revoked_at IS NULL;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION tenant_of_enrolment_code(bytea, timestamptz), tenant_of_gateway(text) FROM PUBLIC;

ALTER TABLE gateway
    -- the key before this one, and until when messages signed with it are still believed
    ADD COLUMN previous_public_key bytea CHECK (length(previous_public_key) = 32),
    ADD COLUMN previous_key_id text,
    ADD COLUMN previous_until timestamptz,
    ADD COLUMN revoked_by uuid REFERENCES account,
    ADD COLUMN revoke_reason text;

-- Which breathalyzers staff have said are the client's own; any other one's readings count, and are pointed out.
CREATE TABLE breathalyzer_pairing (
    tenant_id  text NOT NULL REFERENCES tenant,
    client_id  uuid NOT NULL REFERENCES client,
    serial     text NOT NULL,
    paired_at  timestamptz NOT NULL,
    paired_by  uuid REFERENCES account,
    ended_at   timestamptz,
    ended_by   uuid REFERENCES account,
    PRIMARY KEY (client_id, serial)
);

-- The access log proves itself: rows are only added, sealed in a chain per tenant and month, and leave a month at a time
-- behind a signed end (docs/decisions/0014-the-access-log-proves-itself.md).
SET LOCAL lock_timeout = '5s';

-- which emergency access opened the client, where one did
ALTER TABLE access_log ADD COLUMN emergency_id uuid;

-- One link: these entries, in this order, after that link. `digests` holds 32 bytes for each entry.
CREATE TABLE access_seal (
    tenant_id   text NOT NULL,
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    number      integer NOT NULL CHECK (number > 0),
    last_entry  bigint NOT NULL,
    entry_ids   bigint[] NOT NULL CHECK (cardinality(entry_ids) > 0),
    digests     bytea NOT NULL,
    previous    bytea NOT NULL CHECK (length(previous) = 32),
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    -- the machine's time, not the demo's
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, month, number),
    CHECK (length(digests) = 32 * cardinality(entry_ids))
);
CREATE INDEX access_seal_by_last_entry ON access_seal (last_entry);

-- A month whose rows may go: where its chain ended, signed. Never before five years are over (HSLF-FS 2016:40 4:9).
CREATE TABLE access_month_end (
    tenant_id   text NOT NULL,
    month       date NOT NULL,
    number      integer NOT NULL,
    entries     bigint NOT NULL,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    ended_at    timestamptz NOT NULL,
    public_key  bytea NOT NULL CHECK (length(public_key) = 32),
    signature   bytea NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (tenant_id, month),
    CHECK (month + interval '5 years 1 month' <= ended_at AT TIME ZONE 'UTC')
);

CREATE FUNCTION nykter_keep_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'access_log' THEN
        IF EXISTS (SELECT FROM access_month_end e WHERE e.tenant_id = OLD.tenant_id
                      AND e.month = date_trunc('month', OLD.at AT TIME ZONE 'UTC')::date) THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'access_seal' THEN
        IF EXISTS (SELECT FROM access_month_end e WHERE e.tenant_id = OLD.tenant_id AND e.month = OLD.month) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the access log is only added to';
END $$;
CREATE TRIGGER access_log_is_kept BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_log_is_never_emptied BEFORE TRUNCATE ON access_log EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_seal_is_kept BEFORE UPDATE OR DELETE ON access_seal
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_seal_is_never_emptied BEFORE TRUNCATE ON access_seal EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_month_end_is_kept BEFORE UPDATE OR DELETE ON access_month_end
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_month_end_is_never_emptied BEFORE TRUNCATE ON access_month_end EXECUTE FUNCTION nykter_keep_access();

-- A tenant's months are walked when one ends and when the log is checked.
CREATE INDEX access_log_by_tenant ON access_log (tenant_id, at);

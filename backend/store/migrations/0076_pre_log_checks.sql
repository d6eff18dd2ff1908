-- Checks of the access log: what was drawn, why, what a manager found; and who has read the routine.
SET LOCAL lock_timeout = '5s';

CREATE TABLE log_check (
    check_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    unit_id     uuid NOT NULL REFERENCES unit,
    -- the month looked at, in the unit's own days
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    drawn_at    timestamptz NOT NULL,
    drawn_by    uuid NOT NULL REFERENCES account,
    -- how many entries the sample was drawn from
    entries     integer NOT NULL,
    done_at     timestamptz,
    done_by     uuid REFERENCES account,
    outcome     text CHECK (outcome IN ('nothing_found', 'followed_up')),
    words       text,
    CHECK (num_nulls(done_at, done_by, outcome, words) IN (0, 4))
);
CREATE INDEX log_check_by_unit ON log_check (unit_id, month DESC);
CREATE UNIQUE INDEX log_check_one_open ON log_check (unit_id, month) WHERE done_at IS NULL;

CREATE TABLE log_check_entry (
    check_id    uuid NOT NULL REFERENCES log_check,
    entry_id    bigint NOT NULL,
    tenant_id   text NOT NULL REFERENCES tenant,
    why         text NOT NULL CHECK (why IN ('emergency', 'at_night', 'many_clients', 'random')),
    PRIMARY KEY (check_id, entry_id)
);

-- The routine as it was told to a member of staff, by version.
CREATE TABLE log_routine_read (
    account_id  uuid NOT NULL REFERENCES account,
    version     integer NOT NULL,
    tenant_id   text NOT NULL REFERENCES tenant,
    read_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, version)
);

CREATE FUNCTION nykter_keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'log_check' AND TG_OP = 'UPDATE' AND OLD.done_at IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a check that was made is kept as it was';
END $$;
CREATE TRIGGER log_check_is_kept BEFORE UPDATE OR DELETE ON log_check FOR EACH ROW EXECUTE FUNCTION nykter_keep_check();
CREATE TRIGGER log_check_entry_is_kept BEFORE UPDATE OR DELETE ON log_check_entry
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_check();

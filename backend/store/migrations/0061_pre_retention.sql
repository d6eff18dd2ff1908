-- How long data is kept (backend/domain/retention.py), what was removed when, who is exempt; and messages whose clock was far
-- off, kept until a person says by how much.
SET LOCAL lock_timeout = '5s';

-- Set by the gateway's message, before anybody corrected it: when it says it happened, and how far off the gateway itself
-- had measured its clock to be (server minus gateway).
ALTER TABLE dead_letter
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN clock_offset_ms bigint,
    -- what a person corrected it by when it was stored after all
    ADD COLUMN clock_correction_ms bigint;

-- Added to the gateway's times by a person, because its clock was far off; empty as a rule. The signed bytes stay as they
-- came: what the gateway said is measured_at minus this.
ALTER TABLE reading ADD COLUMN clock_correction_ms bigint;
ALTER TABLE check_in ADD COLUMN clock_correction_ms bigint;
ALTER TABLE device_status ADD COLUMN clock_correction_ms bigint;
ALTER TABLE background_batch ADD COLUMN clock_correction_ms bigint;

-- Nothing about this client is removed while a hold is in force.
CREATE TABLE legal_hold (
    hold_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    placed_at    timestamptz NOT NULL,
    -- empty when placed from the command line
    placed_by    uuid REFERENCES account,
    reason       text NOT NULL CHECK (length(reason) >= 3),
    lifted_at    timestamptz,
    lifted_by    uuid REFERENCES account,
    lift_reason  text,
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
);
CREATE UNIQUE INDEX legal_hold_one_open ON legal_hold (client_id) WHERE lifted_at IS NULL;

-- What each run removed, per tenant ('' for what belongs to none) and kind; counted in the transactions that removed it.
CREATE TABLE retention_run (
    run_id        uuid NOT NULL,
    tenant_id     text NOT NULL,
    kind          text NOT NULL,
    ran_at        timestamptz NOT NULL,
    keep_days     integer NOT NULL,
    rows_removed  bigint NOT NULL DEFAULT 0,
    -- why nothing was removed although the time may have come
    problem       text,
    PRIMARY KEY (run_id, tenant_id, kind)
);
CREATE INDEX retention_run_by_tenant ON retention_run (tenant_id, ran_at DESC);

-- Only the owner of a hypertable may drop its chunks. Returns how many; 0 on plain tables.
CREATE FUNCTION drop_chunks_before(wanted text, oldest timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    home text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                   WHERE e.extname = 'timescaledb');
    dropped integer := 0;
BEGIN
    IF home IS NULL OR wanted NOT IN ('reading', 'check_in_answer', 'device_status') THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT count(*) FROM %I.drop_chunks(%L::regclass, older_than => %L::timestamptz)', home, wanted, oldest)
       INTO dropped;
    RETURN dropped;
END $$;
REVOKE EXECUTE ON FUNCTION drop_chunks_before(text, timestamptz) FROM PUBLIC;

-- Pictures taken at the blow, sealed at home for the web process's key (the database and ingest cannot open them), and what a
-- person saw on each. Neither ever changes a result.
SET LOCAL lock_timeout = '5s';

CREATE TABLE identity_photo (
    tenant_id            text NOT NULL,
    client_id            uuid NOT NULL,
    device_id            text NOT NULL,
    boot_id              text NOT NULL,
    sequence             bigint NOT NULL,
    -- the test run it was taken for
    run_id               text NOT NULL,
    taken_at             timestamptz NOT NULL,
    received_at          timestamptz NOT NULL,
    source               text NOT NULL,
    key_id               text NOT NULL,
    signature            bytea NOT NULL,
    -- as signed, with the sealed picture in it; empty once the picture was removed
    body                 bytea,
    removed_at           timestamptz,
    clock_correction_ms  bigint,
    PRIMARY KEY (device_id, boot_id, sequence),
    CHECK ((body IS NULL) = (removed_at IS NOT NULL))
);
CREATE INDEX identity_photo_by_client ON identity_photo (client_id, taken_at DESC);
CREATE INDEX identity_photo_kept ON identity_photo (tenant_id, received_at) WHERE body IS NOT NULL;

-- What a person saw. The newest one counts; none is changed or taken back.
CREATE TABLE photo_verdict (
    verdict_id  uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL,
    device_id   text NOT NULL,
    boot_id     text NOT NULL,
    sequence    bigint NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('confirmed', 'mismatch', 'unusable')),
    note        text,
    judged_at   timestamptz NOT NULL,
    judged_by   uuid NOT NULL REFERENCES account
);
CREATE INDEX photo_verdict_by_photo ON photo_verdict (device_id, boot_id, sequence, judged_at DESC);
CREATE INDEX photo_verdict_by_client ON photo_verdict (client_id);

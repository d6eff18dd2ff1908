-- Samples of a background sensor, as signed. They are evidence kept apart: no window, result or score reads them.
SET LOCAL lock_timeout = '5s';

CREATE TABLE background_batch (
    tenant_id     text NOT NULL,
    client_id     uuid NOT NULL,
    device_id     text NOT NULL,
    boot_id       text NOT NULL,
    sequence      bigint NOT NULL,
    collected_at  timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    driver        text NOT NULL,
    driver_grade  text NOT NULL,
    serial        text,
    records       integer NOT NULL,
    key_id        text NOT NULL,
    signature     bytea NOT NULL,
    body          bytea NOT NULL,
    PRIMARY KEY (device_id, boot_id, sequence)
);
CREATE INDEX background_batch_by_client ON background_batch (client_id, collected_at DESC);

-- When what was granted was carried out, and what it took.
SET LOCAL lock_timeout = '5s';

ALTER TABLE erasure_request
    ADD COLUMN done_at timestamptz,
    ADD COLUMN removed jsonb,
    ADD CONSTRAINT erasure_request_done CHECK (num_nulls(done_at, removed) IN (0, 2) AND (done_at IS NULL OR state = 'granted'));

-- name: record
INSERT INTO process_beat (process, beat_at, real_at, detail)
VALUES (%(process)s, %(now)s, clock_timestamp(), %(detail)s)
ON CONFLICT (process) DO UPDATE
   SET beat_at = excluded.beat_at, real_at = excluded.real_at, detail = excluded.detail

-- name: all
SELECT process, beat_at, detail, extract(epoch FROM clock_timestamp() - real_at)::float8 AS age_s
  FROM process_beat ORDER BY process

-- name: lock_outages
-- Two processes that start at once after an outage write it down once.
SELECT pg_advisory_xact_lock(%(lock)s, hashtext(%(family)s))

-- name: record_outage
INSERT INTO outage (began_at, ended_at) VALUES (%(began_at)s, %(ended_at)s)

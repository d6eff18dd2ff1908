-- name: tenants
SELECT tenant_id, settings FROM tenant ORDER BY tenant_id

-- name: held
SELECT client_id FROM legal_hold WHERE lifted_at IS NULL

-- name: clients_due
-- Clients of a tenant about whom nothing was entered since, and who are under no hold (unless asked for, too). An entry is whatever came to stand
-- in the record then, whenever it happened; a plan that goes on is one, too, through its windows.
SELECT c.client_id
  FROM client c
 WHERE c.tenant_id = %(tenant_id)s AND (%(only)s::uuid[] IS NULL OR c.client_id = ANY (%(only)s)) AND c.created_at < %(since)s
   AND coalesce(c.last_data_at, '-infinity') < %(since)s AND coalesce(c.ended_on, '-infinity'::date) < %(since)s::date
   AND (%(with_held)s OR NOT EXISTS (SELECT FROM legal_hold x WHERE x.client_id = c.client_id AND x.lifted_at IS NULL))
   AND NOT EXISTS (SELECT FROM test_window x WHERE x.client_id = c.client_id AND x.opens_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM plan x WHERE x.client_id = c.client_id AND x.created_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM plan_draft x WHERE x.client_id = c.client_id
                      AND greatest(x.proposed_at, x.closed_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM planned_test x WHERE x.client_id = c.client_id
                      AND greatest(x.created_at, x.opens_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM pause x WHERE x.client_id = c.client_id
                      AND greatest(x.requested_at, x.decided_at, x.to_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM excuse x WHERE x.client_id = c.client_id
                      AND greatest(x.granted_at, x.withdrawn_at, x.opens_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM contact x WHERE x.client_id = c.client_id
                      AND greatest(x.created_at, x.happened_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM message x WHERE x.client_id = c.client_id AND x.sent_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM journal_text x WHERE x.client_id = c.client_id
                      AND greatest(x.drafted_at, x.signed_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM alert x WHERE x.client_id = c.client_id
                      AND greatest(x.updated_at, x.closed_at) >= %(since)s)
   AND NOT EXISTS (SELECT FROM review x WHERE x.client_id = c.client_id AND x.reviewed_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM drinking_report x WHERE x.client_id = c.client_id AND x.known_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM check_in x WHERE x.client_id = c.client_id AND x.received_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM background_batch x WHERE x.client_id = c.client_id AND x.received_at >= %(since)s)
   AND NOT EXISTS (SELECT FROM reading x WHERE x.client_id = c.client_id AND x.received_at >= %(since)s)
 ORDER BY c.client_id

-- name: add_run
INSERT INTO retention_run (run_id, tenant_id, kind, ran_at, keep_days, rows_removed, problem)
VALUES (%(run_id)s, %(tenant_id)s, %(kind)s, %(ran_at)s, %(keep_days)s, %(rows)s, %(problem)s)
ON CONFLICT (run_id, tenant_id, kind) DO UPDATE SET rows_removed = retention_run.rows_removed + excluded.rows_removed

-- name: has_timescale
SELECT FROM pg_extension WHERE extname = 'timescaledb'

-- name: chunks_end
-- Up to when whole chunks lie before `horizon`; empty when none does.
SELECT max(range_end) AS upper FROM timescaledb_information.chunks
 WHERE hypertable_schema = 'public' AND hypertable_name = %(table)s AND range_end <= %(horizon)s

-- name: drop_chunks
SELECT drop_chunks_before(%(table)s, %(upper)s) AS dropped

-- name: horizon_of_clients_reading
SELECT min(measured_at) AS oldest FROM reading WHERE client_id <> ALL (%(due)s::uuid[])

-- name: horizon_of_clients_check_in_answer
SELECT min(answered_at) AS oldest FROM check_in_answer WHERE client_id <> ALL (%(due)s::uuid[])

-- name: horizon_of_times_device_status
-- The oldest row that somebody keeps: younger than its tenant's limit, under a hold, or of a tenant whose settings are wrong.
SELECT min(s.sent_at) AS oldest
  FROM device_status s
  LEFT JOIN unnest(%(tenant_ids)s::text[], %(before)s::timestamptz[]) AS t (tenant_id, before) USING (tenant_id)
 WHERE t.before IS NULL OR s.sent_at >= t.before OR s.client_id = ANY (%(held)s::uuid[])

-- name: rows_before_reading
SELECT tenant_id, count(*) AS rows FROM reading WHERE measured_at < %(upper)s GROUP BY tenant_id

-- name: rows_before_check_in_answer
SELECT tenant_id, count(*) AS rows FROM check_in_answer WHERE answered_at < %(upper)s GROUP BY tenant_id

-- name: rows_before_device_status
SELECT tenant_id, count(*) AS rows FROM device_status WHERE sent_at < %(upper)s GROUP BY tenant_id

-- name: count_readings
SELECT (SELECT count(*) FROM reading WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM test_result WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM study_breath_test WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM identity_photo WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM photo_verdict WHERE client_id = ANY (%(due)s::uuid[])) AS rows

-- name: remove_readings
WITH a AS (DELETE FROM reading WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     b AS (DELETE FROM test_result WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     c AS (DELETE FROM study_breath_test WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     d AS (DELETE FROM identity_photo WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     e AS (DELETE FROM photo_verdict WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1)
SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM c) + (SELECT count(*) FROM d)
     + (SELECT count(*) FROM e) AS rows

-- name: count_answers
SELECT (SELECT count(*) FROM check_in_answer WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM check_in WHERE client_id = ANY (%(due)s::uuid[]))
     + (SELECT count(*) FROM drinking_report WHERE client_id = ANY (%(due)s::uuid[])) AS rows

-- name: remove_answers
WITH a AS (DELETE FROM check_in_answer WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     b AS (DELETE FROM check_in WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1),
     c AS (DELETE FROM drinking_report WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1)
SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM c) AS rows

-- name: count_background
SELECT count(*) AS rows FROM background_batch WHERE client_id = ANY (%(due)s::uuid[])

-- name: remove_background
WITH a AS (DELETE FROM background_batch WHERE client_id = ANY (%(due)s::uuid[]) RETURNING 1) SELECT count(*) AS rows FROM a

-- name: count_identity_photos
SELECT count(*) AS rows FROM identity_photo
 WHERE tenant_id = %(tenant_id)s AND received_at < %(before)s AND body IS NOT NULL AND client_id <> ALL (%(held)s::uuid[])

-- name: remove_identity_photos
WITH old AS (SELECT device_id, boot_id, sequence FROM identity_photo
              WHERE tenant_id = %(tenant_id)s AND received_at < %(before)s AND body IS NOT NULL
                AND client_id <> ALL (%(held)s::uuid[]) LIMIT %(batch)s),
     a AS (UPDATE identity_photo p SET body = NULL, removed_at = %(now)s FROM old
            WHERE p.device_id = old.device_id AND p.boot_id = old.boot_id AND p.sequence = old.sequence RETURNING 1)
SELECT count(*) AS rows FROM a

-- name: count_device_status
SELECT count(*) AS rows FROM device_status
 WHERE tenant_id = %(tenant_id)s AND sent_at < %(before)s AND client_id <> ALL (%(held)s::uuid[])

-- name: remove_device_status
-- A day at a time: a row's place (ctid) is unique only within one chunk, so it names no row of a hypertable.
WITH first AS (SELECT min(sent_at) AS at FROM device_status
                WHERE tenant_id = %(tenant_id)s AND sent_at < %(before)s AND client_id <> ALL (%(held)s::uuid[])),
     a AS (DELETE FROM device_status s USING first
            WHERE s.tenant_id = %(tenant_id)s AND s.sent_at < %(before)s AND s.client_id <> ALL (%(held)s::uuid[])
              AND s.sent_at >= first.at AND s.sent_at < first.at + interval '1 day' RETURNING 1)
SELECT count(*) AS rows FROM a

-- name: count_dead_letters
SELECT count(*) AS rows FROM dead_letter d LEFT JOIN gateway g USING (device_id)
 WHERE coalesce(d.tenant_id, '') = %(tenant_id)s AND d.handled_at < %(before)s AND d.seen_at < %(before)s
   AND (g.client_id IS NULL OR g.client_id <> ALL (%(held)s::uuid[]))

-- name: remove_dead_letters
WITH old AS (SELECT d.letter_id FROM dead_letter d LEFT JOIN gateway g USING (device_id)
              WHERE coalesce(d.tenant_id, '') = %(tenant_id)s AND d.handled_at < %(before)s AND d.seen_at < %(before)s
                AND (g.client_id IS NULL OR g.client_id <> ALL (%(held)s::uuid[])) LIMIT %(batch)s),
     a AS (DELETE FROM dead_letter USING old WHERE dead_letter.letter_id = old.letter_id RETURNING 1)
SELECT count(*) AS rows FROM a

-- name: count_access_log
-- Whole months only: the chain of one ends once.
SELECT count(*) AS rows FROM access_log
 WHERE tenant_id = %(tenant_id)s AND at < (date_trunc('month', %(before)s AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'
   AND (client_id IS NULL OR client_id <> ALL (%(held)s::uuid[]))

-- name: remove_access_log
WITH old AS (SELECT entry_id FROM access_log
              WHERE tenant_id = %(tenant_id)s
                AND at < (date_trunc('month', %(before)s AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'
                AND (client_id IS NULL OR client_id <> ALL (%(held)s::uuid[])) LIMIT %(batch)s),
     a AS (DELETE FROM access_log USING old WHERE access_log.entry_id = old.entry_id RETURNING 1)
SELECT count(*) AS rows FROM a

-- name: count_login_attempts
SELECT count(*) AS rows FROM login_attempt WHERE attempted_at < %(before)s

-- name: remove_login_attempts
WITH a AS (DELETE FROM login_attempt WHERE attempted_at < %(before)s RETURNING 1) SELECT count(*) AS rows FROM a

-- name: place_hold
INSERT INTO legal_hold (hold_id, tenant_id, client_id, placed_at, placed_by, reason)
SELECT gen_random_uuid(), tenant_id, client_id, %(now)s, %(account_id)s, %(reason)s FROM client WHERE client_id = %(client_id)s
ON CONFLICT (client_id) WHERE lifted_at IS NULL DO NOTHING

-- name: lift_hold
UPDATE legal_hold SET lifted_at = %(now)s, lifted_by = %(account_id)s, lift_reason = %(reason)s
 WHERE client_id = %(client_id)s AND lifted_at IS NULL

-- name: holds_of
SELECT h.placed_at, a.display_name AS placed_by, h.reason, h.lifted_at, h.lift_reason
  FROM legal_hold h LEFT JOIN account a ON a.account_id = h.placed_by
 WHERE h.client_id = %(client_id)s ORDER BY h.placed_at DESC

-- name: enqueue
-- Mark clients as changed; never waits for a worker.
INSERT INTO assessment_due (client_id, tenant_id, since, touched_from)
SELECT due.client_id, c.tenant_id, %(since)s, due.touched_from
  FROM unnest(%(client_ids)b::uuid[], %(touched_from)b::timestamptz[]) AS due (client_id, touched_from)
  JOIN client c ON c.client_id = due.client_id

-- name: take
-- The longest waiting clients nobody else is assessing; their rows are gone when this transaction commits. The lock
-- is tried client by client only until enough are found, which is why the list is materialised first.
WITH waiting AS MATERIALIZED (
    SELECT client_id, min(since) AS since FROM assessment_due GROUP BY client_id ORDER BY 2, 1
), mine AS MATERIALIZED (
    SELECT client_id FROM waiting
     WHERE pg_try_advisory_xact_lock(%(lock)s, hashtext(client_id::text))
     LIMIT %(limit)s
), taken AS (
    DELETE FROM assessment_due USING mine WHERE assessment_due.client_id = mine.client_id
    RETURNING assessment_due.client_id, assessment_due.since, assessment_due.touched_from
)
SELECT client_id, min(since) AS since, min(touched_from) AS touched_from FROM taken GROUP BY client_id ORDER BY 2, 1

-- name: hold
SELECT pg_advisory_xact_lock(%(lock)s, hashtext(%(client_id)s::uuid::text))

-- name: waiting
SELECT count(DISTINCT client_id) AS clients, min(since) AS since FROM assessment_due

-- name: wake_worker
-- One waiting job is enough for any number of clients: its queueing lock lets nobody add a second.
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW(%(queue)s, %(task)s, 0, NULL, %(queueing_lock)s, '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

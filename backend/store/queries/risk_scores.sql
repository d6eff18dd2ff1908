-- name: due
SELECT client_id, tenant_id, timezone, score_due_at FROM client
 WHERE score_due_at <= %(now)s AND study IS NULL AND ended_on IS NULL
   AND pg_try_advisory_xact_lock(%(lock)s, hashtext(client_id::text))
 ORDER BY score_due_at LIMIT %(limit)s

-- name: any_due
SELECT EXISTS (SELECT FROM client WHERE score_due_at <= %(now)s AND study IS NULL AND ended_on IS NULL) AS there_is

-- name: add
-- The same decision scored again by the same model says the same: the first row stays.
INSERT INTO risk_score (client_id, tenant_id, decided_at, horizon_hours, model_version, computed_at, probability, low, high,
                        coverage, reasons, usual)
SELECT client_id, c.tenant_id, decided_at, horizon_hours, model_version, %(computed_at)s, probability, low, high,
       coverage, reasons, usual
  FROM unnest(%(client_id)s::uuid[], %(decided_at)s::timestamptz[], %(horizon_hours)s::smallint[],
              %(model_version)s::text[], %(probability)s::float8[], %(low)s::float8[], %(high)s::float8[],
              %(coverage)s::text[], %(reasons)s::jsonb[], %(usual)s::float8[])
       AS n (client_id, decided_at, horizon_hours, model_version, probability, low, high, coverage, reasons, usual)
  JOIN client c USING (client_id)
ON CONFLICT (client_id, decided_at, horizon_hours, model_version) DO NOTHING

-- name: reschedule
-- Only where nothing newer came in while the score was computed.
UPDATE client c SET score_due_at = n.next_at
  FROM unnest(%(client_id)s::uuid[], %(seen)s::timestamptz[], %(next_at)s::timestamptz[]) AS n (client_id, seen, next_at)
 WHERE c.client_id = n.client_id AND c.score_due_at = n.seen

-- name: wake_scoring
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW('scoring', 'score', 0, NULL, 'score', '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

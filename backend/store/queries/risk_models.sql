-- name: add
INSERT INTO risk_model (model_id, tenant_id, name, version, state, created_at, created_by)
VALUES (%(model_id)s, %(tenant_id)s, %(name)s, %(version)s, 'training', %(now)s, %(account_id)s)
ON CONFLICT DO NOTHING

-- name: next_version
-- Versions of a tenant's own models count up from 1.
SELECT count(*) + 1 AS next FROM risk_model WHERE tenant_id = %(tenant_id)s

-- name: of_tenant
SELECT m.model_id, m.tenant_id, m.name, m.version, m.state, m.trained_on, m.people, m.data_hash, m.feature_hash, m.checks,
       m.failure, m.created_at, a.display_name AS created_by
  FROM risk_model m LEFT JOIN account a ON a.account_id = m.created_by
 WHERE m.tenant_id = %(tenant_id)s ORDER BY m.created_at DESC, m.version DESC

-- name: one
SELECT model_id, tenant_id, name, version, state, document, checks
  FROM risk_model WHERE tenant_id = %(tenant_id)s AND model_id = %(model_id)s FOR UPDATE

-- name: in_use
SELECT model_id, state FROM risk_model WHERE tenant_id = %(tenant_id)s AND state IN ('active', 'shadow')

-- name: document
SELECT document, document_sha256 FROM risk_model WHERE model_id = %(model_id)s

-- name: retire_others
WITH gone AS (
    UPDATE risk_model SET state = 'retired'
     WHERE tenant_id = %(tenant_id)s AND state = %(state)s AND model_id <> %(model_id)s RETURNING model_id)
INSERT INTO risk_model_change (tenant_id, model_id, changed_at, account_id, old, new, reason)
SELECT %(tenant_id)s, model_id, %(now)s, %(account_id)s, %(state)s, 'retired', %(reason)s FROM gone

-- name: step
UPDATE risk_model SET state = %(new)s
 WHERE tenant_id = %(tenant_id)s AND model_id = %(model_id)s AND state = %(old)s

-- name: note
INSERT INTO risk_model_change (tenant_id, model_id, changed_at, account_id, old, new, reason)
VALUES (%(tenant_id)s, %(model_id)s, %(now)s, %(account_id)s, %(old)s, %(new)s, %(reason)s)

-- name: changes
SELECT c.model_id, c.changed_at, a.display_name AS by, c.old, c.new, c.reason
  FROM risk_model_change c LEFT JOIN account a USING (account_id)
 WHERE c.tenant_id = %(tenant_id)s ORDER BY c.change_id

-- name: claim
UPDATE risk_model SET claimed_at = %(now)s
 WHERE model_id = (SELECT model_id FROM risk_model
                    WHERE state = 'training' AND (claimed_at IS NULL OR claimed_at < %(stale)s)
                    ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING model_id, tenant_id, name, version

-- name: trained
UPDATE risk_model
   SET state = 'candidate', trained_on = %(trained_on)s, people = %(people)s, data_hash = %(data_hash)s,
       feature_hash = %(feature_hash)s, document = %(document)s, document_sha256 = sha256(convert_to(%(document)s, 'UTF8')),
       checks = %(checks)s
 WHERE model_id = %(model_id)s AND state = 'training'

-- name: failed
UPDATE risk_model SET state = 'failed', failure = %(failure)s WHERE model_id = %(model_id)s AND state = 'training'

-- name: clients
-- Everybody a tenant's own model may learn from.
SELECT client_id FROM client WHERE tenant_id = %(tenant_id)s ORDER BY client_id

-- name: switch
INSERT INTO risk_switch (tenant_id, switched_at, account_id, is_on, reason)
VALUES (%(tenant_id)s, %(now)s, %(account_id)s, %(is_on)s, %(reason)s)

-- name: switches
SELECT s.switched_at, a.display_name AS by, s.is_on, s.reason
  FROM risk_switch s JOIN account a USING (account_id)
 WHERE s.tenant_id = %(tenant_id)s ORDER BY s.switch_id DESC

-- name: is_on
SELECT is_on FROM risk_switch WHERE tenant_id = %(tenant_id)s ORDER BY switch_id DESC LIMIT 1

-- name: wake_training
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW('training', 'train_model', 0, NULL, 'train_model', '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

-- name: scored_tenants
SELECT DISTINCT c.tenant_id, s.model_version, s.horizon_hours
  FROM risk_score s JOIN client c USING (client_id)
 WHERE s.decided_at > %(since)s AND c.study IS NULL

-- name: scores_given
SELECT s.client_id, s.decided_at, s.probability
  FROM risk_score s JOIN client c USING (client_id)
 WHERE c.tenant_id = %(tenant_id)s AND s.model_version = %(model_version)s AND s.horizon_hours = %(horizon_hours)s
   AND s.decided_at > %(since)s AND s.decided_at <= %(now)s AND c.study IS NULL
 ORDER BY s.client_id, s.decided_at

-- name: add_monitor
INSERT INTO risk_monitor (tenant_id, model_version, horizon_hours, measured_at, verdict, figures)
VALUES (%(tenant_id)s, %(model_version)s, %(horizon_hours)s, %(now)s, %(verdict)s, %(figures)s)
ON CONFLICT DO NOTHING

-- name: monitors
SELECT model_version, horizon_hours, measured_at, verdict, figures FROM risk_monitor
 WHERE tenant_id = %(tenant_id)s ORDER BY measured_at DESC, model_version, horizon_hours LIMIT 200

-- name: judged_useful
-- What staff said when they closed alerts about worsening: the model's usefulness in their own words' categories.
SELECT close_reason, count(*) AS n FROM alert
 WHERE tenant_id = %(tenant_id)s AND kind = 'worsening_risk' AND state = 'closed' AND closed_at > %(since)s
   AND closed_by IS NOT NULL
 GROUP BY close_reason

-- name: add_shadow_scores
INSERT INTO shadow_score (tenant_id, client_id, decided_at, horizon_hours, model_version, computed_at, probability, coverage)
SELECT %(tenant_id)s, n.client_id, n.decided_at, n.horizon_hours, %(model_version)s, %(computed_at)s, n.probability, n.coverage
  FROM unnest(%(client_id)s::uuid[], %(decided_at)s::timestamptz[], %(horizon_hours)s::smallint[],
              %(probability)s::float8[], %(coverage)s::text[])
       AS n (client_id, decided_at, horizon_hours, probability, coverage)
ON CONFLICT DO NOTHING

-- name: shadow_against_active
SELECT s.horizon_hours, s.model_version AS shadow, r.model_version AS active, count(*) AS decisions,
       avg(s.probability) AS shadow_mean, avg(r.probability) AS active_mean, corr(s.probability, r.probability) AS correlation
  FROM shadow_score s JOIN risk_score r USING (client_id, decided_at, horizon_hours)
 WHERE s.tenant_id = %(tenant_id)s AND s.decided_at > %(since)s
   AND s.probability IS NOT NULL AND r.probability IS NOT NULL
 GROUP BY s.horizon_hours, s.model_version, r.model_version ORDER BY s.horizon_hours

-- name: add_trends
INSERT INTO client_trend (client_id, tenant_id, computed_at, index, is_alarm, onset, drivers, sv, en)
SELECT c.client_id, c.tenant_id, %(now)s, n.index, n.is_alarm, n.onset, string_to_array(n.drivers, ','), n.sv, n.en
  FROM unnest(%(client_id)s::uuid[], %(index)s::float8[], %(is_alarm)s::boolean[], %(onset)s::date[], %(drivers)s::text[],
              %(sv)s::text[], %(en)s::text[]) AS n (client_id, index, is_alarm, onset, drivers, sv, en)
  JOIN client c USING (client_id)
ON CONFLICT (client_id) DO UPDATE
   SET computed_at = excluded.computed_at, index = excluded.index, is_alarm = excluded.is_alarm, onset = excluded.onset,
       drivers = excluded.drivers, sv = excluded.sv, en = excluded.en

-- name: past_unscored
SELECT client_id FROM client WHERE study IS NOT NULL AND past_scored_at IS NULL
 ORDER BY client_id FOR UPDATE SKIP LOCKED LIMIT %(limit)s

-- name: past_scored
UPDATE client SET past_scored_at = %(now)s WHERE client_id = ANY(%(client_ids)s)

-- name: wake_past
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW('scoring', 'score_past', 0, NULL, 'score_past', '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

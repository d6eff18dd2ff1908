-- name: tenant
SELECT kind FROM tenant WHERE tenant_id = %(tenant_id)s

-- name: unit_named
SELECT unit_id FROM unit WHERE tenant_id = %(tenant_id)s AND name = %(name)s

-- name: clients_of
SELECT client_id FROM client WHERE tenant_id = %(tenant_id)s AND study = %(study)s ORDER BY study_row

-- name: clients_in_care
-- People of care, without those whose identity is protected: no pseudonym is enough for them.
SELECT client_id FROM client WHERE tenant_id = %(tenant_id)s AND study IS NULL AND NOT protected_identity
   AND alias <> 'removed-' || client_id ORDER BY client_id

-- name: studies_of
SELECT study, count(*) AS people FROM client
 WHERE tenant_id = %(tenant_id)s AND study IS NOT NULL GROUP BY study ORDER BY study

-- name: remove
-- Everything of these clients; the access log stays.
WITH gone AS (SELECT unnest(%(client_ids)s::uuid[]) AS client_id),
     a AS (DELETE FROM risk_score USING gone WHERE risk_score.client_id = gone.client_id),
     b AS (DELETE FROM drinking_report USING gone WHERE drinking_report.client_id = gone.client_id),
     c AS (DELETE FROM check_in_answer USING gone WHERE check_in_answer.client_id = gone.client_id),
     d AS (DELETE FROM review USING gone WHERE review.client_id = gone.client_id),
     e AS (DELETE FROM contact USING gone WHERE contact.client_id = gone.client_id),
     f AS (DELETE FROM assignment USING gone WHERE assignment.client_id = gone.client_id),
     g AS (DELETE FROM assessment_due USING gone WHERE assessment_due.client_id = gone.client_id),
     h AS (DELETE FROM client_day USING gone WHERE client_day.client_id = gone.client_id),
     i AS (DELETE FROM study_breath_test USING gone WHERE study_breath_test.client_id = gone.client_id)
DELETE FROM test_window USING gone WHERE test_window.client_id = gone.client_id

-- name: remove_check_ins
DELETE FROM check_in WHERE client_id = ANY(%(client_ids)s)

-- name: remove_clients
DELETE FROM client WHERE client_id = ANY(%(client_ids)s)

-- name: people
SELECT client_id, study_person, timezone, observed_from, observed_to, study_groups
  FROM client WHERE tenant_id = %(tenant_id)s AND study = %(study)s ORDER BY study_row

-- name: drinking
SELECT d.client_id, d.started_at, d.known_at, d.source, d.ended_at, d.amount_g::float8
  FROM drinking_report d JOIN client c USING (client_id)
 WHERE c.tenant_id = %(tenant_id)s AND c.study = %(study)s ORDER BY c.study_row, d.started_at

-- name: prompts
SELECT w.client_id, w.kind, w.opens_at, w.closes_at, w.met_at, w.known_at
  FROM test_window w JOIN client c USING (client_id)
 WHERE c.tenant_id = %(tenant_id)s AND c.study = %(study)s ORDER BY c.study_row, w.opens_at, w.ordinal

-- name: answers
SELECT a.client_id, a.answered_at, a.item, a.value::float8, a.low::float8, a.high::float8, i.received_at
  FROM check_in_answer a JOIN check_in i USING (check_in_id) JOIN client c ON c.client_id = a.client_id
 WHERE c.tenant_id = %(tenant_id)s AND c.study = %(study)s ORDER BY c.study_row, a.answered_at, a.item, a.ordinal

-- name: breath_tests
SELECT b.client_id, b.measured_at, b.known_at, b.brac_mg_per_l, b.outcome
  FROM study_breath_test b JOIN client c USING (client_id)
 WHERE c.tenant_id = %(tenant_id)s AND c.study = %(study)s ORDER BY c.study_row, b.measured_at, b.ordinal

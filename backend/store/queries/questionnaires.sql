-- name: add
INSERT INTO questionnaire (questionnaire_id, tenant_id, client_id, instrument, answers, total, band, cut_off,
                           asks_for_safety, source, answered_at, entered_by, entered_at)
VALUES (%(questionnaire_id)s, %(tenant_id)s, %(client_id)s, %(instrument)s, %(answers)s, %(total)s, %(band)s,
        %(cut_off)s, %(asks_for_safety)s, %(source)s, %(answered_at)s, %(entered_by)s, %(now)s)

-- name: client_of
SELECT client_id FROM questionnaire WHERE questionnaire_id = %(questionnaire_id)s

-- name: withdraw
UPDATE questionnaire SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s, withdraw_reason = %(reason)s
 WHERE questionnaire_id = %(questionnaire_id)s AND client_id = %(client_id)s AND withdrawn_at IS NULL
RETURNING questionnaire_id

-- name: of_client
SELECT q.questionnaire_id, q.instrument, q.answers, q.total, q.band, q.cut_off, q.asks_for_safety, q.source,
       q.answered_at, a.display_name AS entered_by, q.entered_at, q.withdrawn_at, q.withdraw_reason
  FROM questionnaire q JOIN account a ON a.account_id = q.entered_by
 WHERE q.client_id = %(client_id)s ORDER BY q.answered_at DESC, q.entered_at DESC

-- name: about
-- What cut-offs depend on, from the application that made this person a client.
SELECT v.content ->> 'sex' AS sex, (v.content ->> 'born_year')::int AS born_year
  FROM application_decision d JOIN application_version v USING (application_id, version)
 WHERE d.client_id = %(client_id)s LIMIT 1

-- name: ask
INSERT INTO questionnaire_request (request_id, tenant_id, client_id, instrument, asked_at, asked_by)
VALUES (%(request_id)s, %(tenant_id)s, %(client_id)s, %(instrument)s, %(now)s, %(asked_by)s)
ON CONFLICT DO NOTHING
RETURNING request_id

-- name: open_requests
SELECT r.request_id, r.instrument, r.asked_at, a.display_name AS asked_by
  FROM questionnaire_request r JOIN account a ON a.account_id = r.asked_by
 WHERE r.client_id = %(client_id)s AND r.closed_at IS NULL ORDER BY r.asked_at

-- name: request_client
SELECT client_id FROM questionnaire_request WHERE request_id = %(request_id)s

-- name: close_request
UPDATE questionnaire_request SET closed_at = %(now)s
 WHERE request_id = %(request_id)s AND client_id = %(client_id)s AND closed_at IS NULL
RETURNING instrument

-- name: answer_request
UPDATE questionnaire_request SET questionnaire_id = %(questionnaire_id)s WHERE request_id = %(request_id)s

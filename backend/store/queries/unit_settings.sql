-- name: in_force
SELECT DISTINCT ON (name) name, value FROM unit_setting
 WHERE unit_id = %(unit_id)s AND valid_from <= %(at)s
 ORDER BY name, valid_from DESC, setting_id DESC

-- name: history
SELECT s.name, s.value, s.valid_from, s.set_at, s.reason, a.display_name AS set_by
  FROM unit_setting s JOIN account a ON a.account_id = s.set_by
 WHERE s.unit_id = %(unit_id)s ORDER BY s.setting_id DESC LIMIT 200

-- name: add
INSERT INTO unit_setting (tenant_id, unit_id, name, value, valid_from, set_by, reason, set_at)
VALUES (%(tenant_id)s, %(unit_id)s, %(name)s, %(value)s, %(valid_from)s, %(set_by)s, %(reason)s, %(now)s)

-- name: unit_of_client
SELECT unit_id FROM client WHERE client_id = %(client_id)s

-- name: unit
SELECT u.unit_id, u.tenant_id, u.name FROM unit u WHERE u.unit_id = %(unit_id)s AND u.tenant_id = %(tenant_id)s

-- name: newest_forms
-- Answers of nobody in particular, to count with.
SELECT DISTINCT ON (q.client_id, q.instrument) q.instrument, q.answers, about.sex, about.born_year
  FROM questionnaire q JOIN client c USING (client_id)
  LEFT JOIN LATERAL (
      SELECT v.content ->> 'sex' AS sex, (v.content ->> 'born_year')::int AS born_year
        FROM application_decision d JOIN application_version v USING (application_id, version)
       WHERE d.client_id = q.client_id LIMIT 1) about ON true
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND c.ended_on IS NULL AND q.withdrawn_at IS NULL
 ORDER BY q.client_id, q.instrument, q.answered_at DESC

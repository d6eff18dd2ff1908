-- name: add_link
INSERT INTO application_link (link_id, tenant_id, unit_id, token_sha256, written_by, issued_by, issued_at, ends_at)
VALUES (%(link_id)s, %(tenant_id)s, %(unit_id)s, %(token_sha256)s, %(written_by)s, %(issued_by)s, %(now)s, %(ends_at)s)

-- name: tenant_of_link
SELECT tenant_of_application_link(%(token_sha256)s) AS tenant_id

-- name: usable_link
SELECT link_id, tenant_id, unit_id, written_by FROM application_link
 WHERE token_sha256 = %(token_sha256)s AND used_at IS NULL AND revoked_at IS NULL AND ends_at > %(now)s

-- name: use_link
UPDATE application_link SET used_at = %(now)s
 WHERE link_id = %(link_id)s AND used_at IS NULL AND revoked_at IS NULL AND ends_at > %(now)s
RETURNING link_id

-- name: revoke_link
UPDATE application_link SET revoked_at = %(now)s
 WHERE link_id = %(link_id)s AND unit_id = %(unit_id)s AND used_at IS NULL AND revoked_at IS NULL
RETURNING link_id

-- name: open_links
SELECT l.link_id, l.written_by, l.issued_at, l.ends_at, a.display_name AS issued_by
  FROM application_link l JOIN account a ON a.account_id = l.issued_by
 WHERE l.unit_id = %(unit_id)s AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.ends_at > %(now)s
 ORDER BY l.issued_at DESC

-- name: add
INSERT INTO application (application_id, tenant_id, unit_id, source, link_id, received_at)
VALUES (%(application_id)s, %(tenant_id)s, %(unit_id)s, %(source)s, %(link_id)s, %(now)s)

-- name: add_version
INSERT INTO application_version (application_id, version, tenant_id, content, entered_by, entered_at, reason)
VALUES (%(application_id)s, %(version)s, %(tenant_id)s, %(content)s, %(entered_by)s, %(now)s, %(reason)s)

-- name: unit_of
SELECT unit_id, tenant_id FROM application WHERE application_id = %(application_id)s

-- name: lock
SELECT a.application_id, a.unit_id, a.tenant_id, (SELECT max(version) FROM application_version v
        WHERE v.application_id = a.application_id) AS version,
       EXISTS (SELECT FROM application_decision d WHERE d.application_id = a.application_id) AS decided
  FROM application a WHERE a.application_id = %(application_id)s FOR UPDATE

-- name: of_unit
-- A client whose identity is protected stands by alias.
SELECT a.application_id, a.source, a.received_at, v.content, v.version, d.decision, d.decided_at, d.client_id,
       b.display_name AS decided_by, CASE WHEN c.protected_identity THEN c.alias END AS alias_only
  FROM application a
  CROSS JOIN LATERAL (SELECT content, version FROM application_version v WHERE v.application_id = a.application_id
                       ORDER BY version DESC LIMIT 1) v
  LEFT JOIN application_decision d ON d.application_id = a.application_id
  LEFT JOIN account b ON b.account_id = d.decided_by
  LEFT JOIN client c ON c.client_id = d.client_id
 WHERE a.unit_id = %(unit_id)s
 ORDER BY d.decided_at IS NOT NULL, CASE WHEN d.decided_at IS NULL THEN a.received_at END, d.decided_at DESC
 LIMIT %(limit)s

-- name: undecided
SELECT count(*) AS waiting FROM application a
 WHERE a.unit_id = %(unit_id)s
   AND NOT EXISTS (SELECT FROM application_decision d WHERE d.application_id = a.application_id)

-- name: one
SELECT a.application_id, a.tenant_id, a.unit_id, a.source, a.received_at, d.decision, d.words, d.decided_at,
       d.version AS decided_version, d.assessment, d.plan, d.client_id, b.display_name AS decided_by
  FROM application a
  LEFT JOIN application_decision d ON d.application_id = a.application_id
  LEFT JOIN account b ON b.account_id = d.decided_by
 WHERE a.application_id = %(application_id)s

-- name: versions
SELECT v.version, v.content, v.entered_at, v.reason, a.display_name AS entered_by
  FROM application_version v LEFT JOIN account a ON a.account_id = v.entered_by
 WHERE v.application_id = %(application_id)s ORDER BY v.version

-- name: decide
INSERT INTO application_decision (application_id, version, tenant_id, decision, words, decided_by, decided_at,
                                  assessment, plan, client_id)
VALUES (%(application_id)s, %(version)s, %(tenant_id)s, %(decision)s, %(words)s, %(decided_by)s, %(now)s,
        %(assessment)s, %(plan)s, %(client_id)s)

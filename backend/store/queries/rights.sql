-- name: add_consent
INSERT INTO consent (consent_id, tenant_id, client_id, purpose, recipient, given_at, given_how, recorded_by, ends_on)
VALUES (%(consent_id)s, %(tenant_id)s, %(client_id)s, %(purpose)s, %(recipient)s, %(now)s, %(given_how)s, %(account_id)s,
        %(ends_on)s)

-- name: withdraw_consent
UPDATE consent SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s, withdraw_reason = %(reason)s
 WHERE consent_id = %(consent_id)s AND client_id = %(client_id)s AND withdrawn_at IS NULL

-- name: consent_in_force
SELECT FROM consent WHERE consent_id = %(consent_id)s AND client_id = %(client_id)s AND withdrawn_at IS NULL
   AND (ends_on IS NULL OR ends_on >= %(now)s::date)

-- name: add_disclosure
INSERT INTO disclosure (disclosure_id, tenant_id, client_id, disclosed_at, recipient, what, masked, legal_ground, consent_id,
                        words, decided_by)
VALUES (%(disclosure_id)s, %(tenant_id)s, %(client_id)s, %(now)s, %(recipient)s, %(what)s, %(masked)s, %(legal_ground)s,
        %(consent_id)s, %(words)s, %(account_id)s)

-- name: client_of_consent
SELECT client_id FROM consent WHERE consent_id = %(id)s

-- name: client_of_correction
SELECT client_id FROM correction_request WHERE request_id = %(id)s

-- name: client_of_erasure
SELECT client_id FROM erasure_request WHERE request_id = %(id)s

-- name: consents
SELECT c.consent_id, c.purpose, c.recipient, c.given_at, c.given_how, shown_name(a.account_id) AS recorded_by, c.ends_on,
       c.withdrawn_at, c.withdraw_reason
  FROM consent c JOIN account a ON a.account_id = c.recorded_by
 WHERE c.client_id = %(client_id)s ORDER BY c.given_at DESC, c.consent_id

-- name: disclosures
SELECT d.disclosure_id, d.disclosed_at, d.recipient, d.what, d.masked, d.legal_ground, d.words, a.display_name AS decided_by
  FROM disclosure d JOIN account a ON a.account_id = d.decided_by
 WHERE d.client_id = %(client_id)s ORDER BY d.disclosed_at DESC, d.disclosure_id

-- name: add_correction
INSERT INTO correction_request (request_id, tenant_id, client_id, about, about_at, says, asked_at, asked_by)
VALUES (%(request_id)s, %(tenant_id)s, %(client_id)s, %(about)s, %(about_at)s, %(says)s, %(now)s, %(account_id)s)

-- name: decide_correction
UPDATE correction_request SET state = %(state)s, decided_at = %(now)s, decided_by = %(account_id)s, decision = %(decision)s
 WHERE request_id = %(request_id)s AND client_id = %(client_id)s AND state = 'open'

-- name: corrections
SELECT r.request_id, r.about, r.about_at, r.says, r.asked_at, r.state, r.decided_at, a.display_name AS decided_by, r.decision
  FROM correction_request r LEFT JOIN account a ON a.account_id = r.decided_by
 WHERE r.client_id = %(client_id)s ORDER BY r.asked_at DESC, r.request_id

-- name: add_erasure
INSERT INTO erasure_request (request_id, tenant_id, client_id, scope, says, asked_at, asked_by)
SELECT %(request_id)s, %(tenant_id)s, %(client_id)s, %(scope)s, %(says)s, %(now)s, %(account_id)s
 WHERE NOT EXISTS (SELECT FROM erasure_request WHERE client_id = %(client_id)s AND state = 'open')

-- name: decide_erasure
UPDATE erasure_request SET state = %(state)s, decided_at = %(now)s, decided_by = %(account_id)s, decision = %(decision)s,
       refusal_code = %(refusal_code)s
 WHERE request_id = %(request_id)s AND client_id = %(client_id)s AND state = 'open'

-- name: erasures
SELECT r.request_id, r.scope, r.says, r.asked_at, r.state, r.decided_at, a.display_name AS decided_by, r.refusal_code,
       r.decision, r.done_at
  FROM erasure_request r LEFT JOIN account a ON a.account_id = r.decided_by
 WHERE r.client_id = %(client_id)s ORDER BY r.asked_at DESC, r.request_id

-- name: granted_words
-- Own words whose erasure was granted and not carried out; nothing is erased under a hold.
SELECT r.request_id, r.client_id FROM erasure_request r
 WHERE r.state = 'granted' AND r.scope = 'own_words' AND r.done_at IS NULL
   AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.client_id = r.client_id AND h.lifted_at IS NULL)
 ORDER BY r.decided_at FOR UPDATE OF r SKIP LOCKED

-- name: everything_granted
SELECT FROM erasure_request WHERE client_id = %(client_id)s AND state = 'granted' AND scope = 'everything'

-- name: let_words_change
SELECT set_config('nykter.sealing', 'on', true)

-- name: erase_comments
-- The signed bytes hold the words, too, and go with them; answers to questions stay.
UPDATE check_in SET comment = NULL, body = NULL, signature = NULL,
       about = coalesce(about, CASE WHEN position('"about":{' IN encode(coalesce(body, ''), 'escape')) > 0
                                    THEN convert_from(body, 'UTF8')::jsonb -> 'about' END)
 WHERE client_id = %(client_id)s AND comment IS NOT NULL AND answered_at <= %(until)s

-- name: erase_messages
UPDATE message SET body = %(erased)s WHERE client_id = %(client_id)s AND from_client AND sent_at <= %(until)s

-- name: asked_at
SELECT asked_at FROM erasure_request WHERE request_id = %(request_id)s

-- name: erasure_done
UPDATE erasure_request SET done_at = %(now)s, removed = %(removed)s, says = '' WHERE request_id = %(request_id)s

-- name: records_of_unit
SELECT c.client_id, c.alias, c.ended_on, c.last_data_at,
       EXISTS (SELECT FROM legal_hold h WHERE h.client_id = c.client_id AND h.lifted_at IS NULL) AS held,
       EXISTS (SELECT FROM erasure_request r WHERE r.client_id = c.client_id AND r.state = 'granted'
                  AND r.scope = 'everything') AS erasure_granted,
       EXISTS (SELECT FROM deletion_case d WHERE d.record_id = c.client_id AND d.withdrawn_at IS NULL) AS in_a_case
  FROM client c WHERE c.unit_id = %(unit_id)s AND c.client_id = ANY (%(client_ids)s::uuid[]) ORDER BY c.alias

-- name: asked_for_everything
SELECT c.client_id FROM client c JOIN erasure_request r USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND r.state = 'granted' AND r.scope = 'everything'

-- name: tenant_kind
SELECT kind, settings FROM tenant WHERE tenant_id = %(tenant_id)s

-- name: propose
INSERT INTO deletion_case (case_id, tenant_id, unit_id, record_id, ground, counted, words, proposed_at, proposed_by)
VALUES (%(case_id)s, %(tenant_id)s, %(unit_id)s, %(record_id)s, %(ground)s, %(counted)s, %(words)s, %(now)s, %(account_id)s)
ON CONFLICT (record_id) WHERE withdrawn_at IS NULL DO NOTHING

-- name: case_of
SELECT case_id, unit_id, record_id, ground, words, counted, proposed_at, proposed_by, approved_at, approved_by, withdrawn_at,
       done_at, removed, sha256
  FROM deletion_case WHERE case_id = %(case_id)s FOR UPDATE

-- name: approve
UPDATE deletion_case SET approved_at = %(now)s, approved_by = %(account_id)s WHERE case_id = %(case_id)s

-- name: withdraw
UPDATE deletion_case SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s WHERE case_id = %(case_id)s

-- name: cases
SELECT d.case_id, d.record_id, d.ground, d.words, d.counted, d.proposed_at, p.display_name AS proposed_by, d.proposed_by AS proposer,
       d.approved_at, a.display_name AS approved_by, d.withdrawn_at, d.done_at, d.removed, d.sha256
  FROM deletion_case d JOIN account p ON p.account_id = d.proposed_by LEFT JOIN account a ON a.account_id = d.approved_by
 WHERE d.unit_id = %(unit_id)s ORDER BY d.proposed_at DESC, d.case_id LIMIT 500

-- name: approved
SELECT d.case_id, d.tenant_id, d.record_id, d.ground, d.proposed_at, d.proposed_by, d.approved_at, d.approved_by, t.kind,
       t.settings
  FROM deletion_case d JOIN tenant t USING (tenant_id)
 WHERE d.approved_at IS NOT NULL AND d.done_at IS NULL AND d.withdrawn_at IS NULL
   AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.client_id = d.record_id AND h.lifted_at IS NULL)
 ORDER BY d.approved_at FOR UPDATE OF d SKIP LOCKED

-- name: done
UPDATE deletion_case SET done_at = %(now)s, removed = %(removed)s, sha256 = %(sha256)s WHERE case_id = %(case_id)s

-- name: looked_at
-- Whose data an account, or anybody of a tenant, did something with between two instants.
SELECT l.tenant_id, l.client_id, min(l.at) AS first_at, max(l.at) AS last_at, array_agg(DISTINCT l.action ORDER BY l.action)
       AS actions
  FROM access_log l LEFT JOIN account a USING (account_id)
 WHERE l.client_id IS NOT NULL AND l.at >= %(since)s AND l.at < %(until)s
   AND (%(username)s::text IS NULL OR a.username = %(username)s) AND (%(tenant_id)s::text IS NULL OR l.tenant_id = %(tenant_id)s)
 GROUP BY l.tenant_id, l.client_id ORDER BY l.tenant_id, first_at

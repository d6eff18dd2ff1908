-- name: plain_contact_note
SELECT contact_id AS id, client_id, note AS value FROM contact
 WHERE note IS NOT NULL AND note <> '' AND NOT starts_with(note, 'sealed:1:') ORDER BY contact_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_contact_note
UPDATE contact SET note = %(value)s WHERE contact_id = %(id)s

-- name: plain_message_body
SELECT message_id AS id, client_id, body AS value FROM message
 WHERE body IS NOT NULL AND body <> '' AND NOT starts_with(body, 'sealed:1:') ORDER BY message_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_message_body
UPDATE message SET body = %(value)s WHERE message_id = %(id)s

-- name: plain_check_in_comment
SELECT check_in_id AS id, client_id, comment AS value FROM check_in
 WHERE comment IS NOT NULL AND comment <> '' AND NOT starts_with(comment, 'sealed:1:') ORDER BY check_in_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_check_in_comment
UPDATE check_in SET comment = %(value)s WHERE check_in_id = %(id)s

-- name: plain_journal_text_draft
SELECT journal_id AS id, client_id, draft AS value FROM journal_text
 WHERE draft IS NOT NULL AND draft <> '' AND NOT starts_with(draft, 'sealed:1:') ORDER BY journal_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_journal_text_draft
UPDATE journal_text SET draft = %(value)s WHERE journal_id = %(id)s

-- name: plain_journal_text_body
SELECT journal_id AS id, client_id, body AS value FROM journal_text
 WHERE body IS NOT NULL AND body <> '' AND NOT starts_with(body, 'sealed:1:') ORDER BY journal_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_journal_text_body
UPDATE journal_text SET body = %(value)s WHERE journal_id = %(id)s

-- name: plain_alert_close_note
SELECT alert_id AS id, client_id, close_note AS value FROM alert
 WHERE close_note IS NOT NULL AND close_note <> '' AND NOT starts_with(close_note, 'sealed:1:') AND closed_by IS NOT NULL ORDER BY alert_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_alert_close_note
UPDATE alert SET close_note = %(value)s WHERE alert_id = %(id)s

-- name: plain_alert_snooze_reason
SELECT alert_id AS id, client_id, snooze_reason AS value FROM alert
 WHERE snooze_reason IS NOT NULL AND snooze_reason <> '' AND NOT starts_with(snooze_reason, 'sealed:1:') ORDER BY alert_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_alert_snooze_reason
UPDATE alert SET snooze_reason = %(value)s WHERE alert_id = %(id)s

-- name: plain_alert_change_note
-- What a person wrote: notes of the system are its own fixed words.
SELECT h.change_id AS id, a.client_id, h.note AS value FROM alert_change h JOIN alert a USING (alert_id)
 WHERE h.note IS NOT NULL AND h.note <> '' AND h.account_id IS NOT NULL AND NOT starts_with(h.note, 'sealed:1:')
 ORDER BY h.change_id LIMIT %(batch)s FOR UPDATE OF h SKIP LOCKED

-- name: seal_alert_change_note
UPDATE alert_change SET note = %(value)s WHERE change_id = %(id)s

-- name: plain_contact_correction_before
SELECT correction_id AS id, client_id, before ->> 'note' AS value FROM contact_correction
 WHERE before ->> 'note' <> '' AND NOT starts_with(before ->> 'note', 'sealed:1:')
 ORDER BY correction_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_contact_correction_before
UPDATE contact_correction SET before = jsonb_set(before, '{note}', to_jsonb(%(value)s::text)) WHERE correction_id = %(id)s

-- name: plain_check_in_body
-- Signed bytes hold the comment, too; what it is about moves beside them first.
SELECT check_in_id AS id, client_id, body AS value FROM check_in
 WHERE comment IS NOT NULL AND body IS NOT NULL
   AND substr(body, 1, 17) <> '\x006e796b7465722d7365616c65642d3100'::bytea
 ORDER BY check_in_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_check_in_body
UPDATE check_in
   SET about = coalesce(about, CASE WHEN position('"about":{' IN encode(body, 'escape')) > 0
                                    THEN convert_from(body, 'UTF8')::jsonb -> 'about' END),
       body = %(value)s
 WHERE check_in_id = %(id)s

-- name: let_words_change
SELECT set_config('nykter.sealing', 'on', true)

-- name: plain_pause_reason
SELECT pause_id AS id, client_id, reason AS value FROM pause
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY pause_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_pause_reason
UPDATE pause SET reason = %(value)s WHERE pause_id = %(id)s

-- name: plain_pause_decision_note
SELECT pause_id AS id, client_id, decision_note AS value FROM pause
 WHERE decision_note IS NOT NULL AND decision_note <> '' AND NOT starts_with(decision_note, 'sealed:1:') ORDER BY pause_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_pause_decision_note
UPDATE pause SET decision_note = %(value)s WHERE pause_id = %(id)s

-- name: plain_excuse_reason
SELECT excuse_id AS id, client_id, reason AS value FROM excuse
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY excuse_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_excuse_reason
UPDATE excuse SET reason = %(value)s WHERE excuse_id = %(id)s

-- name: plain_care_change_words
SELECT change_id AS id, client_id, words AS value FROM care_change
 WHERE NOT starts_with(words, 'sealed:1:') ORDER BY change_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_care_change_words
UPDATE care_change SET words = %(value)s WHERE change_id = %(id)s

-- name: plain_client_reach_phone
SELECT reach_id AS id, client_id, phone AS value FROM client_reach
 WHERE phone <> '' AND NOT starts_with(phone, 'sealed:1:') ORDER BY reach_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_client_reach_phone
UPDATE client_reach SET phone = %(value)s WHERE reach_id = %(id)s

-- name: plain_client_reach_note
SELECT reach_id AS id, client_id, note AS value FROM client_reach
 WHERE note <> '' AND NOT starts_with(note, 'sealed:1:') ORDER BY reach_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_client_reach_note
UPDATE client_reach SET note = %(value)s WHERE reach_id = %(id)s

-- name: plain_life_event_text
SELECT event_id AS id, client_id, text AS value FROM life_event
 WHERE text IS NOT NULL AND text <> '' AND NOT starts_with(text, 'sealed:1:') ORDER BY event_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_life_event_text
UPDATE life_event SET text = %(value)s WHERE event_id = %(id)s

-- name: plain_emergency_access_words
SELECT emergency_id AS id, client_id, words AS value FROM emergency_access
 WHERE words IS NOT NULL AND words <> '' AND NOT starts_with(words, 'sealed:1:') ORDER BY emergency_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_emergency_access_words
UPDATE emergency_access SET words = %(value)s WHERE emergency_id = %(id)s

-- name: plain_emergency_access_review_words
SELECT emergency_id AS id, client_id, review_words AS value FROM emergency_access
 WHERE review_words IS NOT NULL AND review_words <> '' AND NOT starts_with(review_words, 'sealed:1:') ORDER BY emergency_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_emergency_access_review_words
UPDATE emergency_access SET review_words = %(value)s WHERE emergency_id = %(id)s

-- name: plain_care_block_words
SELECT block_id AS id, client_id, words AS value FROM care_block
 WHERE words IS NOT NULL AND words <> '' AND NOT starts_with(words, 'sealed:1:') ORDER BY block_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_care_block_words
UPDATE care_block SET words = %(value)s WHERE block_id = %(id)s

-- name: plain_care_block_lift_words
SELECT block_id AS id, client_id, lift_words AS value FROM care_block
 WHERE lift_words IS NOT NULL AND lift_words <> '' AND NOT starts_with(lift_words, 'sealed:1:') ORDER BY block_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_care_block_lift_words
UPDATE care_block SET lift_words = %(value)s WHERE block_id = %(id)s

-- name: plain_photo_verdict_note
SELECT verdict_id AS id, client_id, note AS value FROM photo_verdict
 WHERE note IS NOT NULL AND note <> '' AND NOT starts_with(note, 'sealed:1:') ORDER BY verdict_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_photo_verdict_note
UPDATE photo_verdict SET note = %(value)s WHERE verdict_id = %(id)s

-- name: plain_consent_purpose
SELECT consent_id AS id, client_id, purpose AS value FROM consent
 WHERE purpose IS NOT NULL AND purpose <> '' AND NOT starts_with(purpose, 'sealed:1:') ORDER BY consent_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_consent_purpose
UPDATE consent SET purpose = %(value)s WHERE consent_id = %(id)s

-- name: plain_consent_recipient
SELECT consent_id AS id, client_id, recipient AS value FROM consent
 WHERE recipient IS NOT NULL AND recipient <> '' AND NOT starts_with(recipient, 'sealed:1:') ORDER BY consent_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_consent_recipient
UPDATE consent SET recipient = %(value)s WHERE consent_id = %(id)s

-- name: plain_consent_withdraw_reason
SELECT consent_id AS id, client_id, withdraw_reason AS value FROM consent
 WHERE withdraw_reason IS NOT NULL AND withdraw_reason <> '' AND NOT starts_with(withdraw_reason, 'sealed:1:') ORDER BY consent_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_consent_withdraw_reason
UPDATE consent SET withdraw_reason = %(value)s WHERE consent_id = %(id)s

-- name: plain_disclosure_recipient
SELECT disclosure_id AS id, client_id, recipient AS value FROM disclosure
 WHERE recipient IS NOT NULL AND recipient <> '' AND NOT starts_with(recipient, 'sealed:1:') ORDER BY disclosure_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_disclosure_recipient
UPDATE disclosure SET recipient = %(value)s WHERE disclosure_id = %(id)s

-- name: plain_disclosure_words
SELECT disclosure_id AS id, client_id, words AS value FROM disclosure
 WHERE words IS NOT NULL AND words <> '' AND NOT starts_with(words, 'sealed:1:') ORDER BY disclosure_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_disclosure_words
UPDATE disclosure SET words = %(value)s WHERE disclosure_id = %(id)s

-- name: plain_plan_reason
SELECT plan_id AS id, client_id, reason AS value FROM plan
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY plan_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_plan_reason
UPDATE plan SET reason = %(value)s WHERE plan_id = %(id)s

-- name: plain_plan_draft_reason
SELECT plan_id AS id, client_id, reason AS value FROM plan_draft
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY plan_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_plan_draft_reason
UPDATE plan_draft SET reason = %(value)s WHERE plan_id = %(id)s

-- name: plain_planned_test_reason
SELECT planned_test_id AS id, client_id, reason AS value FROM planned_test
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY planned_test_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_planned_test_reason
UPDATE planned_test SET reason = %(value)s WHERE planned_test_id = %(id)s

-- name: plain_contact_correction_reason
SELECT correction_id AS id, client_id, reason AS value FROM contact_correction
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY correction_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_contact_correction_reason
UPDATE contact_correction SET reason = %(value)s WHERE correction_id = %(id)s

-- name: plain_questionnaire_withdraw_reason
SELECT questionnaire_id AS id, client_id, withdraw_reason AS value FROM questionnaire
 WHERE withdraw_reason IS NOT NULL AND withdraw_reason <> '' AND NOT starts_with(withdraw_reason, 'sealed:1:') ORDER BY questionnaire_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_questionnaire_withdraw_reason
UPDATE questionnaire SET withdraw_reason = %(value)s WHERE questionnaire_id = %(id)s

-- name: plain_legal_hold_reason
SELECT hold_id AS id, client_id, reason AS value FROM legal_hold
 WHERE reason IS NOT NULL AND reason <> '' AND NOT starts_with(reason, 'sealed:1:') ORDER BY hold_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_legal_hold_reason
UPDATE legal_hold SET reason = %(value)s WHERE hold_id = %(id)s

-- name: plain_legal_hold_lift_reason
SELECT hold_id AS id, client_id, lift_reason AS value FROM legal_hold
 WHERE lift_reason IS NOT NULL AND lift_reason <> '' AND NOT starts_with(lift_reason, 'sealed:1:') ORDER BY hold_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_legal_hold_lift_reason
UPDATE legal_hold SET lift_reason = %(value)s WHERE hold_id = %(id)s

-- name: plain_correction_request_says
SELECT request_id AS id, client_id, says AS value FROM correction_request
 WHERE says IS NOT NULL AND says <> '' AND NOT starts_with(says, 'sealed:1:') ORDER BY request_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_correction_request_says
UPDATE correction_request SET says = %(value)s WHERE request_id = %(id)s

-- name: plain_correction_request_decision
SELECT request_id AS id, client_id, decision AS value FROM correction_request
 WHERE decision IS NOT NULL AND decision <> '' AND NOT starts_with(decision, 'sealed:1:') ORDER BY request_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_correction_request_decision
UPDATE correction_request SET decision = %(value)s WHERE request_id = %(id)s

-- name: plain_erasure_request_says
SELECT request_id AS id, client_id, says AS value FROM erasure_request
 WHERE says IS NOT NULL AND says <> '' AND NOT starts_with(says, 'sealed:1:') ORDER BY request_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_erasure_request_says
UPDATE erasure_request SET says = %(value)s WHERE request_id = %(id)s

-- name: plain_erasure_request_decision
SELECT request_id AS id, client_id, decision AS value FROM erasure_request
 WHERE decision IS NOT NULL AND decision <> '' AND NOT starts_with(decision, 'sealed:1:') ORDER BY request_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_erasure_request_decision
UPDATE erasure_request SET decision = %(value)s WHERE request_id = %(id)s

-- name: plain_application_decision_words
SELECT application_id AS id, application_id AS client_id, words AS value FROM application_decision
 WHERE NOT starts_with(words, 'sealed:1:') ORDER BY application_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_decision_words
UPDATE application_decision SET words = %(value)s WHERE application_id = %(id)s

-- name: plain_application_version_reason
SELECT application_id || '/' || version AS id, application_id AS client_id, reason AS value FROM application_version
 WHERE reason <> '' AND NOT starts_with(reason, 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_version_reason
UPDATE application_version SET reason = %(value)s
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

-- name: plain_application_name
SELECT application_id || '/' || version AS id, application_id AS client_id, content ->> 'name' AS value
  FROM application_version WHERE content ->> 'name' <> '' AND NOT starts_with(content ->> 'name', 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_name
UPDATE application_version SET content = jsonb_set(content, '{name}', to_jsonb(%(value)s::text))
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

-- name: plain_application_phone
SELECT application_id || '/' || version AS id, application_id AS client_id, content ->> 'phone' AS value
  FROM application_version WHERE content ->> 'phone' <> '' AND NOT starts_with(content ->> 'phone', 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_phone
UPDATE application_version SET content = jsonb_set(content, '{phone}', to_jsonb(%(value)s::text))
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

-- name: plain_application_referrer
SELECT application_id || '/' || version AS id, application_id AS client_id, content ->> 'referrer' AS value
  FROM application_version WHERE content ->> 'referrer' <> '' AND NOT starts_with(content ->> 'referrer', 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_referrer
UPDATE application_version SET content = jsonb_set(content, '{referrer}', to_jsonb(%(value)s::text))
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

-- name: plain_application_words
SELECT application_id || '/' || version AS id, application_id AS client_id, content ->> 'words' AS value
  FROM application_version WHERE content ->> 'words' <> '' AND NOT starts_with(content ->> 'words', 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_words
UPDATE application_version SET content = jsonb_set(content, '{words}', to_jsonb(%(value)s::text))
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

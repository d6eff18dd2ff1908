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

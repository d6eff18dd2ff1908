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

-- name: plain_application_version_reason
SELECT application_id || '/' || version AS id, application_id AS client_id, reason AS value FROM application_version
 WHERE reason <> '' AND NOT starts_with(reason, 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_version_reason
UPDATE application_version SET reason = %(value)s
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

-- name: plain_application_field
SELECT application_id || '/' || version AS id, application_id AS client_id, content ->> %(field)s::text AS value
  FROM application_version
 WHERE content ->> %(field)s::text <> '' AND NOT starts_with(content ->> %(field)s::text, 'sealed:1:')
 ORDER BY application_id, version LIMIT %(batch)s FOR UPDATE SKIP LOCKED

-- name: seal_application_field
UPDATE application_version SET content = jsonb_set(content, ARRAY[%(field)s::text], to_jsonb(%(value)s::text))
 WHERE application_id = split_part(%(id)s, '/', 1)::uuid AND version = split_part(%(id)s, '/', 2)::smallint

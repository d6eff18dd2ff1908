-- name: add
INSERT INTO contact (contact_id, tenant_id, client_id, account_id, happened_at, channel, reached, note, created_at,
                     direction, duration_min, outcome)
VALUES (%(contact_id)s, %(tenant_id)s, %(client_id)s, %(account_id)s, %(happened_at)s, %(channel)s, %(reached)s,
        %(note)s, %(now)s, %(direction)s, %(duration_min)s, %(outcome)s)

-- name: client_of
SELECT client_id FROM contact WHERE contact_id = %(contact_id)s

-- name: keep_before
INSERT INTO contact_correction (tenant_id, client_id, contact_id, corrected_by, corrected_at, reason, before)
SELECT %(tenant_id)s, k.client_id, k.contact_id, %(account_id)s, %(now)s, %(reason)s,
       jsonb_build_object('channel', k.channel, 'reached', k.reached, 'note', k.note, 'happened_at', k.happened_at,
                          'direction', k.direction, 'duration_min', k.duration_min, 'outcome', k.outcome)
  FROM contact k WHERE k.contact_id = %(contact_id)s AND k.client_id = %(client_id)s FOR UPDATE

-- name: correct
UPDATE contact SET channel = %(channel)s, reached = %(reached)s, note = %(note)s, happened_at = %(happened_at)s,
       direction = %(direction)s, duration_min = %(duration_min)s, outcome = %(outcome)s
 WHERE contact_id = %(contact_id)s AND client_id = %(client_id)s

-- name: of_client
SELECT k.contact_id, k.happened_at, k.channel, k.direction, k.reached, k.duration_min, k.outcome, k.note,
       a.display_name AS by,
       (SELECT count(*) FROM contact_correction c WHERE c.contact_id = k.contact_id)::int AS corrections
  FROM contact k LEFT JOIN account a USING (account_id)
 WHERE k.client_id = %(client_id)s ORDER BY k.happened_at DESC LIMIT 500

-- name: corrections
SELECT c.corrected_at, c.reason, c.before, a.display_name AS by
  FROM contact_correction c JOIN account a ON a.account_id = c.corrected_by
 WHERE c.contact_id = %(contact_id)s AND c.client_id = %(client_id)s ORDER BY c.correction_id DESC

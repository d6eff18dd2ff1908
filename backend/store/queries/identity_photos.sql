-- name: photos_of
-- The reading is looked for near the picture, so that few chunks are read.
SELECT p.device_id, p.boot_id, p.sequence, p.run_id, p.taken_at, p.source, p.body IS NOT NULL AS is_kept, p.removed_at,
       r.measured_at, r.brac_mg_per_l::float8 AS brac_mg_per_l, r.outcome,
       v.verdict, v.note, v.judged_at, v.judged_by
  FROM identity_photo p
  LEFT JOIN LATERAL (
       SELECT measured_at, brac_mg_per_l, outcome FROM reading
        WHERE client_id = %(client_id)s AND run_id = p.run_id
          AND measured_at BETWEEN p.taken_at - interval '2 days' AND p.taken_at + interval '2 days' LIMIT 1) r ON true
  LEFT JOIN LATERAL (
       SELECT v.verdict, v.note, v.judged_at, a.display_name AS judged_by FROM photo_verdict v
         JOIN account a ON a.account_id = v.judged_by
        WHERE v.device_id = p.device_id AND v.boot_id = p.boot_id AND v.sequence = p.sequence
        ORDER BY v.judged_at DESC, v.verdict_id LIMIT 1) v ON true
 WHERE p.client_id = %(client_id)s AND p.taken_at >= %(since)s
 ORDER BY p.taken_at DESC, p.device_id, p.boot_id, p.sequence
 LIMIT 200

-- name: waiting
SELECT p.client_id, count(*) AS waiting FROM identity_photo p
 WHERE p.client_id = ANY(%(client_ids)s) AND p.body IS NOT NULL
   AND NOT EXISTS (SELECT FROM photo_verdict v
                    WHERE v.device_id = p.device_id AND v.boot_id = p.boot_id AND v.sequence = p.sequence)
 GROUP BY p.client_id

-- name: photo
SELECT body FROM identity_photo
 WHERE client_id = %(client_id)s AND device_id = %(device_id)s AND boot_id = %(boot_id)s AND sequence = %(sequence)s

-- name: add_verdict
INSERT INTO photo_verdict (verdict_id, tenant_id, client_id, device_id, boot_id, sequence, verdict, note, judged_at,
                           judged_by)
SELECT %(verdict_id)s, tenant_id, client_id, device_id, boot_id, sequence, %(verdict)s, %(note)s, %(now)s, %(account_id)s
  FROM identity_photo
 WHERE client_id = %(client_id)s AND device_id = %(device_id)s AND boot_id = %(boot_id)s AND sequence = %(sequence)s
RETURNING verdict_id

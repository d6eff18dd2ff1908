-- name: attendance
SELECT attendance, count(*)::int AS count FROM test_window
 WHERE client_id = %(client_id)s AND kind = %(kind)s AND local_day BETWEEN %(since)s AND %(until)s
   AND opens_at <= %(now)s
 GROUP BY attendance

-- name: results
SELECT coalesce(s.state, CASE WHEN r.outcome = 'complete' THEN 'ok' ELSE 'incomplete' END) AS state,
       count(*)::int AS count, max(r.brac_mg_per_l)::float8 AS highest
  FROM reading r
  LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence
 WHERE r.client_id = %(client_id)s AND r.measured_at >= %(from_at)s AND r.measured_at < %(to_at)s
   AND (s.state IS NOT NULL OR r.outcome <> 'complete')
 GROUP BY 1

-- name: check_ins
SELECT count(*)::int AS count,
       count(DISTINCT (answered_at AT TIME ZONE %(timezone)s)::date) FILTER (WHERE drank)::int AS drinking_days
  FROM check_in WHERE client_id = %(client_id)s AND answered_at >= %(from_at)s AND answered_at < %(to_at)s
   -- a comment on one test or miss is no check-in
   AND about IS NULL AND position('"about":{' IN encode(coalesce(body, ''), 'escape')) = 0

-- name: means
SELECT item, count(*) FILTER (WHERE answered_at >= %(from_at)s)::int AS answers,
       avg(10 * (value - low) / nullif(high - low, 0)) FILTER (WHERE answered_at >= %(from_at)s)::float8 AS mean,
       count(*) FILTER (WHERE answered_at < %(from_at)s)::int AS answers_before,
       avg(10 * (value - low) / nullif(high - low, 0)) FILTER (WHERE answered_at < %(from_at)s)::float8 AS before
  FROM check_in_answer
 WHERE client_id = %(client_id)s AND answered_at >= %(before_at)s AND answered_at < %(to_at)s
 GROUP BY item

-- name: contacts
SELECT channel, count(*)::int AS count FROM contact
 WHERE client_id = %(client_id)s AND happened_at >= %(from_at)s AND happened_at < %(to_at)s AND reached
 GROUP BY channel ORDER BY channel

-- name: devices
SELECT DISTINCT breathalyzer_model AS model FROM reading
 WHERE client_id = %(client_id)s AND measured_at >= %(from_at)s AND measured_at < %(to_at)s ORDER BY 1

-- name: outage
SELECT coalesce(sum(extract(epoch FROM least(coalesce(ended_at, %(now)s), %(to_at)s) - greatest(began_at, %(from_at)s))), 0)
       ::float8 / 3600 AS hours
  FROM outage WHERE began_at < %(to_at)s AND coalesce(ended_at, %(now)s) > %(from_at)s

-- name: add
INSERT INTO journal_text (journal_id, tenant_id, client_id, since, until, length, language, facts, draft, drafted_by,
                          drafted_at, body)
VALUES (%(journal_id)s, %(tenant_id)s, %(client_id)s, %(since)s, %(until)s, %(length)s, %(language)s, %(facts)s,
        %(draft)s, %(drafted_by)s, %(now)s, %(body)s)

-- name: client_of
SELECT client_id FROM journal_text WHERE journal_id = %(journal_id)s

-- name: by_digest
SELECT journal_id, client_id FROM journal_text WHERE sha256 = %(sha256)s

-- name: save
UPDATE journal_text SET body = %(body)s
 WHERE journal_id = %(journal_id)s AND client_id = %(client_id)s AND signed_at IS NULL
RETURNING journal_id

-- name: sign
UPDATE journal_text SET body = %(body)s, signed_by = %(signed_by)s, signed_at = %(now)s, sha256 = %(sha256)s
 WHERE journal_id = %(journal_id)s AND client_id = %(client_id)s AND signed_at IS NULL
RETURNING journal_id

-- name: of_client
SELECT j.journal_id, j.client_id, j.since, j.until, j.length, j.language, j.draft, j.body, j.drafted_at,
       d.display_name AS drafted_by, s.display_name AS signed_by, j.signed_by AS signer, j.signed_at, j.sha256
  FROM journal_text j JOIN account d ON d.account_id = j.drafted_by
  LEFT JOIN account s ON s.account_id = j.signed_by
 WHERE j.client_id = %(client_id)s AND (%(journal_id)s::uuid IS NULL OR j.journal_id = %(journal_id)s)
 ORDER BY j.drafted_at DESC, j.journal_id LIMIT 100

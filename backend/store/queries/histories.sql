-- name: people
SELECT client_id, timezone,
       coalesce(observed_from, (SELECT min(p.valid_from) FROM plan p WHERE p.client_id = c.client_id), created_at)
           AS observed_from,
       coalesce(observed_to, %(now)s) AS observed_to
  FROM client c WHERE client_id = ANY(%(client_ids)s) ORDER BY client_id

-- name: drinking
SELECT client_id, started_at, known_at, source, ended_at, amount_g::float8
  FROM drinking_report WHERE client_id = ANY(%(client_ids)s)

-- name: prompts
SELECT client_id, kind, opens_at, closes_at, met_at, known_at
  FROM test_window
 WHERE client_id = ANY(%(client_ids)s) AND opens_at <= %(now)s AND attendance NOT IN ('excused', 'paused', 'outage')

-- name: answers
SELECT a.client_id, a.answered_at, a.item, a.value::float8, a.low::float8, a.high::float8, c.received_at
  FROM check_in_answer a JOIN check_in c USING (check_in_id)
 WHERE a.client_id = ANY(%(client_ids)s) AND a.low < a.high

-- name: drank
SELECT client_id, answered_at, received_at FROM check_in c
 WHERE client_id = ANY(%(client_ids)s) AND drank
   AND NOT EXISTS (SELECT FROM drinking_report d WHERE d.client_id = c.client_id
                      AND d.started_at BETWEEN c.answered_at - interval '24 hours' AND c.answered_at)

-- name: breath_tests
SELECT r.client_id, r.measured_at, r.received_at, r.brac_mg_per_l::float8, r.outcome, s.state
  FROM reading r
  LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence
 WHERE r.client_id = ANY(%(client_ids)s)
   -- A value that waits for its retest is not known yet: mouth alcohol must not move a score.
   AND s.state IS DISTINCT FROM 'positive_pending'
UNION ALL
SELECT client_id, measured_at, known_at, brac_mg_per_l, outcome, NULL
  FROM study_breath_test WHERE client_id = ANY(%(client_ids)s)
 ORDER BY 1, 2

-- name: stale_units
-- Units with followed clients whose thresholds are older than that, for this transaction alone.
SELECT u.unit_id, u.tenant_id FROM unit u
 WHERE EXISTS (SELECT FROM client c WHERE c.unit_id = u.unit_id AND c.study IS NULL AND c.ended_on IS NULL)
   AND NOT EXISTS (SELECT FROM budget_look b WHERE b.unit_id = u.unit_id AND b.looked_at > %(stale)s)
   AND pg_try_advisory_xact_lock(%(lock)s, hashtext(u.unit_id::text))
 ORDER BY u.unit_id LIMIT %(limit)s

-- name: any_stale
SELECT EXISTS (SELECT FROM unit u
 WHERE EXISTS (SELECT FROM client c WHERE c.unit_id = u.unit_id AND c.study IS NULL AND c.ended_on IS NULL)
   AND NOT EXISTS (SELECT FROM budget_look b WHERE b.unit_id = u.unit_id AND b.looked_at > %(stale)s)) AS there_is

-- name: looked
INSERT INTO budget_look (unit_id, tenant_id, looked_at) VALUES (%(unit_id)s, %(tenant_id)s, %(now)s)
ON CONFLICT (unit_id) DO UPDATE SET looked_at = excluded.looked_at

-- name: people
SELECT (SELECT count(*) FROM client c WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND c.ended_on IS NULL) AS clients,
       (SELECT count(DISTINCT s.account_id) FROM assignment s JOIN client c USING (client_id)
          JOIN account a ON a.account_id = s.account_id
         WHERE c.unit_id = %(unit_id)s AND a.role = 'clinician' AND a.disabled_at IS NULL AND s.because = 'assigned'
           AND s.from_at <= %(now)s AND (s.to_at IS NULL OR s.to_at > %(now)s)) AS clinicians

-- name: scores
-- The first 72 h score of each hour: the ones decisions are made from.
SELECT DISTINCT ON (s.client_id, date_bin('1 hour', decided_at, 'epoch'))
       s.client_id, decided_at, probability, usual, coverage
  FROM client c JOIN risk_score s USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND s.horizon_hours = 72
   AND s.decided_at BETWEEN %(since)s AND %(now)s
 ORDER BY s.client_id, date_bin('1 hour', decided_at, 'epoch'), decided_at, computed_at

-- name: trend
SELECT t.client_id, t.day, t.stands_at, t.index
  FROM client c JOIN trend_day t USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND t.stands_at BETWEEN %(since)s AND %(now)s

-- name: drinking
-- Every moment at which drinking is known: settled positives, told drinking, "I drank" (12 hours back, assumption).
SELECT t.client_id, t.measured_at AS at FROM test_result t JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND t.state IN ('positive_confirmed', 'positive_unconfirmed')
   AND t.measured_at BETWEEN %(since)s AND %(now)s
UNION ALL
SELECT d.client_id, d.started_at FROM drinking_report d JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND d.started_at BETWEEN %(since)s AND %(now)s
UNION ALL
SELECT k.client_id, k.answered_at - interval '12 hours' FROM check_in k JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND k.drank AND k.answered_at BETWEEN %(since)s AND %(now)s

-- name: history
SELECT kind, set_at, value, budget_per_week, per_week, is_within, clinicians, clients, signals, right_signals, starts,
       warned_starts
  FROM alert_threshold WHERE unit_id = %(unit_id)s ORDER BY set_at DESC, kind LIMIT %(limit)s

-- name: add
INSERT INTO alert_threshold (unit_id, tenant_id, kind, set_at, value, budget_per_week, per_week, is_within, clinicians,
                             clients, signals, right_signals, starts, warned_starts)
VALUES (%(unit_id)s, %(tenant_id)s, %(kind)s, %(now)s, %(value)s, %(budget_per_week)s, %(per_week)s, %(is_within)s,
        %(clinicians)s, %(clients)s, %(signals)s, %(right_signals)s, %(starts)s, %(warned_starts)s)
ON CONFLICT (unit_id, kind, set_at) DO NOTHING

-- name: newest
SELECT DISTINCT ON (kind) kind, set_at, value, per_week, is_within, signals, right_signals, starts, warned_starts
  FROM alert_threshold WHERE unit_id = %(unit_id)s AND set_at <= %(now)s ORDER BY kind, set_at DESC

-- name: opened
SELECT count(*) AS n FROM alert
 WHERE client_id = ANY(%(client_ids)s) AND kind = 'worsening_risk' AND opened_at > %(since)s AND opened_at <= %(now)s

-- name: add_trend
INSERT INTO trend_day (client_id, tenant_id, day, stands_at, index, sv, en, computed_at)
SELECT n.client_id, c.tenant_id, n.day, ((n.day + 1) + time '04:00') AT TIME ZONE c.timezone, n.index, n.sv, n.en,
       %(now)s
  FROM unnest(%(client_id)b::uuid[], %(day)b::date[], %(index)b::float8[], %(sv)b::text[], %(en)b::text[])
       AS n (client_id, day, index, sv, en)
  JOIN client c USING (client_id)
ON CONFLICT (client_id, day) DO NOTHING

-- name: trend_due
SELECT client_id, timezone FROM client
 WHERE client_id = ANY(%(client_ids)s) AND coalesce(trend_due_at <= %(now)s, true)

-- name: set_trend_due
UPDATE client c SET trend_due_at = n.due_at
  FROM unnest(%(client_id)b::uuid[], %(due_at)b::timestamptz[]) AS n (client_id, due_at)
 WHERE c.client_id = n.client_id

-- name: signals_by_week
-- Signals about people (not equipment) of a unit's clients, by the week in which they were opened.
SELECT date_trunc('week', a.opened_at AT TIME ZONE %(timezone)s)::date AS week, count(*)::int AS opened,
       count(*) FILTER (WHERE a.tier = 1)::int AS now, count(*) FILTER (WHERE a.tier = 2)::int AS same_day,
       count(*) FILTER (WHERE EXISTS (SELECT FROM alert_change h WHERE h.alert_id = a.alert_id
                              AND h.account_id IS NOT NULL AND h.new IN ('acting', 'closed')))::int AS acted_on,
       count(*) FILTER (WHERE a.close_reason = 'contacted')::int AS contacted,
       count(*) FILTER (WHERE a.close_reason = 'wait')::int AS wait,
       count(*) FILTER (WHERE a.close_reason = 'technical')::int AS technical,
       count(*) FILTER (WHERE a.close_reason = 'not_relevant')::int AS not_relevant
  FROM alert a JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND a.track = 'clinical' AND a.opened_at >= %(since)s
 GROUP BY 1 ORDER BY 1 DESC

-- name: deviation
-- Signals that came from a computed risk or trend and that a person closed: how often staff judged otherwise.
SELECT count(*)::int AS closed,
       count(*) FILTER (WHERE a.close_reason IN ('not_relevant', 'technical'))::int AS judged_otherwise
  FROM alert a JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND a.kind = 'worsening_risk' AND a.closed_by IS NOT NULL
   AND a.closed_at >= %(since)s

-- name: clinicians
SELECT count(DISTINCT s.account_id)::int AS clinicians
  FROM assignment s JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND s.because = 'assigned' AND s.from_at <= %(now)s AND (s.to_at IS NULL OR s.to_at > %(now)s)

-- name: adherence_by_week
SELECT date_trunc('week', w.local_day)::date AS week,
       count(*) FILTER (WHERE w.kind = 'breath_test'
                          AND w.attendance IN ('on_time', 'late', 'missed', 'not_received'))::int AS due,
       count(*) FILTER (WHERE w.kind = 'breath_test' AND w.attendance IN ('on_time', 'late'))::int AS taken,
       count(*) FILTER (WHERE w.kind = 'breath_test' AND w.attendance = 'missed')::int AS missed,
       count(*) FILTER (WHERE w.kind = 'breath_test' AND w.attendance = 'not_received')::int AS not_received,
       count(*) FILTER (WHERE w.kind = 'check_in' AND w.attendance IN ('on_time', 'late', 'missed', 'not_received'))::int
           AS asked,
       count(*) FILTER (WHERE w.kind = 'check_in' AND w.attendance IN ('on_time', 'late'))::int AS answered
  FROM test_window w JOIN client c USING (client_id)
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND w.opens_at >= %(since)s AND w.opens_at < %(now)s
 GROUP BY 1 ORDER BY 1 DESC

-- name: caseload
SELECT count(*) FILTER (WHERE ended_on IS NULL)::int AS followed,
       count(*) FILTER (WHERE started_on >= %(since)s::date)::int AS began,
       count(*) FILTER (WHERE ended_on >= %(since)s::date)::int AS ended,
       count(*) FILTER (WHERE ended_on IS NULL AND coalesce(last_data_at, created_at) < %(now)s - interval '14 days')::int
           AS silent
  FROM client WHERE unit_id = %(unit_id)s AND study IS NULL

-- name: staff
SELECT a.account_id, a.display_name FROM account a
 WHERE a.unit_id = %(unit_id)s AND a.role IN ('clinician', 'manager') AND a.disabled_at IS NULL ORDER BY a.display_name

-- name: responsible
SELECT a.display_name, c.alias, s.from_at, s.to_at, s.because
  FROM assignment s JOIN client c USING (client_id) JOIN account a ON a.account_id = s.account_id
 WHERE c.unit_id = %(unit_id)s AND c.study IS NULL AND (s.to_at IS NULL OR s.to_at > %(now)s)
 ORDER BY a.display_name, c.alias, s.from_at

-- name: gateways
SELECT g.device_id, g.heard_at, g.status ->> 'gateway_version' AS version, (g.status ->> 'outbox_depth')::int AS waiting,
       g.status -> 'battery' ->> 'level' AS battery, g.status -> 'last_error' ->> 'code' AS last_error, g.enrolled_at
  FROM gateway g WHERE g.tenant_id = %(tenant_id)s AND g.revoked_at IS NULL
 ORDER BY g.heard_at NULLS FIRST, g.device_id LIMIT 500

-- name: breathalyzers
-- The breathalyzers that were read during the last weeks: newest reading, calibration as the device itself tells it,
-- and the values below the lowest limit, which should be nothing.
SELECT r.breathalyzer_model AS model, r.breathalyzer_serial AS serial, count(*)::int AS readings,
       max(r.measured_at) AS newest, (array_agg(r.calibration_state ORDER BY r.measured_at DESC))[1] AS calibration,
       (array_agg(DISTINCT r.device_id))[1] AS device_id,
       count(*) FILTER (WHERE r.brac_mg_per_l < 0.05)::int AS zeros,
       avg(r.brac_mg_per_l) FILTER (WHERE r.brac_mg_per_l < 0.05)::float8 AS zero_mean
  FROM reading r
 WHERE r.tenant_id = %(tenant_id)s AND r.measured_at >= %(since)s AND r.breathalyzer_serial IS NOT NULL
 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 2000

-- name: lag
-- Seconds between a reading at the gateway and its arrival, of the newest day.
SELECT count(*)::int AS readings,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.received_at - r.gateway_time))::float8 AS median_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM r.received_at - r.gateway_time))::float8 AS p95_s
  FROM reading r WHERE r.tenant_id = %(tenant_id)s AND r.received_at >= %(since)s

-- name: outages
SELECT began_at, ended_at FROM outage WHERE began_at >= %(since)s ORDER BY began_at DESC LIMIT 50

-- name: letters_waiting
SELECT count(*)::int AS letters FROM dead_letter WHERE handled_at IS NULL AND tenant_id = %(tenant_id)s

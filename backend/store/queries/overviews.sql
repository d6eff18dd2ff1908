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

-- name: weekly_zeros
-- Of each breathalyzer and week the values that should be nothing, and its calibration as it told last.
SELECT r.breathalyzer_model AS model, r.breathalyzer_serial AS serial,
       date_trunc('week', r.measured_at AT TIME ZONE 'UTC')::date AS week, count(*)::int AS n,
       avg(r.brac_mg_per_l)::float8 AS mean,
       (array_agg(r.calibration_state ORDER BY r.measured_at DESC))[1] AS calibration
  FROM reading r
 WHERE r.tenant_id = %(tenant_id)s AND r.measured_at >= %(since)s AND r.breathalyzer_serial IS NOT NULL
   AND r.brac_mg_per_l < 0.05
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3

-- name: devices
SELECT DISTINCT r.breathalyzer_model AS model, r.breathalyzer_serial AS serial FROM reading r
 WHERE r.tenant_id = %(tenant_id)s AND r.measured_at >= %(since)s

-- name: readings_with
-- Readings taken with these breathalyzers: when, by whom and with what. No value and no result.
SELECT r.client_id, c.alias, u.name AS unit, r.measured_at, r.received_at, r.breathalyzer_model AS model,
       r.breathalyzer_serial AS serial, r.calibration_state AS calibration, r.device_id, r.boot_id, r.sequence, r.run_id,
       r.body
  FROM reading r JOIN client c USING (client_id) JOIN unit u ON u.unit_id = c.unit_id
  JOIN unnest(%(models)s::text[], %(serials)s::text[]) AS w (model, serial)
    ON w.model = r.breathalyzer_model AND w.serial = coalesce(r.breathalyzer_serial, '')
 WHERE r.tenant_id = %(tenant_id)s AND r.measured_at >= %(since)s
 ORDER BY r.measured_at DESC, r.device_id, r.sequence LIMIT %(limit)s

-- name: paired
SELECT p.client_id, p.serial, c.alias, u.name AS unit
  FROM breathalyzer_pairing p JOIN client c USING (client_id) JOIN unit u ON u.unit_id = c.unit_id
 WHERE p.tenant_id = %(tenant_id)s AND p.ended_at IS NULL

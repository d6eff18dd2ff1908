-- name: rows
-- One row per visible client with everything its line in the list needs. The strip ends today, or where an imported
-- study ends; its days come as three arrays.
WITH visible AS (
    SELECT c.*, (CASE WHEN c.study IS NULL THEN %(now)s ELSE c.observed_to END AT TIME ZONE c.timezone)::date AS last_day
      FROM unnest(%(client_ids)s::uuid[]) AS v (client_id) JOIN client c USING (client_id)
)
SELECT v.client_id, v.alias, CASE WHEN NOT v.protected_identity THEN v.display_name END AS display_name, v.timezone, v.last_day, v.started_on, v.last_data_at,
       v.study IS NOT NULL AS is_study, v.created_at,
       strip.days, strip.states, strip.planned, strip.taken, strip.peaks,
       review.reviewed_at, review.reviewed_by,
       owner.display_name AS owner,
       device.battery_level, device.last_error, device.sent_at AS status_at, device.calibration_state,
       next.at AS next_at, next.by AS next_by, next.is_visit AS next_is_visit, cover.absent AS stands_in_for,
       EXISTS (SELECT FROM assignment m WHERE m.client_id = v.client_id AND m.account_id = %(account_id)s
                  AND m.because = 'assigned' AND m.from_at <= %(now)s AND (m.to_at IS NULL OR m.to_at > %(now)s)) AS is_own,
       unsettled.state AS unsettled_state, unsettled.measured_at AS unsettled_at,
       unsettled.brac AS unsettled_brac
  FROM visible v
  -- client by client: a join of all at once reads everybody's days as soon as the planner thinks that the shorter way
  CROSS JOIN LATERAL (
      SELECT array_agg(d.day) AS days, array_agg(d.state) AS states, array_agg(d.planned) AS planned,
             array_agg(d.taken) AS taken, array_agg(d.peak_brac_mg_per_l) AS peaks
        FROM client_day d WHERE d.client_id = v.client_id AND d.day > v.last_day - 28 AND d.day <= v.last_day) strip
  LEFT JOIN LATERAL (
      SELECT r.reviewed_at, a.display_name AS reviewed_by FROM review r JOIN account a USING (account_id)
       WHERE r.client_id = v.client_id ORDER BY r.reviewed_at DESC LIMIT 1) review ON true
  LEFT JOIN LATERAL (
      SELECT a.display_name FROM assignment s JOIN account a USING (account_id)
       WHERE s.client_id = v.client_id AND a.role = 'clinician' AND s.because = 'assigned' AND s.from_at <= %(now)s
         AND (s.to_at IS NULL OR s.to_at > %(now)s)
       ORDER BY s.from_at LIMIT 1) owner ON true
  LEFT JOIN LATERAL (
      SELECT n.at, n.by, n.is_visit FROM (
          (SELECT m.at, a.display_name AS by, false AS is_visit
             FROM next_contact m LEFT JOIN account a USING (account_id)
            WHERE m.client_id = v.client_id ORDER BY m.next_id DESC LIMIT 1)
          UNION ALL
          (SELECT w.opens_at, NULL, true FROM test_window w
            WHERE w.client_id = v.client_id AND w.attendance = 'pending' AND w.kind = 'visit' AND w.closes_at > %(now)s
            ORDER BY w.opens_at LIMIT 1)) n
       WHERE n.at IS NOT NULL ORDER BY n.at LIMIT 1) next ON true
  LEFT JOIN LATERAL (
      SELECT a.display_name AS absent
        FROM assignment s JOIN leave_cover l USING (cover_id) JOIN account a ON a.account_id = l.absent_id
       WHERE s.client_id = v.client_id AND s.account_id = %(account_id)s AND s.from_at <= %(now)s AND s.to_at > %(now)s
       LIMIT 1) cover ON true
  LEFT JOIN LATERAL (
      SELECT coalesce(r.battery_level, (g.status -> 'battery' ->> 'level')::smallint) AS battery_level,
             CASE WHEN (g.status -> 'last_error' ->> 'at')::timestamptz > %(now)s - interval '24 hours'
                  THEN g.status -> 'last_error' ->> 'code' END AS last_error,
             coalesce(g.status_sent_at, r.measured_at) AS sent_at,
             r.calibration_state
        FROM gateway g
        LEFT JOIN LATERAL (SELECT battery_level, calibration_state, measured_at FROM reading
                            WHERE client_id = v.client_id AND measured_at > %(now)s - interval '7 days'
                            ORDER BY measured_at DESC LIMIT 1) r ON true
       WHERE g.client_id = v.client_id AND g.revoked_at IS NULL ORDER BY g.enrolled_at DESC LIMIT 1) device ON true
  LEFT JOIN LATERAL (
      SELECT t.state, t.measured_at, r.brac_mg_per_l::float8 AS brac
        FROM test_result t JOIN reading r ON r.device_id = t.device_id AND r.boot_id = t.boot_id
         AND r.sequence = t.sequence AND r.measured_at = t.measured_at
       WHERE t.client_id = v.client_id AND t.measured_at > %(now)s - interval '72 hours'
         AND t.state IN ('positive_pending', 'positive_unconfirmed', 'abnormal_confirmation')
       ORDER BY t.measured_at DESC LIMIT 1) unsettled ON true

-- name: newest_risk
SELECT t.client_id, s.*
  FROM unnest(%(client_ids)s::uuid[]) AS t (client_id)
  JOIN LATERAL (
      SELECT decided_at, horizon_hours, probability, low, high, usual, coverage, reasons, model_version
        FROM risk_score WHERE client_id = t.client_id AND horizon_hours = 72 AND decided_at <= %(now)s
       ORDER BY decided_at DESC, computed_at DESC LIMIT 1) s ON true

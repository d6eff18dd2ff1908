-- name: of_client
SELECT p.* FROM client c JOIN alert_policy p USING (unit_id) WHERE c.client_id = %(client_id)s

-- name: of_unit
SELECT * FROM alert_policy WHERE unit_id = %(unit_id)s

-- name: set
INSERT INTO alert_policy (unit_id, tenant_id, timezone, working_hours, half_day_closes, budget_per_week, now_wait_min,
                          same_day_wait_min, closed_days, changed_at, changed_by)
SELECT unit_id, tenant_id, %(timezone)s, %(working_hours)s, %(half_day_closes)s, %(budget_per_week)s, %(now_wait_min)s,
       %(same_day_wait_min)s, %(closed_days)s::date[], %(now)s, %(account_id)s
  FROM unit WHERE unit_id = %(unit_id)s
ON CONFLICT (unit_id) DO UPDATE
   SET timezone = excluded.timezone, working_hours = excluded.working_hours, half_day_closes = excluded.half_day_closes,
       budget_per_week = excluded.budget_per_week, now_wait_min = excluded.now_wait_min,
       same_day_wait_min = excluded.same_day_wait_min, closed_days = excluded.closed_days,
       changed_at = excluded.changed_at, changed_by = excluded.changed_by

-- name: duty_lines
SELECT d.*, a.display_name AS name FROM duty d LEFT JOIN account a USING (account_id)
 WHERE d.unit_id = %(unit_id)s AND d.withdrawn_at IS NULL AND (d.to_at IS NULL OR d.to_at > %(now)s)
 ORDER BY d.duty_id

-- name: add_duty
INSERT INTO duty (tenant_id, unit_id, place, account_id, from_weekday, from_time, to_weekday, to_time, first_day, last_day,
                  from_at, to_at, created_at, created_by)
SELECT tenant_id, unit_id, %(place)s, %(account_id)s, %(from_weekday)s, %(from_time)s, %(to_weekday)s, %(to_time)s,
       %(first_day)s, %(last_day)s, %(from_at)s, %(to_at)s, %(now)s, %(created_by)s
  FROM unit WHERE unit_id = %(unit_id)s
RETURNING duty_id

-- name: withdraw_duty
UPDATE duty SET withdrawn_at = %(now)s, withdrawn_by = %(account_id)s
 WHERE duty_id = %(duty_id)s AND unit_id = %(unit_id)s AND withdrawn_at IS NULL
RETURNING duty_id

-- name: is_due
SELECT EXISTS (SELECT FROM alert WHERE escalate_at <= %(now)s)
    OR EXISTS (SELECT FROM alert WHERE snoozed_until <= %(now)s) AS due

-- name: wake_worker
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW(%(queue)s, %(task)s, 0, NULL, %(queueing_lock)s, '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

-- name: take_due
-- Alerts whose next person is to be told, the longest waiting first. Locked until this transaction ends: a second
-- worker passes over them, and whoever acknowledges one waits a moment.
SELECT a.alert_id, a.tenant_id, a.client_id, a.kind, a.tier, a.raised_at, a.owner_id, a.round, a.escalate_at,
       a.escalate_step, c.unit_id,
       ARRAY(SELECT DISTINCT one FROM alert_step s, unnest(s.accounts) AS one
              WHERE s.alert_id = a.alert_id AND s.round = a.round) AS told
  FROM alert a JOIN client c USING (client_id)
 WHERE a.escalate_at <= %(now)s AND a.state = 'new'
 ORDER BY a.escalate_at, a.alert_id LIMIT %(limit)s
   FOR UPDATE OF a SKIP LOCKED

-- name: people
-- Whoever may be told of a client's alert, in the roles in which they may.
SELECT 'assigned' AS as_what, x.account_id
  FROM assignment s JOIN account x USING (account_id)
 WHERE s.client_id = %(client_id)s AND s.because IN ('assigned', 'cover') AND x.role = 'clinician' AND x.disabled_at IS NULL
   AND s.from_at <= %(now)s AND (s.to_at IS NULL OR s.to_at > %(now)s)
UNION
SELECT x.role, x.account_id FROM account x
 WHERE x.tenant_id = %(tenant_id)s AND x.disabled_at IS NULL
   AND ((x.role = 'manager' AND x.unit_id = %(unit_id)s) OR x.role = 'operator')
UNION
SELECT 'usable', x.account_id FROM account x
 WHERE x.account_id = ANY(%(named)s) AND x.tenant_id = %(tenant_id)s AND x.disabled_at IS NULL
   AND x.role IN ('clinician', 'manager')
 ORDER BY 2

-- name: add_step
INSERT INTO alert_step (alert_id, tenant_id, client_id, round, step, due_at, taken_at, accounts)
VALUES (%(alert_id)s, %(tenant_id)s, %(client_id)s, %(round)s, %(step)s, %(due_at)s, %(now)s, %(accounts)s)
ON CONFLICT (alert_id, round, step) DO NOTHING

-- name: set_next
UPDATE alert SET escalate_at = %(escalate_at)s, escalate_step = %(step)s WHERE alert_id = %(alert_id)s

-- name: let_in
-- Somebody on duty takes part in the client's care for a while, unless they do already.
INSERT INTO assignment (assignment_id, account_id, client_id, from_at, to_at, because)
SELECT %(assignment_id)s, %(account_id)s, %(client_id)s, %(now)s, %(to_at)s, 'duty'
 WHERE NOT EXISTS (SELECT FROM assignment WHERE account_id = %(account_id)s AND client_id = %(client_id)s
                      AND from_at <= %(now)s AND (to_at IS NULL OR to_at >= %(to_at)s))
   AND NOT EXISTS (SELECT FROM care_block b JOIN account x ON x.account_id = %(account_id)s
                    WHERE b.client_id = %(client_id)s AND b.lifted_at IS NULL AND b.unit_id IS DISTINCT FROM x.unit_id)

-- name: take_snoozes
SELECT a.alert_id, a.tenant_id, a.client_id, a.tier, a.state, a.round, a.snoozed_by
  FROM alert a WHERE a.snoozed_until <= %(now)s AND a.state <> 'closed'
 ORDER BY a.snoozed_until, a.alert_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: end_snooze
UPDATE alert SET snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL, snooze_reason = NULL, round = round + 1,
                 updated_at = %(now)s
 WHERE alert_id = %(alert_id)s

-- name: steps_of
SELECT s.alert_id, s.taken_at, s.step,
       ARRAY(SELECT x.display_name FROM account x WHERE x.account_id = ANY(s.accounts) ORDER BY 1) AS names
  FROM alert_step s WHERE s.alert_id = ANY(%(alert_ids)s) ORDER BY s.alert_id, s.taken_at, s.round

-- name: hasten
-- Where everybody told at the same step turned out to be unreachable: the next one is due now.
UPDATE alert a SET escalate_at = %(now)s
  FROM notice n
 WHERE n.notice_id = ANY(%(notice_ids)s) AND n.subject_kind = 'alert' AND a.alert_id = n.subject_id
   AND a.state = 'new' AND a.escalate_at > %(now)s
   AND NOT EXISTS (SELECT FROM notice o WHERE o.subject_kind = 'alert' AND o.subject_id = n.subject_id
                      AND o.step = n.step AND o.state <> 'unreachable')

-- name: plan
-- One person, one thing, one step: planned once, whoever asks and however often.
INSERT INTO notice (notice_id, tenant_id, account_id, client_id, subject_kind, subject_id, step, tier, due_at, look_at,
                    planned_at)
VALUES (%(notice_id)s, %(tenant_id)s, %(account_id)s, %(client_id)s, %(subject_kind)s, %(subject_id)s, %(step)s,
        %(tier)s, %(due_at)s, %(due_at)s, %(now)s)
ON CONFLICT (subject_kind, subject_id, step, account_id) DO NOTHING
RETURNING notice_id

-- name: cancel
-- What nobody has been told yet need not be told any more.
UPDATE notice SET state = 'cancelled', look_at = NULL, settled_at = %(now)s
 WHERE subject_kind = %(subject_kind)s AND subject_id = %(subject_id)s AND state = 'planned'

-- name: wake_worker
-- One waiting job is enough for any number of notices: its queueing lock lets nobody add a second.
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW(%(queue)s, %(task)s, 0, NULL, %(queueing_lock)s, '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1
])

-- name: is_due
-- A notice to look at for which no message is under way, or a message whose time has come.
SELECT EXISTS (SELECT FROM notice n WHERE n.look_at <= %(now)s
                  AND NOT EXISTS (SELECT FROM delivery_notice l JOIN delivery d USING (delivery_id)
                                   WHERE l.notice_id = n.notice_id AND d.next_at IS NOT NULL))
    OR EXISTS (SELECT FROM delivery WHERE next_at <= %(now)s) AS due

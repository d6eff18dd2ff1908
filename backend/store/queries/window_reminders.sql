-- name: plan_due
-- Steps: 0 before the window opens, 1 as it opens, 2 before it closes (where that is not the opening again). Only for
-- clients with a place they have confirmed and want reminders at. Tier 2 (same day): quiet hours are kept.
INSERT INTO notice (notice_id, tenant_id, account_id, client_id, subject_kind, subject_id, step, tier, due_at, look_at,
                    planned_at)
SELECT gen_random_uuid(), w.tenant_id, a.account_id, w.client_id, 'reminder', w.window_id, s.step, 2, s.at, s.at, %(now)s
  FROM test_window w
  JOIN account a ON a.client_id = w.client_id AND a.role = 'client' AND a.disabled_at IS NULL
 CROSS JOIN LATERAL (VALUES (0, w.opens_at - %(ahead)s), (1, w.opens_at), (2, w.closes_at - %(ahead)s)) s (step, at)
 WHERE w.attendance = 'pending' AND w.met_at IS NULL AND w.kind IN ('breath_test', 'check_in')
   AND w.closes_at > %(now)s AND s.at <= %(now)s AND s.at > %(since)s
   AND (s.step < 2 OR s.at > w.opens_at + %(ahead)s)
   AND EXISTS (SELECT FROM contact_point p WHERE p.account_id = a.account_id AND p.active
                  AND p.for_reminders AND p.confirmed_at IS NOT NULL AND p.disabled_at IS NULL)
   AND NOT EXISTS (SELECT FROM pause p WHERE p.client_id = w.client_id AND p.state = 'granted'
                      AND p.from_at <= w.opens_at AND p.to_at > w.opens_at)
   AND NOT EXISTS (SELECT FROM excuse e WHERE e.client_id = w.client_id AND e.kind = w.kind
                      AND e.opens_at = w.opens_at AND e.ordinal = w.ordinal AND e.withdrawn_at IS NULL)
ON CONFLICT (subject_kind, subject_id, step, account_id) DO NOTHING

-- name: cancel_pointless
UPDATE notice n SET state = 'cancelled', look_at = NULL, settled_at = %(now)s
  FROM test_window w
 WHERE n.state = 'planned' AND n.subject_kind = 'reminder' AND w.window_id = n.subject_id
   AND (w.closes_at <= %(now)s OR w.met_at IS NOT NULL OR w.attendance <> 'pending')
   AND NOT EXISTS (SELECT FROM delivery_notice l JOIN delivery d USING (delivery_id)
                    WHERE l.notice_id = n.notice_id AND d.next_at IS NOT NULL)

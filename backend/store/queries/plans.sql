-- name: next_version
-- One more change of what the client is to do.
UPDATE client SET plan_version = plan_version + 1 WHERE client_id = %(client_id)s
RETURNING plan_version, tenant_id, timezone

-- name: later_plan
SELECT EXISTS (SELECT FROM plan WHERE client_id = %(client_id)s AND valid_from >= %(valid_from)s) AS there_is

-- name: end_plans
UPDATE plan SET valid_to = %(valid_from)s
 WHERE client_id = %(client_id)s AND valid_from < %(valid_from)s AND (valid_to IS NULL OR valid_to > %(valid_from)s)

-- name: drop_undecided_windows
-- Recurring windows from then on that nobody has decided on, or that have not opened yet.
DELETE FROM test_window
 WHERE client_id = %(client_id)s AND opens_at >= %(valid_from)s AND plan_id IS NOT NULL AND planned_test_id IS NULL
   AND (attendance = 'pending' OR opens_at > %(now)s)

-- name: cancel_random
UPDATE planned_test SET cancelled_at = %(now)s
 WHERE client_id = %(client_id)s AND kind = 'random' AND opens_at >= %(valid_from)s AND announced_at IS NULL
   AND cancelled_at IS NULL

-- name: lay_out_from
UPDATE client SET laid_out_to = least(laid_out_to, %(valid_from)s::timestamptz) WHERE client_id = %(client_id)s

-- name: add_plan
INSERT INTO plan (plan_id, client_id, valid_from, timezone, windows, random, rules, seed, version, created_by, reason,
                  created_at, agreed_at, agreed_by)
VALUES (%(plan_id)s, %(client_id)s, %(valid_from)s, %(timezone)s, %(windows)s, %(random)s, %(rules)s, %(seed)s,
        %(version)s, %(created_by)s, %(reason)s, %(now)s, %(agreed_at)s, %(agreed_by)s)

-- name: agree
UPDATE plan SET agreed_at = %(now)s, agreed_by = %(account_id)s
 WHERE plan_id = %(plan_id)s AND client_id = %(client_id)s AND agreed_at IS NULL
RETURNING plan_id

-- name: plan_client
SELECT client_id FROM plan WHERE plan_id = %(plan_id)s
UNION ALL SELECT client_id FROM plan_draft WHERE plan_id = %(plan_id)s
LIMIT 1

-- name: history
SELECT p.plan_id, p.version, p.timezone, p.valid_from, p.valid_to, p.windows, p.random, p.rules, p.reason, p.created_at,
       a.display_name AS created_by, p.agreed_at, shown_name(b.account_id) AS agreed_by
  FROM plan p LEFT JOIN account a ON a.account_id = p.created_by LEFT JOIN account b ON b.account_id = p.agreed_by
 WHERE p.client_id = %(client_id)s ORDER BY p.valid_from

-- name: plan_at
SELECT plan_id, version, timezone, valid_from, valid_to, windows, random, rules, seed
  FROM plan WHERE client_id = %(client_id)s AND valid_from <= %(at)s
 ORDER BY valid_from DESC LIMIT 1

-- name: plans_between
SELECT plan_id, version, timezone, valid_from, valid_to, windows, random, rules, seed
  FROM plan
 WHERE client_id = %(client_id)s AND valid_from < %(until)s AND (valid_to IS NULL OR valid_to > %(since)s)
 ORDER BY valid_from

-- name: add_draft
INSERT INTO plan_draft (plan_id, tenant_id, client_id, valid_from, timezone, windows, random, rules, proposed_by, reason,
                        proposed_at)
VALUES (%(plan_id)s, %(tenant_id)s, %(client_id)s, %(valid_from)s, %(timezone)s, %(windows)s, %(random)s, %(rules)s,
        %(proposed_by)s, %(reason)s, %(now)s)

-- name: drafts
SELECT d.plan_id, d.valid_from, d.timezone, d.windows, d.random, d.rules, d.reason, d.proposed_at,
       a.display_name AS proposed_by
  FROM plan_draft d LEFT JOIN account a ON a.account_id = d.proposed_by
 WHERE d.client_id = %(client_id)s AND d.closed_at IS NULL ORDER BY d.proposed_at

-- name: close_draft
UPDATE plan_draft SET closed_at = %(now)s, closed_as = %(closed_as)s, closed_by = %(closed_by)s
 WHERE plan_id = %(plan_id)s AND client_id = %(client_id)s AND closed_at IS NULL
RETURNING plan_id, valid_from, timezone, windows, random, rules, proposed_by, reason

-- name: gateway
SELECT c.client_id, c.timezone, c.plan_version
  FROM gateway g JOIN client c USING (client_id) WHERE g.device_id = %(device_id)s AND g.revoked_at IS NULL

-- name: client_zone
SELECT timezone FROM client WHERE client_id = %(client_id)s

-- name: gateway_versions
-- Gateways in use of these clients, and these gateways.
SELECT g.device_id, g.tenant_id, g.client_id, c.plan_version
  FROM gateway g JOIN client c USING (client_id)
 WHERE g.revoked_at IS NULL
   AND (g.client_id = ANY(%(client_ids)s::uuid[]) OR g.device_id = ANY(%(device_ids)s::text[]))
 ORDER BY g.device_id

-- name: outgrow
UPDATE client SET plan_version = %(version)s + 1 WHERE client_id = %(client_id)s AND plan_version <= %(version)s

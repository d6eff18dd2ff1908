-- name: set_block
INSERT INTO care_block (block_id, tenant_id, client_id, unit_id, set_at, set_by, words)
SELECT %(block_id)s, tenant_id, client_id, unit_id, %(now)s, %(set_by)s, %(words)s FROM client
 WHERE client_id = %(client_id)s
ON CONFLICT (client_id) WHERE lifted_at IS NULL DO NOTHING
RETURNING unit_id

-- name: end_relations_of_others
-- Who works in another unit takes part no more.
UPDATE assignment SET to_at = greatest(from_at, %(now)s)
 WHERE client_id = %(client_id)s AND unit_id IS DISTINCT FROM %(unit_id)s AND (to_at IS NULL OR to_at > %(now)s)

-- name: lift_block
UPDATE care_block SET lifted_at = %(now)s, lifted_by = %(lifted_by)s, lift_words = %(words)s
 WHERE client_id = %(client_id)s AND lifted_at IS NULL RETURNING block_id

-- name: blocks
SELECT b.block_id, u.name AS unit, b.set_at, (s.client_id IS NOT NULL) AS set_by_client, b.words, b.lifted_at, b.lift_words
  FROM care_block b JOIN unit u USING (unit_id) JOIN account s ON s.account_id = b.set_by
 WHERE b.client_id = %(client_id)s ORDER BY b.set_at DESC

-- name: block_of
SELECT unit_id FROM care_block WHERE client_id = %(client_id)s AND lifted_at IS NULL

-- name: unit_of_client
SELECT unit_id FROM client WHERE client_id = %(client_id)s

-- name: unit_of_account
SELECT unit_id FROM account WHERE account_id = %(account_id)s

-- name: set_protected
UPDATE client SET protected_identity = %(is_on)s WHERE client_id = %(client_id)s AND protected_identity <> %(is_on)s
RETURNING client_id

-- name: is_protected
SELECT protected_identity AS is_on FROM client WHERE client_id = %(client_id)s

-- name: name_is_open
-- A protected name stands only for whoever has a care relation of the client's own unit in force; no emergency opens it.
SELECT NOT c.protected_identity OR EXISTS (
           SELECT FROM assignment a JOIN account p USING (account_id)
            WHERE a.account_id = %(account_id)s AND a.client_id = c.client_id AND a.from_at <= %(now)s
              AND (a.to_at IS NULL OR a.to_at > %(now)s) AND p.unit_id = c.unit_id) AS is_open
  FROM client c WHERE c.client_id = %(client_id)s

-- name: client_with_alias
-- By its whole alias only; people of a study need nobody in an emergency.
SELECT c.client_id, c.unit_id, EXISTS (SELECT FROM care_block b WHERE b.client_id = c.client_id AND b.lifted_at IS NULL
                                          AND b.unit_id IS DISTINCT FROM %(unit_id)s) AS past_block
  FROM client c WHERE c.tenant_id = %(tenant_id)s AND c.alias = %(alias)s AND c.study IS NULL

-- name: open
INSERT INTO emergency_access (emergency_id, tenant_id, client_id, unit_id, account_id, reason, words, past_block, from_at,
                              ends_at)
VALUES (%(emergency_id)s, %(tenant_id)s, %(client_id)s, %(unit_id)s, %(account_id)s, %(reason)s, %(words)s,
        %(past_block)s, %(now)s, %(ends_at)s)

-- name: in_force
SELECT emergency_id, client_id, ends_at FROM emergency_access
 WHERE account_id = %(account_id)s AND client_id = %(client_id)s AND from_at <= %(now)s AND ends_at > %(now)s
 ORDER BY ends_at DESC LIMIT 1

-- name: end
UPDATE emergency_access SET ends_at = %(now)s
 WHERE account_id = %(account_id)s AND client_id = %(client_id)s AND ends_at > %(now)s

-- name: managers
SELECT account_id FROM account WHERE unit_id = %(unit_id)s AND role = 'manager' AND disabled_at IS NULL

-- name: of_unit
-- What was done meanwhile is counted from the log, by the emergency it bears.
SELECT e.emergency_id, e.client_id, c.alias, a.display_name AS by, u.name AS by_unit, e.reason, e.words, e.past_block, e.from_at,
       e.ends_at, e.reviewed_at, r.display_name AS reviewed_by, e.outcome, e.review_words,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(l.action, l.times) ORDER BY l.times DESC, l.action), '[]')
          FROM (SELECT action, count(*) AS times FROM access_log
                 WHERE client_id = e.client_id AND emergency_id = e.emergency_id GROUP BY action) l) AS actions
  FROM emergency_access e JOIN client c USING (client_id) JOIN account a ON a.account_id = e.account_id
  LEFT JOIN unit u ON u.unit_id = a.unit_id LEFT JOIN account r ON r.account_id = e.reviewed_by
 WHERE e.unit_id = %(unit_id)s AND (e.reviewed_at IS NULL OR e.reviewed_at > %(since)s)
 ORDER BY e.reviewed_at IS NOT NULL, e.from_at

-- name: opened_by
SELECT account_id, client_id FROM emergency_access WHERE emergency_id = %(emergency_id)s AND unit_id = %(unit_id)s

-- name: overdue
SELECT emergency_id, tenant_id, unit_id, from_at FROM emergency_access
 WHERE reviewed_at IS NULL AND from_at <= %(before)s ORDER BY from_at

-- name: review
UPDATE emergency_access SET reviewed_at = %(now)s, reviewed_by = %(reviewed_by)s, outcome = %(outcome)s,
                            review_words = %(words)s
 WHERE emergency_id = %(emergency_id)s AND unit_id = %(unit_id)s AND account_id <> %(reviewed_by)s
   AND reviewed_at IS NULL
RETURNING client_id

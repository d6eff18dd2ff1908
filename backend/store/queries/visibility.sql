-- name: assigned
-- A relation of the unit one works in, in force, unless the client keeps that unit out; or an emergency that is in force.
SELECT c.client_id
  FROM assignment a JOIN client c USING (client_id) JOIN account p USING (account_id)
 WHERE a.account_id = %(account_id)s AND c.tenant_id = %(tenant_id)s
   AND a.from_at <= %(now)s AND (a.to_at IS NULL OR a.to_at > %(now)s)
   AND a.unit_id IS NOT DISTINCT FROM p.unit_id
   AND (%(client_id)s::uuid IS NULL OR c.client_id = %(client_id)s)
   AND NOT EXISTS (SELECT FROM care_block b WHERE b.client_id = c.client_id AND b.lifted_at IS NULL
                      AND b.unit_id IS DISTINCT FROM p.unit_id)
UNION
SELECT e.client_id FROM emergency_access e
 WHERE e.account_id = %(account_id)s AND e.tenant_id = %(tenant_id)s AND e.from_at <= %(now)s AND e.ends_at > %(now)s
   AND (%(client_id)s::uuid IS NULL OR e.client_id = %(client_id)s)

-- name: prove
-- For row-level security: what was proved in this transaction so far, and these.
SELECT set_config('nykter.clients', concat_ws(',', nullif(current_setting('nykter.clients', true), ''), %(clients)s::text), true)

-- name: of_unit
SELECT client_id FROM client WHERE unit_id = %(unit_id)s

-- name: of_tenant
SELECT client_id FROM client WHERE tenant_id = %(tenant_id)s

-- name: of_research_tenant
SELECT c.client_id FROM client c JOIN tenant t USING (tenant_id)
 WHERE t.tenant_id = %(tenant_id)s AND t.kind = 'research'
   AND (%(client_id)s::uuid IS NULL OR c.client_id = %(client_id)s)

-- name: existing
SELECT client_id FROM client WHERE client_id = %(client_id)s

-- name: assigned
SELECT DISTINCT c.client_id
  FROM assignment a JOIN client c USING (client_id)
 WHERE a.account_id = %(account_id)s AND c.tenant_id = %(tenant_id)s
   AND a.from_at <= %(now)s AND (a.to_at IS NULL OR a.to_at > %(now)s)
   AND (%(client_id)s::uuid IS NULL OR c.client_id = %(client_id)s)

-- name: of_research_tenant
SELECT c.client_id FROM client c JOIN tenant t USING (tenant_id)
 WHERE t.tenant_id = %(tenant_id)s AND t.kind = 'research'
   AND (%(client_id)s::uuid IS NULL OR c.client_id = %(client_id)s)

-- name: existing
SELECT client_id FROM client WHERE client_id = %(client_id)s

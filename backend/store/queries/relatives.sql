-- name: invite
INSERT INTO relative (relative_id, tenant_id, client_id, called, client_shown_as, invited_at, invited_by,
                      invitation_sha256, invitation_ends_at)
VALUES (%(relative_id)s, %(tenant_id)s, %(client_id)s, %(called)s, %(client_shown_as)s, %(now)s, %(invited_by)s,
        %(invitation_sha256)s, %(ends_at)s)

-- name: tenant_of_invitation
SELECT tenant_of_relative_invitation(%(invitation_sha256)s) AS tenant_id

-- name: usable_invitation
SELECT relative_id, tenant_id, client_id, called, client_shown_as, invitation_ends_at FROM relative
 WHERE invitation_sha256 = %(invitation_sha256)s AND account_id IS NULL AND ended_at IS NULL
   AND invitation_ends_at > %(now)s

-- name: accept
UPDATE relative SET account_id = %(account_id)s, accepted_at = %(now)s
 WHERE relative_id = %(relative_id)s AND account_id IS NULL AND ended_at IS NULL AND invitation_ends_at > %(now)s
RETURNING relative_id

-- name: of_client
SELECT relative_id, called, client_shown_as, invited_at, invitation_ends_at, accepted_at, ended_at
  FROM relative WHERE client_id = %(client_id)s ORDER BY invited_at, relative_id

-- name: sharing_of_client
SELECT relative_id, scope, given_at, ends_at, revoked_at
  FROM sharing WHERE client_id = %(client_id)s ORDER BY given_at, scope

-- name: lock
SELECT relative_id, tenant_id, ended_at FROM relative
 WHERE relative_id = %(relative_id)s AND client_id = %(client_id)s FOR UPDATE

-- name: give
INSERT INTO sharing (sharing_id, tenant_id, client_id, relative_id, scope, given_at, given_by, ends_at)
VALUES (%(sharing_id)s, %(tenant_id)s, %(client_id)s, %(relative_id)s, %(scope)s, %(now)s, %(given_by)s, %(ends_at)s)

-- name: take_back
UPDATE sharing SET revoked_at = %(now)s, revoked_by = %(revoked_by)s
 WHERE relative_id = %(relative_id)s AND client_id = %(client_id)s AND revoked_at IS NULL
   AND (%(scope)s::text IS NULL OR scope = %(scope)s)
RETURNING sharing_id

-- name: end
UPDATE relative SET ended_at = %(now)s, ended_by = %(ended_by)s
 WHERE relative_id = %(relative_id)s AND client_id = %(client_id)s AND ended_at IS NULL
RETURNING relative_id

-- name: shared_with
-- A row per client and thing shared at this moment; a client who shares nothing now has one row without a thing.
SELECT r.client_id, r.client_shown_as, c.timezone, s.scope, s.given_at, s.ends_at
  FROM relative r JOIN client c USING (client_id)
  LEFT JOIN sharing s ON s.relative_id = r.relative_id AND s.revoked_at IS NULL AND s.given_at <= %(now)s
                     AND (s.ends_at IS NULL OR s.ends_at > %(now)s)
 WHERE r.account_id = %(account_id)s AND r.tenant_id = %(tenant_id)s AND r.ended_at IS NULL
   AND (%(client_id)s::uuid IS NULL OR r.client_id = %(client_id)s)
 ORDER BY r.client_shown_as, r.client_id, s.scope

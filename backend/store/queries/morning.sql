-- name: looked_at
SELECT looked_at FROM triage_look WHERE account_id = %(account_id)s

-- name: look
INSERT INTO triage_look (account_id, tenant_id, looked_at) VALUES (%(account_id)s, %(tenant_id)s, %(now)s)
ON CONFLICT (account_id) DO UPDATE SET looked_at = excluded.looked_at

-- name: news
-- What happened to the clients one sees since one last said that one had gone through it; not what one did oneself.
WITH seen AS (SELECT client_id, alias FROM unnest(%(client_ids)s::uuid[]) AS v (client_id) JOIN client USING (client_id))
SELECT 'opened' AS kind, s.client_id, s.alias, max(a.opened_at) AS at, NULL AS by
  FROM seen s JOIN alert a USING (client_id)
 WHERE a.opened_at > %(since)s AND a.opened_at <= %(now)s AND a.state <> 'closed' GROUP BY 2, 3
UNION ALL
SELECT 'closed', s.client_id, s.alias, max(h.changed_at), max(x.display_name)
  FROM seen s JOIN alert a USING (client_id) JOIN alert_change h USING (alert_id) LEFT JOIN account x USING (account_id)
 WHERE h.new = 'closed' AND h.changed_at > %(since)s AND h.changed_at <= %(now)s
   AND h.account_id IS DISTINCT FROM %(account_id)s GROUP BY 2, 3
UNION ALL
SELECT 'taken', s.client_id, s.alias, max(h.changed_at), max(x.display_name)
  FROM seen s JOIN alert a USING (client_id) JOIN alert_change h USING (alert_id) JOIN account x USING (account_id)
 WHERE h.new = 'acting' AND a.state = 'acting' AND h.changed_at > %(since)s AND h.changed_at <= %(now)s
   AND h.account_id <> %(account_id)s GROUP BY 2, 3
UNION ALL
SELECT 'contact', s.client_id, s.alias, max(k.created_at), max(x.display_name)
  FROM seen s JOIN contact k USING (client_id) JOIN account x USING (account_id)
 WHERE k.created_at > %(since)s AND k.created_at <= %(now)s AND k.account_id <> %(account_id)s GROUP BY 2, 3
UNION ALL
SELECT 'mended', s.client_id, s.alias, max(h.changed_at), NULL
  FROM seen s JOIN test_window w USING (client_id) JOIN test_window_change h USING (window_id)
 WHERE w.opens_at > %(since)s - interval '14 days' AND h.changed_at > %(since)s AND h.changed_at <= %(now)s
   AND h.old = 'missed' AND h.new <> 'missed' GROUP BY 2, 3
UNION ALL
SELECT 'joined', s.client_id, s.alias, max(g.from_at), NULL
  FROM seen s JOIN assignment g USING (client_id)
 WHERE g.account_id = %(account_id)s AND g.from_at > %(since)s AND g.from_at <= %(now)s GROUP BY 2, 3
 ORDER BY 1, 4 DESC, 3

-- name: views
SELECT view_id, name, filters FROM saved_view WHERE account_id = %(account_id)s ORDER BY name

-- name: save_view
INSERT INTO saved_view (view_id, tenant_id, account_id, name, filters, created_at)
VALUES (%(view_id)s, %(tenant_id)s, %(account_id)s, %(name)s, %(filters)s, %(now)s)
ON CONFLICT (account_id, name) DO UPDATE SET filters = excluded.filters, created_at = excluded.created_at

-- name: drop_view
DELETE FROM saved_view WHERE view_id = %(view_id)s AND account_id = %(account_id)s

-- name: add
INSERT INTO message (message_id, tenant_id, client_id, account_id, from_client, body, sent_at, corrects, reply_due_at,
                     once_key)
VALUES (%(message_id)s, %(tenant_id)s, %(client_id)s, %(account_id)s, %(from_client)s, %(body)s, %(now)s, %(corrects)s,
        %(reply_due_at)s, %(once_key)s)
ON CONFLICT (account_id, once_key) DO NOTHING
RETURNING message_id

-- name: by_once_key
SELECT message_id, client_id FROM message WHERE account_id = %(account_id)s AND once_key = %(once_key)s

-- name: one
SELECT message_id, account_id, EXISTS (SELECT FROM message n WHERE n.corrects = m.message_id) AS corrected
  FROM message m WHERE m.client_id = %(client_id)s AND m.message_id = %(message_id)s

-- name: thread
SELECT * FROM (
    SELECT m.message_id, m.account_id, m.from_client, m.body, m.sent_at, m.corrects, m.reply_due_at,
           shown_name(a.account_id) AS by,
           EXISTS (SELECT FROM message n WHERE n.corrects = m.message_id) AS corrected,
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', shown_name(b.account_id), 'at', r.read_at,
                                                         'mine', r.account_id = %(account_id)s)
                                      ORDER BY r.read_at)
                       FROM message_read r JOIN account b USING (account_id) WHERE r.message_id = m.message_id),
                    '[]') AS readers
      FROM message m JOIN account a USING (account_id)
     WHERE m.client_id = %(client_id)s ORDER BY m.sent_at DESC, m.message_id LIMIT %(limit)s
) AS newest ORDER BY sent_at, message_id

-- name: mark_read
-- What the other side wrote and this account has not marked yet.
INSERT INTO message_read (message_id, account_id, tenant_id, client_id, read_at)
SELECT m.message_id, %(account_id)s, m.tenant_id, m.client_id, %(now)s
  FROM message m
 WHERE m.client_id = %(client_id)s AND m.from_client <> %(is_client)s AND m.sent_at <= %(up_to)s
ON CONFLICT DO NOTHING
RETURNING message_id

-- name: unread
-- Messages of the other side that nobody on this side has read: a colleague's reading counts for all staff.
SELECT m.client_id, count(*)::int AS unread, min(m.sent_at) AS since
  FROM message m
 WHERE m.client_id = ANY(%(client_ids)s) AND m.from_client <> %(is_client)s
   AND NOT EXISTS (SELECT FROM message_read r JOIN account a USING (account_id)
                    WHERE r.message_id = m.message_id AND (a.role = 'client') = %(is_client)s)
 GROUP BY m.client_id

-- name: waiting
-- Threads whose newest words are the client's, with the promised time of an answer.
SELECT n.client_id, c.alias, CASE WHEN NOT c.protected_identity THEN c.display_name END AS display_name, c.timezone, w.since, w.reply_due_at, w.messages::int
  FROM unnest(%(client_ids)s::uuid[]) AS n (client_id)
  JOIN client c USING (client_id)
  CROSS JOIN LATERAL (
      SELECT min(m.sent_at) AS since, min(m.reply_due_at) AS reply_due_at, count(*) AS messages
        FROM message m
       WHERE m.client_id = n.client_id AND m.from_client
         AND m.sent_at > coalesce((SELECT max(s.sent_at) FROM message s
                                    WHERE s.client_id = n.client_id AND NOT s.from_client), '-infinity')) w
 WHERE w.messages > 0
 ORDER BY w.reply_due_at NULLS LAST, w.since

-- name: staff_of
SELECT DISTINCT a.account_id
  FROM assignment s JOIN account a USING (account_id)
 WHERE s.client_id = %(client_id)s AND s.from_at <= %(now)s AND (s.to_at IS NULL OR s.to_at > %(now)s)
   AND a.disabled_at IS NULL AND a.role = 'clinician'

-- name: logins_of_client
SELECT account_id FROM account WHERE client_id = %(client_id)s AND disabled_at IS NULL

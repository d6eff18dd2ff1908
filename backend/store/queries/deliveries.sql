-- name: accounts_to_tell
-- Whose notices are to be looked at; what a message is under way for already is not looked at meanwhile.
SELECT n.account_id, min(n.tier) AS tier FROM notice n
 WHERE n.look_at <= %(now)s
   AND NOT EXISTS (SELECT FROM delivery_notice l JOIN delivery d USING (delivery_id)
                    WHERE l.notice_id = n.notice_id AND d.next_at IS NOT NULL)
 GROUP BY n.account_id ORDER BY tier, min(n.look_at) LIMIT %(limit)s

-- name: lock_account
-- One worker at a time decides about an account, so that several notices make one message.
SELECT tenant_id, unit_id, language, disabled_at IS NOT NULL AS is_disabled
  FROM account
 WHERE account_id = %(account_id)s AND pg_try_advisory_xact_lock(%(lock)s, hashtext(%(account_id)s::text))

-- name: notices_to_tell
SELECT n.notice_id, n.client_id, n.subject_kind, n.tier,
       coalesce(array_agg(l.place) FILTER (WHERE l.place IS NOT NULL), '{}') AS places
  FROM notice n LEFT JOIN delivery_notice l USING (notice_id)
 WHERE n.account_id = %(account_id)s AND n.look_at <= %(now)s
   AND NOT EXISTS (SELECT FROM delivery_notice m JOIN delivery d USING (delivery_id)
                    WHERE m.notice_id = n.notice_id AND d.next_at IS NOT NULL)
 GROUP BY n.notice_id ORDER BY n.tier, n.due_at

-- name: last_message_at
-- The newest message outside the pages that the person has, or may still get.
SELECT max(created_at) AS at FROM delivery
 WHERE account_id = %(account_id)s AND purpose = 'notices' AND channel <> 'page'
   AND state IN ('sending', 'sent', 'failed')

-- name: add
INSERT INTO delivery (delivery_id, tenant_id, account_id, contact_point_id, channel, purpose, tier, state, created_at,
                      next_at, finished_at)
VALUES (%(delivery_id)s, %(tenant_id)s, %(account_id)s, %(contact_point_id)s, %(channel)s, %(purpose)s, %(tier)s,
        %(state)s, %(now)s, CASE WHEN %(state)s = 'sending' THEN %(now)s::timestamptz END,
        CASE WHEN %(state)s = 'sent' THEN %(now)s::timestamptz END)

-- name: link
INSERT INTO delivery_notice (notice_id, place, delivery_id, tenant_id)
SELECT notice_id, %(place)s, %(delivery_id)s, %(tenant_id)s FROM unnest(%(notice_ids)s::uuid[]) AS notice_id

-- name: look_later
UPDATE notice SET look_at = %(at)s WHERE notice_id = ANY(%(notice_ids)s) AND state = 'planned'

-- name: settle_notices
UPDATE notice SET state = %(state)s, look_at = NULL, settled_at = %(now)s
 WHERE notice_id = ANY(%(notice_ids)s) AND state = 'planned'

-- name: claim
-- Messages whose time has come and that no living worker holds: a killed worker's lock is gone with its connection.
-- The lock is tried one by one, which is why the list is materialised first. Written before anything is sent.
WITH due AS MATERIALIZED (
    SELECT delivery_id FROM delivery WHERE next_at <= %(now)s ORDER BY tier, next_at LIMIT 200
), mine AS MATERIALIZED (
    SELECT delivery_id FROM due
     WHERE pg_try_advisory_xact_lock(%(lock)s, hashtext(delivery_id::text)) LIMIT %(limit)s
)
UPDATE delivery d SET state = 'sending', attempts = d.attempts + 1, next_at = %(again_at)s
  FROM mine WHERE d.delivery_id = mine.delivery_id AND d.next_at <= %(now)s
RETURNING d.delivery_id, d.attempts

-- name: hold
-- The message as it is to be sent, for as long as this transaction lasts; no row when somebody else has it.
SELECT d.delivery_id, d.tenant_id, d.account_id, d.contact_point_id, d.channel, d.purpose, d.tier, d.attempts,
       p.address, (p.active AND p.disabled_at IS NULL) AS is_usable, a.language,
       a.disabled_at IS NOT NULL AS is_disabled
  FROM delivery d JOIN account a USING (account_id) LEFT JOIN contact_point p USING (contact_point_id)
 WHERE d.delivery_id = %(delivery_id)s AND d.state = 'sending' AND d.attempts = %(attempts)s

-- name: wait_for_hold
-- Somebody who looks for work may have it for a moment.
SELECT pg_advisory_xact_lock(%(lock)s, hashtext(%(delivery_id)s::text))

-- name: wait_shortly
SET LOCAL lock_timeout = '3s'

-- name: wait_as_usual
SET LOCAL lock_timeout = 0

-- name: limit_hold
-- A machine that vanished without a word leaves its connection open; the server ends it.
SET LOCAL idle_in_transaction_session_timeout = '120s'

-- name: notices_of
SELECT n.notice_id, n.client_id, n.subject_kind, n.subject_id, n.tier, n.state
  FROM delivery_notice l JOIN notice n USING (notice_id)
 WHERE l.delivery_id = %(delivery_id)s ORDER BY n.tier, n.due_at

-- name: sent
UPDATE delivery SET state = 'sent', next_at = NULL, finished_at = %(now)s, error = NULL
 WHERE delivery_id = %(delivery_id)s

-- name: failed
UPDATE delivery SET state = 'failed', next_at = %(next_at)s, error = %(error)s WHERE delivery_id = %(delivery_id)s

-- name: ended
UPDATE delivery SET state = %(state)s, next_at = NULL, finished_at = %(now)s, error = coalesce(%(error)s, error)
 WHERE delivery_id = %(delivery_id)s

-- name: to_page_of
-- Where a message's link leads its own reader.
SELECT count(*) AS n, (array_agg(n.notice_id))[1] AS notice_id, (array_agg(n.client_id))[1] AS client_id,
       (array_agg(n.subject_kind))[1] AS subject_kind
  FROM delivery d JOIN delivery_notice l USING (delivery_id) JOIN notice n USING (notice_id)
 WHERE d.delivery_id = %(delivery_id)s AND d.account_id = %(account_id)s

-- name: opened
UPDATE notice n SET opened_at = %(now)s
  FROM delivery_notice l
 WHERE l.delivery_id = %(delivery_id)s AND n.notice_id = l.notice_id AND n.account_id = %(account_id)s
   AND n.opened_at IS NULL

-- name: own_notices
SELECT notice_id, client_id, subject_kind, subject_id, tier, due_at, opened_at
  FROM notice
 WHERE account_id = %(account_id)s
   AND (state IN ('told', 'unreachable') OR (state = 'planned' AND due_at <= %(now)s))
 ORDER BY due_at DESC LIMIT %(limit)s

-- name: open_one
UPDATE notice SET opened_at = coalesce(opened_at, %(now)s)
 WHERE notice_id = %(notice_id)s AND account_id = %(account_id)s
RETURNING notice_id

-- name: health
-- Per channel since an instant, without a word about anybody.
SELECT channel, count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'failed') AS failed,
       count(*) FILTER (WHERE state = 'given_up') AS given_up, count(*) FILTER (WHERE state = 'sending') AS sending,
       (array_agg(error ORDER BY coalesce(finished_at, next_at) DESC) FILTER (WHERE error IS NOT NULL))[1] AS last_error
  FROM delivery WHERE created_at >= %(since)s AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)
 GROUP BY channel ORDER BY channel

-- name: unreachable
SELECT DISTINCT account_id FROM notice
 WHERE state = 'unreachable' AND opened_at IS NULL AND settled_at >= %(since)s
   AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)

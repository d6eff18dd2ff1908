-- name: let_words_change
SELECT set_config('nykter.sealing', 'on', true)

-- name: tables_of_clients
SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id'
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped

-- name: references
-- Single-column references within our own tables.
SELECT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent, ca.attname AS child_column,
       pa.attname AS parent_column, k.confdeltype = 'c' AS cascades
  FROM pg_constraint k
  JOIN pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = k.conkey[1]
  JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = k.confkey[1]
 WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND cardinality(k.conkey) = 1

-- name: forget_places
DELETE FROM contact_point WHERE account_id IN (SELECT account_id FROM account WHERE client_id = %(client_id)s)

-- name: forget_logins
-- Everything by which the person could sign in, an e-identity among it. What was done with the account stays, nobody's.
WITH mine AS (SELECT account_id FROM account WHERE client_id = %(client_id)s),
     a AS (DELETE FROM login l USING mine WHERE l.account_id = mine.account_id),
     b AS (DELETE FROM phone_token_used u USING phone p, mine WHERE u.phone_id = p.phone_id AND p.account_id = mine.account_id),
     c AS (DELETE FROM phone p USING mine WHERE p.account_id = mine.account_id),
     d AS (DELETE FROM passkey k USING mine WHERE k.account_id = mine.account_id),
     e AS (DELETE FROM totp_factor f USING mine WHERE f.account_id = mine.account_id),
     f AS (DELETE FROM recovery_code r USING mine WHERE r.account_id = mine.account_id),
     g AS (DELETE FROM account_identity i USING mine WHERE i.account_id = mine.account_id),
     h AS (DELETE FROM known_browser n USING mine WHERE n.account_id = mine.account_id),
     i AS (DELETE FROM sign_in_step s USING mine WHERE s.account_id = mine.account_id)
DELETE FROM account_code o USING mine WHERE o.account_id = mine.account_id

-- name: forget_account
UPDATE account SET username = 'removed-' || account_id, display_name = '', password_hash = '!',
       disabled_at = coalesce(disabled_at, %(now)s)
 WHERE client_id = %(client_id)s

-- name: forget_client
UPDATE client SET alias = 'removed-' || client_id, display_name = NULL, study = NULL, study_person = NULL,
       study_groups = NULL, study_row = NULL, last_data_at = NULL, lost_contact_at = NULL, score_due_at = NULL,
       trend_due_at = NULL, laid_out_to = NULL, ended_on = coalesce(ended_on, %(now)s::date)
 WHERE client_id = %(client_id)s

-- name: forget_work
UPDATE work_event SET client_id = NULL WHERE client_id = %(client_id)s

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
DELETE FROM login WHERE account_id IN (SELECT account_id FROM account WHERE client_id = %(client_id)s)

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

-- A protected name stands beside nothing that a client wrote or agreed to.
SET LOCAL lock_timeout = '5s';

-- How somebody's name stands beside what they did: a client whose identity is protected by alias.
CREATE FUNCTION shown_name(wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.protected_identity THEN c.alias ELSE a.display_name END
      FROM account a LEFT JOIN client c ON c.client_id = a.client_id WHERE a.account_id = wanted
$$;

-- The sample of a check has no `done_at` to look at.
CREATE OR REPLACE FUNCTION nykter_keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'log_check' AND TG_OP = 'UPDATE' THEN
        IF OLD.done_at IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a check that was made is kept as it was';
END $$;

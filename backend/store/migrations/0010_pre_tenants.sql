-- Every row that is about somebody names its tenant, so that one policy per table keeps tenants apart
-- (backend/store/row_security.py, applied after the migrations). Who writes such a row need not name the tenant: it is
-- taken from the client, window, alert or account the row belongs to, as far as the writer may see that.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION fill_tenant_from_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tenant_id := (SELECT c.tenant_id FROM client c WHERE c.client_id = NEW.client_id);
    RETURN NEW;
END $$;

CREATE FUNCTION fill_tenant_from_test_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tenant_id := (SELECT w.tenant_id FROM test_window w WHERE w.window_id = NEW.window_id);
    RETURN NEW;
END $$;

CREATE FUNCTION fill_tenant_from_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tenant_id := (SELECT a.tenant_id FROM alert a WHERE a.alert_id = NEW.alert_id);
    RETURN NEW;
END $$;

CREATE FUNCTION fill_tenant_from_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tenant_id := (SELECT a.tenant_id FROM account a WHERE a.account_id = NEW.account_id);
    RETURN NEW;
END $$;

ALTER TABLE plan ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE plan SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = plan.client_id AND plan.tenant_id IS NULL;
ALTER TABLE plan ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON plan FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE test_result ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE test_result SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = test_result.client_id AND test_result.tenant_id IS NULL;
ALTER TABLE test_result ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON test_result FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE check_in_answer ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE check_in_answer SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = check_in_answer.client_id AND check_in_answer.tenant_id IS NULL;
ALTER TABLE check_in_answer ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON check_in_answer FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE assessment_due ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE assessment_due SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = assessment_due.client_id AND assessment_due.tenant_id IS NULL;
ALTER TABLE assessment_due ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON assessment_due FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE risk_score ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE risk_score SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = risk_score.client_id AND risk_score.tenant_id IS NULL;
ALTER TABLE risk_score ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON risk_score FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE review ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE review SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = review.client_id AND review.tenant_id IS NULL;
ALTER TABLE review ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON review FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE client_day ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE client_day SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = client_day.client_id AND client_day.tenant_id IS NULL;
ALTER TABLE client_day ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON client_day FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE study_breath_test ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE study_breath_test SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = study_breath_test.client_id AND study_breath_test.tenant_id IS NULL;
ALTER TABLE study_breath_test ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON study_breath_test FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE assignment ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE assignment SET tenant_id = p.tenant_id FROM client p
 WHERE p.client_id = assignment.client_id AND assignment.tenant_id IS NULL;
ALTER TABLE assignment ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON assignment FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();

ALTER TABLE test_window_change ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE test_window_change SET tenant_id = p.tenant_id FROM test_window p
 WHERE p.window_id = test_window_change.window_id AND test_window_change.tenant_id IS NULL;
ALTER TABLE test_window_change ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON test_window_change FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_test_window();

ALTER TABLE alert_change ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE alert_change SET tenant_id = p.tenant_id FROM alert p
 WHERE p.alert_id = alert_change.alert_id AND alert_change.tenant_id IS NULL;
ALTER TABLE alert_change ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON alert_change FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_alert();

ALTER TABLE login ADD COLUMN IF NOT EXISTS tenant_id text;
UPDATE login SET tenant_id = p.tenant_id FROM account p
 WHERE p.account_id = login.account_id AND login.tenant_id IS NULL;
ALTER TABLE login ALTER COLUMN tenant_id SET NOT NULL;
CREATE TRIGGER fill_tenant BEFORE INSERT ON login FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_account();

-- What the platform did with a client's data was written down without a tenant.
UPDATE access_log SET tenant_id = c.tenant_id FROM client c
 WHERE access_log.tenant_id = '' AND c.client_id = access_log.client_id;

-- Signing in begins before the tenant is known: these look up exactly one row by what only its owner can name.
-- They run as the tables' owner, who sees rows of every tenant only while this setting says so.
CREATE FUNCTION account_of_username(wanted text)
RETURNS TABLE (account_id uuid, tenant_id text, password_hash text, role text, disabled_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    RETURN QUERY SELECT a.account_id, a.tenant_id, a.password_hash, a.role, a.disabled_at
                   FROM account a WHERE a.username = wanted;
    PERFORM set_config('nykter.scope', '', true);
END $$;

CREATE FUNCTION login_of_token(wanted bytea)
RETURNS TABLE (csrf_token text, seen_at timestamptz, ends_at timestamptz, account_id uuid, tenant_id text, role text,
               unit_id uuid, client_id uuid, display_name text, language text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    RETURN QUERY SELECT l.csrf_token, l.seen_at, l.ends_at, a.account_id, a.tenant_id, a.role, a.unit_id, a.client_id,
                        a.display_name, a.language
                   FROM login l JOIN account a ON a.account_id = l.account_id
                  WHERE l.token_sha256 = wanted AND a.disabled_at IS NULL;
    PERFORM set_config('nykter.scope', '', true);
END $$;

-- The public form of an application is opened by a one-time link, before its tenant is known.
CREATE FUNCTION tenant_of_application_link(wanted bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT l.tenant_id INTO found FROM application_link l WHERE l.token_sha256 = wanted;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;

-- A chunk of a hypertable is a table of its own, which the hypertable's policies do not cover when somebody names it.
CREATE FUNCTION close_chunks() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    chunk regclass;
    closed integer := 0;
BEGIN
    FOR chunk IN
        SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
         WHERE p.relnamespace = 'public'::regnamespace AND c.relnamespace <> p.relnamespace
           AND (has_table_privilege('nykter_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                OR has_table_privilege('nykter_system', c.oid, 'SELECT, INSERT, UPDATE, DELETE'))
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM nykter_app, nykter_system', chunk);
        closed := closed + 1;
    END LOOP;
    RETURN closed;
END $$;

REVOKE EXECUTE ON FUNCTION account_of_username(text), login_of_token(bytea), tenant_of_application_link(bytea),
    close_chunks() FROM PUBLIC;

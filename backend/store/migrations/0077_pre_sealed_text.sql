-- Each client's data key, wrapped with the deployment's: free text and photos are sealed with it (backend/store/sealed_text.py).
SET LOCAL lock_timeout = '5s';

CREATE TABLE client_key (
    client_id    uuid NOT NULL REFERENCES client,
    tenant_id    text NOT NULL REFERENCES tenant,
    number       smallint NOT NULL,
    -- the key sealed with the deployment's key of this name; both empty once destroyed
    wrapped      bytea,
    wrapped_by   text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    PRIMARY KEY (client_id, number),
    CHECK (num_nulls(wrapped, wrapped_by) IN (0, 2) AND (wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE INDEX client_key_by_wrapping ON client_key (wrapped_by) WHERE wrapped_by IS NOT NULL;

-- A sealed check-in's signed bytes can no longer be asked what they comment on.
ALTER TABLE check_in ADD COLUMN about jsonb;

-- What was said is never changed, only followed; sealing it with a key keeps its words (backend/services/sealing.py).
CREATE OR REPLACE FUNCTION nykter_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'nykter_system' AND current_setting('nykter.sealing', true) = 'on'
       AND to_jsonb(NEW) - ARRAY['body', 'draft', 'before'] = to_jsonb(OLD) - ARRAY['body', 'draft', 'before']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was said or decided is never changed, only followed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION nykter_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'nykter_system' AND current_setting('nykter.sealing', true) = 'on'
       AND to_jsonb(NEW) - ARRAY['body', 'draft', 'before'] = to_jsonb(OLD) - ARRAY['body', 'draft', 'before']
    THEN
        RETURN NEW;
    END IF;
    IF OLD.signed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a signed text is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    IF ROW (NEW.journal_id, NEW.tenant_id, NEW.client_id, NEW.since, NEW.until, NEW.draft, NEW.facts, NEW.drafted_at)
       IS DISTINCT FROM
       ROW (OLD.journal_id, OLD.tenant_id, OLD.client_id, OLD.since, OLD.until, OLD.draft, OLD.facts, OLD.drafted_at)
    THEN
        RAISE EXCEPTION 'the draft stays beside the text as it was computed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

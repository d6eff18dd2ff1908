-- More of what people write is sealed (backend/store/sealing.py): medication and life events, blocks, emergencies, notes on
-- pictures, consents and disclosures, applications, and reasons. The worker seals what is there already, every night.
SET LOCAL lock_timeout = '5s';

-- An application's words are sealed before there is a client; who becomes one keeps its number, and so the key.
ALTER TABLE client_key DROP CONSTRAINT client_key_client_id_fkey;

-- Sealed words are longer than what they say; the service keeps the limit.
ALTER TABLE life_event DROP CONSTRAINT life_event_text_check;
ALTER TABLE life_event ADD CONSTRAINT life_event_text_check CHECK (text <> '');

CREATE OR REPLACE FUNCTION nykter_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- only what is sealed in these tables, and only by sealing it
    sealed text[] := ARRAY['body', 'draft', 'before', 'reason', 'words', 'recipient', 'content'];
BEGIN
    IF current_user = 'nykter_system' AND current_setting('nykter.sealing', true) = 'on'
       AND to_jsonb(NEW) - sealed = to_jsonb(OLD) - sealed
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was said or decided is never changed, only followed' USING ERRCODE = 'restrict_violation';
END $$;

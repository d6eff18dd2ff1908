-- Messages, staff time, applications with their decisions, and journal texts. What a person has said, signed or
-- decided is only ever added to: triggers refuse to change it, whoever asks.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION nykter_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was said or decided is never changed, only followed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION nykter_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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

-- What a unit has set, with history: the newest row whose time has come counts.
CREATE TABLE unit_setting (
    setting_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    unit_id     uuid NOT NULL REFERENCES unit,
    name        text NOT NULL CHECK (name IN ('working_hours', 'reply_within_hours', 'cut_offs', 'uncertainty_percent')),
    value       jsonb NOT NULL,
    valid_from  timestamptz NOT NULL,
    set_by      uuid NOT NULL REFERENCES account,
    reason      text NOT NULL DEFAULT '',
    set_at      timestamptz NOT NULL
);
CREATE INDEX unit_setting_newest ON unit_setting (unit_id, name, valid_from DESC, setting_id DESC);

-- A message between a client and the staff about them. Corrections are new messages that name the old one.
CREATE TABLE message (
    message_id    uuid PRIMARY KEY,
    tenant_id     text NOT NULL,
    client_id     uuid NOT NULL REFERENCES client,
    account_id    uuid NOT NULL REFERENCES account,
    from_client   boolean NOT NULL,
    body          text NOT NULL CHECK (body <> ''),
    sent_at       timestamptz NOT NULL,
    corrects      uuid REFERENCES message,
    -- stored deadline: until when staff have said they answer; empty for messages of staff
    reply_due_at  timestamptz,
    -- a second press of the button is not a second message
    once_key      text,
    UNIQUE (account_id, once_key)
);
CREATE INDEX message_by_client ON message (client_id, sent_at DESC);
CREATE TRIGGER message_is_kept BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

CREATE TABLE message_read (
    message_id  uuid NOT NULL REFERENCES message,
    account_id  uuid NOT NULL REFERENCES account,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL,
    read_at     timestamptz NOT NULL,
    PRIMARY KEY (message_id, account_id)
);
CREATE INDEX message_read_by_client ON message_read (client_id);
CREATE TRIGGER message_read_is_kept BEFORE UPDATE ON message_read FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

ALTER TABLE contact
    ADD COLUMN duration_min smallint CHECK (duration_min BETWEEN 0 AND 600),
    ADD COLUMN direction    text NOT NULL DEFAULT 'outgoing' CHECK (direction IN ('outgoing', 'incoming')),
    ADD COLUMN outcome      text CHECK (outcome IN ('talked', 'new_time', 'plan_changed', 'referred', 'no_answer',
                                'left_word'));

-- What a contact note said before somebody corrected it, and why.
CREATE TABLE contact_correction (
    correction_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      text NOT NULL,
    client_id      uuid NOT NULL,
    contact_id     uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    corrected_by   uuid NOT NULL REFERENCES account,
    corrected_at   timestamptz NOT NULL,
    reason         text NOT NULL,
    before         jsonb NOT NULL
);
CREATE INDEX contact_correction_by_contact ON contact_correction (contact_id, correction_id);
CREATE TRIGGER contact_correction_is_kept BEFORE UPDATE ON contact_correction
    FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

-- Minutes a piece of work takes, and what the same would take by hand; set by the unit, with history.
CREATE TABLE work_minutes (
    minutes_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    unit_id         uuid NOT NULL REFERENCES unit,
    kind            text NOT NULL,
    minutes         numeric(6, 1) NOT NULL CHECK (minutes BETWEEN 0 AND 600),
    -- empty: nothing is compared, so nothing is counted as freed
    manual_minutes  numeric(6, 1) CHECK (manual_minutes BETWEEN 0 AND 600),
    valid_from      timestamptz NOT NULL,
    set_by          uuid NOT NULL REFERENCES account,
    reason          text NOT NULL,
    set_at          timestamptz NOT NULL
);
CREATE INDEX work_minutes_newest ON work_minutes (unit_id, kind, valid_from DESC, minutes_id DESC);

-- One row per piece of staff work, with the minutes in force at that moment.
CREATE TABLE work_event (
    event_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id       text NOT NULL,
    unit_id         uuid NOT NULL REFERENCES unit,
    account_id      uuid NOT NULL REFERENCES account,
    client_id       uuid,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    minutes         numeric(6, 1) NOT NULL,
    -- whether somebody noted how long it took; otherwise the unit's own figure stands for it
    measured        boolean NOT NULL,
    manual_minutes  numeric(6, 1),
    source          text NOT NULL,
    UNIQUE (kind, source)
);
CREATE INDEX work_event_by_unit ON work_event (unit_id, at);

-- A one-time address for the public application form; only a digest of it is kept.
CREATE TABLE application_link (
    link_id       uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    unit_id       uuid NOT NULL REFERENCES unit,
    token_sha256  bytea NOT NULL UNIQUE,
    written_by    text NOT NULL CHECK (written_by IN ('person', 'referrer')),
    issued_by     uuid NOT NULL REFERENCES account,
    issued_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    used_at       timestamptz,
    revoked_at    timestamptz
);
CREATE INDEX application_link_by_unit ON application_link (unit_id, issued_at DESC);

CREATE TABLE application (
    application_id  uuid PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    unit_id         uuid NOT NULL REFERENCES unit,
    source          text NOT NULL CHECK (source IN ('person', 'referrer', 'staff', 'paper')),
    link_id         uuid UNIQUE REFERENCES application_link,
    received_at     timestamptz NOT NULL
);
CREATE INDEX application_by_unit ON application (unit_id, received_at DESC);
CREATE TRIGGER application_is_kept BEFORE UPDATE ON application FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

-- What the application says: the first version as it came, later ones as staff completed it.
CREATE TABLE application_version (
    application_id  uuid NOT NULL REFERENCES application ON DELETE CASCADE,
    version         smallint NOT NULL,
    tenant_id       text NOT NULL,
    content         jsonb NOT NULL,
    -- empty when the person or the referrer wrote it
    entered_by      uuid REFERENCES account,
    entered_at      timestamptz NOT NULL,
    reason          text NOT NULL DEFAULT '',
    PRIMARY KEY (application_id, version)
);
CREATE TRIGGER application_version_is_kept BEFORE UPDATE ON application_version
    FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

-- A person's decision. The robot's proposal and scores stand beside it as they were shown.
CREATE TABLE application_decision (
    application_id  uuid PRIMARY KEY,
    version         smallint NOT NULL,
    tenant_id       text NOT NULL,
    decision        text NOT NULL CHECK (decision IN ('approved', 'changed', 'rejected')),
    words           text NOT NULL CHECK (length(words) >= 3),
    decided_by      uuid NOT NULL REFERENCES account,
    decided_at      timestamptz NOT NULL,
    assessment      jsonb NOT NULL,
    -- as signed: windows and rules; empty when rejected
    plan            jsonb,
    client_id       uuid REFERENCES client,
    CHECK ((decision = 'rejected') = (client_id IS NULL) AND (client_id IS NULL) = (plan IS NULL)),
    FOREIGN KEY (application_id, version) REFERENCES application_version
);
CREATE INDEX application_decision_by_client ON application_decision (client_id);
CREATE TRIGGER application_decision_is_kept BEFORE UPDATE ON application_decision
    FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

-- A text for the record: computed as a draft, edited and signed by a named person, frozen from then on.
CREATE TABLE journal_text (
    journal_id   uuid PRIMARY KEY,
    tenant_id    text NOT NULL,
    client_id    uuid NOT NULL REFERENCES client,
    -- local days, both included
    since        date NOT NULL,
    until        date NOT NULL,
    length       text NOT NULL CHECK (length IN ('three_lines', 'half_page')),
    language     text NOT NULL CHECK (language IN ('sv', 'en')),
    facts        jsonb NOT NULL,
    draft        text NOT NULL,
    drafted_by   uuid NOT NULL REFERENCES account,
    drafted_at   timestamptz NOT NULL,
    -- as last saved; equals the draft until somebody edits it
    body         text NOT NULL CHECK (body <> ''),
    signed_by    uuid REFERENCES account,
    signed_at    timestamptz,
    -- SHA-256 of what was signed: see backend/domain/journal_draft.py
    sha256       bytea CHECK (length(sha256) = 32),
    CHECK (until >= since),
    CHECK ((signed_by IS NULL) = (signed_at IS NULL) AND (signed_at IS NULL) = (sha256 IS NULL))
);
CREATE INDEX journal_text_by_client ON journal_text (client_id, until DESC);
CREATE TRIGGER journal_text_is_kept BEFORE UPDATE ON journal_text FOR EACH ROW EXECUTE FUNCTION nykter_keep_signed();

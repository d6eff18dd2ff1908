-- What the clinician's morning needs: medication and life events, the next contact, a colleague on leave, saved views of
-- the list, and when somebody last went through what had changed.
SET LOCAL lock_timeout = '5s';

-- Noted by staff, drawn on the client's time axis. Taken back, never changed.
CREATE TABLE life_event (
    event_id     uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    account_id   uuid REFERENCES account,
    kind         text NOT NULL CHECK (kind IN ('medication', 'life')),
    began_on     date NOT NULL,
    ended_on     date CHECK (ended_on >= began_on),
    text         text NOT NULL CHECK (length(text) BETWEEN 2 AND 400),
    created_at   timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by uuid REFERENCES account
);
CREATE INDEX life_event_by_client ON life_event (client_id, began_on);

-- The newest row of a client is in force; one without a time says that nothing is planned.
CREATE TABLE next_contact (
    next_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  text NOT NULL REFERENCES tenant,
    client_id  uuid NOT NULL REFERENCES client,
    account_id uuid REFERENCES account,
    at         timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX next_contact_newest ON next_contact (client_id, next_id DESC);

-- Somebody looks after a colleague's clients for a time. The care relations it gives stand in `assignment`.
CREATE TABLE leave_cover (
    cover_id     uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    absent_id    uuid NOT NULL REFERENCES account,
    covered_by   uuid NOT NULL REFERENCES account,
    from_at      timestamptz NOT NULL,
    to_at        timestamptz NOT NULL,
    created_by   uuid REFERENCES account,
    created_at   timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by uuid REFERENCES account,
    CHECK (absent_id <> covered_by),
    CHECK (from_at < to_at)
);
CREATE INDEX leave_cover_by_absent ON leave_cover (absent_id, to_at);
CREATE INDEX leave_cover_by_covering ON leave_cover (covered_by, to_at);

ALTER TABLE assignment ADD COLUMN cover_id uuid REFERENCES leave_cover;
ALTER TABLE assignment DROP CONSTRAINT assignment_because_check;
ALTER TABLE assignment ADD CONSTRAINT assignment_because_check CHECK (because IN ('assigned', 'duty', 'cover'));
CREATE INDEX assignment_by_cover ON assignment (cover_id) WHERE cover_id IS NOT NULL;

-- A person's own named filters of the list.
CREATE TABLE saved_view (
    view_id    uuid PRIMARY KEY,
    tenant_id  text NOT NULL REFERENCES tenant,
    account_id uuid NOT NULL REFERENCES account,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    filters    jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, name)
);

-- When a person last said that they had gone through what had changed.
CREATE TABLE triage_look (
    account_id uuid PRIMARY KEY REFERENCES account,
    tenant_id  text NOT NULL REFERENCES tenant,
    looked_at  timestamptz NOT NULL
);

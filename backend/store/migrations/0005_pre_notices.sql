-- Who is told of what, when, where, and what became of it.
SET LOCAL lock_timeout = '5s';

-- How an account can be reached outside its own pages, in the order in which the places are tried.
CREATE TABLE contact_point (
    contact_point_id uuid PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    account_id      uuid NOT NULL REFERENCES account,
    kind            text NOT NULL CHECK (kind IN ('email', 'sms', 'webhook')),
    address         text NOT NULL,
    position        smallint NOT NULL DEFAULT 1,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    -- only a confirmed place is told anything but its code
    confirmed_at    timestamptz,
    code_sha256     bytea,
    code_ends_at    timestamptz,
    code_tries      smallint NOT NULL DEFAULT 0,
    -- no messages between these times of the wall clock, except what cannot wait (tier 1)
    quiet_from      time,
    quiet_to        time,
    timezone        text NOT NULL DEFAULT 'Europe/Stockholm',
    -- set by the platform when the place refuses for good; never holds the address
    disabled_at     timestamptz,
    disabled_reason text,
    UNIQUE (account_id, kind, address),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

-- One person to be told of one thing at one step; the unique key is why nobody is told twice.
CREATE TABLE notice (
    notice_id     uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    account_id    uuid NOT NULL REFERENCES account,
    client_id     uuid REFERENCES client,
    subject_kind  text NOT NULL CHECK (subject_kind IN ('alert', 'system_alert', 'message', 'reminder', 'report')),
    subject_id    uuid NOT NULL,
    step          smallint NOT NULL,
    tier          smallint NOT NULL CHECK (tier BETWEEN 1 AND 4),
    state         text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'told', 'unreachable', 'cancelled')),
    due_at        timestamptz NOT NULL,
    -- stored deadline: when to look at it next (due_at, or later where quiet hours or bundling hold it back)
    look_at       timestamptz,
    planned_at    timestamptz NOT NULL,
    settled_at    timestamptz,
    -- when the person opened it on a page
    opened_at     timestamptz,
    UNIQUE (subject_kind, subject_id, step, account_id),
    CHECK ((look_at IS NOT NULL) = (state = 'planned'))
);
CREATE INDEX notice_to_look_at ON notice (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX notice_by_account ON notice (account_id, due_at DESC);
CREATE INDEX notice_by_client ON notice (client_id);

-- One message to one place, written before it is sent. Its id is the stable identity every channel passes on.
CREATE TABLE delivery (
    delivery_id       uuid PRIMARY KEY,
    tenant_id         text NOT NULL REFERENCES tenant,
    account_id        uuid NOT NULL REFERENCES account,
    -- empty for the page, and when the place has been removed since
    contact_point_id  uuid REFERENCES contact_point ON DELETE SET NULL,
    channel           text NOT NULL CHECK (channel IN ('page', 'email', 'sms', 'webhook')),
    purpose           text NOT NULL CHECK (purpose IN ('notices', 'code')),
    tier              smallint NOT NULL CHECK (tier BETWEEN 1 AND 4),
    state             text NOT NULL CHECK (state IN ('sending', 'sent', 'failed', 'given_up', 'cancelled')),
    attempts          smallint NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    -- stored deadline of the next try
    next_at           timestamptz,
    finished_at       timestamptz,
    -- in the channel's words, without address or content
    error             text,
    CHECK ((next_at IS NOT NULL) = (state IN ('sending', 'failed')))
);
CREATE INDEX delivery_to_send ON delivery (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_by_account ON delivery (account_id, created_at DESC);
CREATE INDEX delivery_by_place ON delivery (contact_point_id);

-- Which notices a message tells of; the key is why no place is told of a notice twice.
CREATE TABLE delivery_notice (
    notice_id    uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    -- 'page', or the contact point's id
    place        text NOT NULL,
    delivery_id  uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
    tenant_id    text NOT NULL REFERENCES tenant,
    PRIMARY KEY (notice_id, place)
);
CREATE INDEX delivery_notice_by_delivery ON delivery_notice (delivery_id);

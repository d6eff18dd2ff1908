-- A client who asks, under Help, to be contacted; and how staff reach a client: the number and the wish, every version.
SET LOCAL lock_timeout = '5s';

CREATE TABLE help_call (
    call_id    uuid PRIMARY KEY,
    tenant_id  text NOT NULL REFERENCES tenant,
    client_id  uuid NOT NULL REFERENCES client,
    asked_at   timestamptz NOT NULL
);
CREATE INDEX help_call_by_client ON help_call (client_id, asked_at DESC);

CREATE TABLE client_reach (
    reach_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    client_id   uuid NOT NULL REFERENCES client,
    -- as it is dialled, sealed; empty for none
    phone       text NOT NULL,
    preferred   text NOT NULL CHECK (preferred IN ('phone', 'sms', 'letter', 'message')),
    -- when to call, who may answer: sealed
    note        text NOT NULL,
    account_id  uuid REFERENCES account,
    entered_at  timestamptz NOT NULL
);
CREATE INDEX client_reach_by_client ON client_reach (client_id, entered_at DESC);

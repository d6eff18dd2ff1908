-- The ledger of planned tests: plans with their history and agreement, random and on-demand tests, pauses, excuses.
SET LOCAL lock_timeout = '5s';

ALTER TABLE client
    -- counts every change of what a client is to do (plan, drawn tests, pauses, excuses); gateways compare it
    ADD COLUMN plan_version bigint NOT NULL DEFAULT 0,
    -- up to when recurring windows stand in test_window
    ADD COLUMN laid_out_to  timestamptz;
CREATE INDEX client_to_lay_out ON client (laid_out_to) WHERE laid_out_to IS NOT NULL;

ALTER TABLE plan
    -- [{"per_week": 2, "weekdays": [1..7], "earliest": "10:00", "latest": "20:00", "open_min": 90,
    --   "min_gap_min": 240, "kind": "breath_test"}]
    ADD COLUMN random     jsonb NOT NULL DEFAULT '[]',
    -- decides the random tests; never leaves the backend
    ADD COLUMN seed       bigint NOT NULL DEFAULT 0,
    -- the client's plan_version when it was made
    ADD COLUMN version    bigint NOT NULL DEFAULT 0,
    -- when and by whom it was agreed to, as far as the client said so themselves
    ADD COLUMN agreed_at  timestamptz,
    ADD COLUMN agreed_by  uuid REFERENCES account,
    -- stored deadline of drawing: up to when random tests are drawn
    ADD COLUMN drawn_to   timestamptz,
    ADD CONSTRAINT plan_agreed CHECK ((agreed_at IS NULL) = (agreed_by IS NULL));

-- A plan somebody proposes: nothing until it is agreed to, then a plan of the same id.
CREATE TABLE plan_draft (
    plan_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    -- when it should begin; empty: at once when agreed
    valid_from   timestamptz,
    timezone     text NOT NULL,
    windows      jsonb NOT NULL,
    random       jsonb NOT NULL,
    rules        jsonb NOT NULL,
    proposed_by  uuid REFERENCES account,
    reason       text NOT NULL,
    proposed_at  timestamptz NOT NULL,
    closed_at    timestamptz,
    closed_as    text CHECK (closed_as IN ('agreed', 'declined', 'withdrawn')),
    closed_by    uuid REFERENCES account,
    CHECK ((closed_at IS NULL) = (closed_as IS NULL))
);
CREATE INDEX plan_draft_by_client ON plan_draft (client_id, proposed_at DESC);

-- A test outside the recurring windows. It becomes a test_window when it opens, never before: until then no page of
-- the client can show it.
CREATE TABLE planned_test (
    planned_test_id uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    client_id     uuid NOT NULL REFERENCES client,
    plan_id       uuid REFERENCES plan,
    kind          text NOT NULL CHECK (kind IN ('random', 'on_demand')),
    window_kind   text NOT NULL CHECK (window_kind IN ('breath_test', 'check_in', 'visit')),
    opens_at      timestamptz NOT NULL,
    closes_at     timestamptz NOT NULL,
    local_day     date NOT NULL,
    -- who ordered it, and why (on demand)
    ordered_by    uuid REFERENCES account,
    reason        text,
    created_at    timestamptz NOT NULL,
    announced_at  timestamptz,
    cancelled_at  timestamptz,
    UNIQUE (client_id, kind, window_kind, opens_at, plan_id),
    CHECK (closes_at > opens_at)
);
CREATE INDEX planned_test_to_announce ON planned_test (opens_at) WHERE announced_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX planned_test_by_client ON planned_test (client_id, opens_at);

ALTER TABLE test_window
    ADD COLUMN planned_test_id uuid REFERENCES planned_test,
    -- when the client was told of a test that could not be known from the plan
    ADD COLUMN announced_at    timestamptz;
CREATE UNIQUE INDEX test_window_by_planned_test ON test_window (planned_test_id) WHERE planned_test_id IS NOT NULL;

-- An agreed time without tests. Asked for by the client, or entered by staff; only a granted one counts.
CREATE TABLE pause (
    pause_id      uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    client_id     uuid NOT NULL REFERENCES client,
    from_at       timestamptz NOT NULL,
    to_at         timestamptz NOT NULL,
    reason        text NOT NULL,
    state         text NOT NULL CHECK (state IN ('requested', 'granted', 'refused', 'withdrawn')),
    requested_by  uuid REFERENCES account,
    requested_at  timestamptz NOT NULL,
    decided_by    uuid REFERENCES account,
    decided_at    timestamptz,
    decision_note text,
    -- an empty span: ended before it began
    CHECK (to_at >= from_at),
    CHECK ((decided_at IS NULL) = (state = 'requested'))
);
CREATE INDEX pause_by_client ON pause (client_id, from_at);

-- One window excused, before or after. Named by what it is rather than by its row, so that it outlives a new plan.
CREATE TABLE excuse (
    excuse_id     uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    client_id     uuid NOT NULL REFERENCES client,
    kind          text NOT NULL CHECK (kind IN ('breath_test', 'check_in', 'visit')),
    opens_at      timestamptz NOT NULL,
    ordinal       smallint NOT NULL DEFAULT 0,
    reason        text NOT NULL,
    granted_by    uuid REFERENCES account,
    granted_at    timestamptz NOT NULL,
    withdrawn_by  uuid REFERENCES account,
    withdrawn_at  timestamptz
);
CREATE UNIQUE INDEX excuse_in_force ON excuse (client_id, kind, opens_at, ordinal) WHERE withdrawn_at IS NULL;

UPDATE client c
   SET plan_version = (SELECT count(*) FROM plan p WHERE p.client_id = c.client_id),
       laid_out_to = coalesce((SELECT max(w.opens_at) FROM test_window w WHERE w.client_id = c.client_id),
                              (SELECT min(p.valid_from) FROM plan p WHERE p.client_id = c.client_id))
 WHERE c.study IS NULL;
UPDATE plan p
   SET version = n.number
  FROM (SELECT plan_id, row_number() OVER (PARTITION BY client_id ORDER BY valid_from) AS number FROM plan) n
 WHERE n.plan_id = p.plan_id;
-- What stood as excused or paused on the window alone keeps standing, with its reason known to be unknown.
INSERT INTO excuse (excuse_id, tenant_id, client_id, kind, opens_at, ordinal, reason, granted_at)
SELECT gen_random_uuid(), w.tenant_id, w.client_id, w.kind, w.opens_at, w.ordinal, 'before excuses had reasons',
       coalesce(w.decided_at, w.opens_at)
  FROM test_window w JOIN client c USING (client_id) WHERE w.attendance = 'excused' AND c.study IS NULL;
INSERT INTO pause (pause_id, tenant_id, client_id, from_at, to_at, reason, state, requested_at, decided_at)
SELECT gen_random_uuid(), w.tenant_id, w.client_id, w.opens_at, w.closes_at, 'before pauses had reasons', 'granted',
       coalesce(w.decided_at, w.opens_at), coalesce(w.decided_at, w.opens_at)
  FROM test_window w JOIN client c USING (client_id) WHERE w.attendance = 'paused' AND c.study IS NULL;

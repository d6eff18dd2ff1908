-- The whole schema as it is after all migrations. Not run by Nykter: a test builds one database from the migrations and
-- one from this file and compares them. Change it together with every new migration.

CREATE TABLE schema_migration (
    name        text PRIMARY KEY,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE tenant (
    tenant_id   text PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('municipality', 'region', 'research')),
    settings    jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL
);

CREATE TABLE unit (
    unit_id     uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    name        text NOT NULL
);

CREATE TABLE client (
    client_id     uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    unit_id       uuid NOT NULL REFERENCES unit,
    alias         text NOT NULL,
    display_name  text,
    timezone      text NOT NULL,
    started_on    date NOT NULL,
    ended_on      date,
    -- where the person came from when imported from a study folder
    study         text,
    study_person  text,
    observed_to   timestamptz,
    -- stored deadline: when the daily risk score is due next
    score_due_at  timestamptz,
    -- stored deadline: when the index of the day that is going on can be made
    trend_due_at  timestamptz,
    created_at    timestamptz NOT NULL,
    -- newest measurement or answer (when it happened, not when it was uploaded)
    last_data_at    timestamptz,
    -- stored deadline: when silence becomes lost contact; empty while nothing is waited for
    lost_contact_at timestamptz,
    -- imported studies: the observed span's start, the person's place in the file, and the file's free columns
    observed_from   timestamptz,
    study_row       integer,
    study_groups    jsonb,
    -- imported people's weekly scores of the past, made by a job after the import
    past_scored_at  timestamptz,
    -- counts every change of what a client is to do (plan, drawn tests, pauses, excuses); gateways compare it
    plan_version    bigint NOT NULL DEFAULT 0,
    -- up to when recurring windows stand in test_window
    laid_out_to     timestamptz,
    -- the name stands in no list, export or message
    protected_identity boolean NOT NULL DEFAULT false,
    UNIQUE (tenant_id, alias),
    UNIQUE (tenant_id, study, study_person)
);
CREATE INDEX client_past_unscored ON client (client_id) WHERE study IS NOT NULL AND past_scored_at IS NULL;
CREATE INDEX client_to_lay_out ON client (laid_out_to) WHERE laid_out_to IS NOT NULL;

CREATE TABLE account (
    account_id     uuid PRIMARY KEY,
    tenant_id      text NOT NULL REFERENCES tenant,
    username       text NOT NULL CHECK (username = lower(username)),
    display_name   text NOT NULL,
    role           text NOT NULL CHECK (role IN ('clinician', 'manager', 'operator', 'researcher', 'client', 'relative')),
    unit_id        uuid REFERENCES unit,
    client_id      uuid REFERENCES client,
    -- empty for who signs in otherwise: a client's phone, an e-identity
    password_hash  text,
    language       text NOT NULL DEFAULT 'sv' CHECK (language IN ('sv', 'en')),
    disabled_at    timestamptz,
    created_at     timestamptz NOT NULL,
    UNIQUE (username),
    CHECK ((role = 'client') = (client_id IS NOT NULL))
);

-- Server-side login; only a digest of the token is kept.
CREATE TABLE login (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    csrf_token    text NOT NULL,
    created_at    timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    login_id      uuid NOT NULL DEFAULT gen_random_uuid(),
    method        text NOT NULL DEFAULT 'password'
        CHECK (method IN ('password', 'totp', 'recovery', 'passkey', 'oidc', 'code', 'device')),
    -- whether a second factor, or one that is two, was shown
    is_strong     boolean NOT NULL DEFAULT false,
    -- in words: Firefox, Windows
    browser       text NOT NULL DEFAULT '',
    -- when the person last proved that it is them
    proved_at     timestamptz,
    phone_id      uuid
);
CREATE INDEX login_by_account ON login (account_id);

-- Failed attempts, to slow guessing down without locking anybody out for good.
CREATE TABLE login_attempt (
    username      text NOT NULL,
    attempted_at  timestamptz NOT NULL
);
CREATE INDEX login_attempt_recent ON login_attempt (username, attempted_at);

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

-- Care relation: who may see whom, and when.
CREATE TABLE assignment (
    assignment_id uuid PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    client_id     uuid NOT NULL REFERENCES client,
    from_at       timestamptz NOT NULL,
    to_at         timestamptz,
    -- one that came with being on duty, or with a colleague's leave, ends by itself and makes nobody the client's own
    -- clinician
    because       text NOT NULL DEFAULT 'assigned' CHECK (because IN ('assigned', 'duty', 'cover')),
    -- the unit for which somebody takes part
    unit_id       uuid REFERENCES unit,
    cover_id      uuid REFERENCES leave_cover
);
CREATE INDEX assignment_by_account ON assignment (account_id, client_id);
CREATE INDEX assignment_by_client ON assignment (client_id);
CREATE INDEX assignment_by_cover ON assignment (cover_id) WHERE cover_id IS NOT NULL;

-- A plan is never changed, only followed by another.
CREATE TABLE plan (
    plan_id     uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL REFERENCES client,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz,
    timezone    text NOT NULL,
    -- [{"kind": "breath_test"|"check_in", "weekdays": [1..7], "opens": "07:00", "closes": "09:00"}]
    windows     jsonb NOT NULL,
    -- {"trace_mg_per_l": "0.05", "positive_mg_per_l": "0.10", "retest_after_min": 15, "retest_within_min": 120,
    --  "tolerance_mg_per_l": "0.095", "late_grace_min": 120, "lost_contact_hours": 24}
    rules       jsonb NOT NULL,
    created_by  uuid REFERENCES account,
    reason      text NOT NULL,
    created_at  timestamptz NOT NULL,
    -- [{"per_week": 2, "weekdays": [1..7], "earliest": "10:00", "latest": "20:00", "open_min": 90,
    --   "min_gap_min": 240, "kind": "breath_test"}]
    random      jsonb NOT NULL DEFAULT '[]',
    -- decides the random tests; never leaves the backend
    seed        bigint NOT NULL DEFAULT 0,
    -- the client's plan_version when it was made
    version     bigint NOT NULL DEFAULT 0,
    -- when and by whom it was agreed to, as far as the client said so themselves
    agreed_at   timestamptz,
    agreed_by   uuid REFERENCES account,
    -- stored deadline of drawing: up to when random tests are drawn
    drawn_to    timestamptz,
    CONSTRAINT plan_agreed CHECK ((agreed_at IS NULL) = (agreed_by IS NULL))
);
CREATE INDEX plan_by_client ON plan (client_id, valid_from);

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

CREATE TABLE gateway (
    device_id        text PRIMARY KEY CHECK (device_id ~ '^[a-z0-9][a-z0-9-]{2,47}$'),
    tenant_id        text NOT NULL REFERENCES tenant,
    client_id        uuid NOT NULL REFERENCES client,
    public_key       bytea NOT NULL CHECK (length(public_key) = 32),
    key_id           text NOT NULL UNIQUE,
    enrolled_at      timestamptz NOT NULL,
    revoked_at       timestamptz,
    -- server receive time of the newest message of any kind
    heard_at         timestamptz,
    status           jsonb,
    status_sent_at   timestamptz,
    -- the key before this one, and until when messages signed with it are still believed
    previous_public_key bytea CHECK (length(previous_public_key) = 32),
    previous_key_id  text,
    previous_until   timestamptz,
    revoked_by       uuid REFERENCES account,
    revoke_reason    text
);
CREATE INDEX gateway_by_client ON gateway (client_id);

-- Idempotency: one row per message ever stored, whatever its kind. Plain table on purpose: a hypertable's unique key
-- must contain its time column, and then the same key with another time would slip through.
CREATE TABLE message_key (
    device_id    text NOT NULL,
    boot_id      text NOT NULL,
    sequence     bigint NOT NULL,
    kind         text NOT NULL,
    body_sha256  bytea NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (device_id, boot_id, sequence)
);

-- A hypertable on measured_at where TimescaleDB is present, a plain table otherwise (see the migration runner).
CREATE TABLE reading (
    tenant_id            text NOT NULL,
    client_id            uuid NOT NULL,
    device_id            text NOT NULL,
    boot_id              text NOT NULL,
    sequence             bigint NOT NULL,
    measured_at          timestamptz NOT NULL,
    gateway_time         timestamptz NOT NULL,
    device_time          timestamptz,
    received_at          timestamptz NOT NULL,
    clock_offset_ms      bigint,
    timezone             text NOT NULL,
    run_id               text NOT NULL,
    attempt              smallint NOT NULL,
    purpose              text NOT NULL,
    outcome              text NOT NULL,
    failure              text,
    native_value         numeric,
    native_unit          text,
    brac_mg_per_l        numeric(6, 3),
    conversion           text,
    blow_quality         text NOT NULL,
    identity             text NOT NULL,
    waited_15_min        boolean,
    driver               text NOT NULL,
    driver_grade         text NOT NULL,
    breathalyzer_model   text NOT NULL,
    breathalyzer_serial  text,
    calibration_state    text NOT NULL,
    battery_level        smallint,
    -- the evidence: bytes exactly as signed, and the signature
    key_id               text NOT NULL,
    signature            bytea NOT NULL,
    body                 bytea NOT NULL,
    -- added to the gateway's times by a person, because its clock was far off; empty as a rule
    clock_correction_ms bigint,
    PRIMARY KEY (device_id, measured_at, boot_id, sequence)
);
CREATE INDEX reading_by_client ON reading (client_id, measured_at DESC);

-- What a reading came to mean (result axis). The reading itself never changes.
CREATE TABLE test_result (
    device_id      text NOT NULL,
    tenant_id      text NOT NULL,
    boot_id        text NOT NULL,
    sequence       bigint NOT NULL,
    client_id      uuid NOT NULL,
    measured_at    timestamptz NOT NULL,
    state          text NOT NULL CHECK (state IN ('ok', 'trace', 'positive_pending', 'positive_confirmed',
                       'positive_unconfirmed', 'abnormal_confirmation', 'incomplete')),
    decided_at     timestamptz NOT NULL,
    -- the reading that confirmed or contradicted it
    settled_by     bigint,
    -- stored deadline: until when a retest is awaited
    retest_until   timestamptz,
    PRIMARY KEY (device_id, boot_id, sequence)
);
CREATE INDEX test_result_by_client ON test_result (client_id, measured_at DESC);
CREATE INDEX test_result_waiting ON test_result (retest_until) WHERE state IN ('trace', 'positive_pending');

CREATE TABLE check_in (
    check_in_id  uuid PRIMARY KEY,
    tenant_id    text NOT NULL,
    client_id    uuid NOT NULL,
    source       text NOT NULL CHECK (source IN ('gateway', 'web', 'paper', 'study')),
    device_id    text,
    boot_id      text,
    sequence     bigint,
    answered_at  timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    timezone     text NOT NULL,
    drank        boolean,
    comment      text,
    key_id       text,
    signature    bytea,
    body         bytea,
    -- added to the gateway's times by a person, because its clock was far off; empty as a rule
    clock_correction_ms bigint,
    -- what a comment is about (contracts.check_in.About); one from a gateway has it in its body, unless that is sealed
    about        jsonb,
    UNIQUE (device_id, boot_id, sequence)
);
CREATE INDEX check_in_by_client ON check_in (client_id, answered_at DESC);

-- A hypertable on answered_at where TimescaleDB is present; so the key holds the time, and no foreign key leads out.
CREATE TABLE check_in_answer (
    check_in_id  uuid NOT NULL,
    tenant_id    text NOT NULL,
    client_id    uuid NOT NULL,
    answered_at  timestamptz NOT NULL,
    item         text NOT NULL,
    value        numeric NOT NULL,
    low          numeric NOT NULL,
    high         numeric NOT NULL,
    -- a study may ask the same item twice at the same moment
    ordinal      smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (check_in_id, answered_at, item, ordinal)
);
CREATE INDEX check_in_answer_by_client ON check_in_answer (client_id, answered_at);

-- Drinking known from somebody's words or an imported study. Breath tests are derived from readings, not copied here.
CREATE TABLE drinking_report (
    report_id   uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    known_at    timestamptz NOT NULL,
    source      text NOT NULL CHECK (source IN ('self_report', 'breath_test')),
    amount_g    numeric
);
CREATE INDEX drinking_report_by_client ON drinking_report (client_id, started_at);

-- A hypertable on sent_at where TimescaleDB is present.
CREATE TABLE device_status (
    tenant_id      text NOT NULL,
    client_id      uuid NOT NULL,
    device_id      text NOT NULL,
    boot_id        text NOT NULL,
    sequence       bigint NOT NULL,
    sent_at        timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    outbox_depth   integer NOT NULL,
    battery_level  smallint,
    last_error     text,
    body           bytea NOT NULL,
    -- added to the gateway's times by a person, because its clock was far off; empty as a rule
    clock_correction_ms bigint,
    PRIMARY KEY (device_id, sent_at, boot_id, sequence)
);
CREATE INDEX device_status_by_client ON device_status (client_id, sent_at DESC);

-- Samples of a background sensor, as signed. They are evidence kept apart: no window, result or score reads them.
CREATE TABLE background_batch (
    tenant_id     text NOT NULL,
    client_id     uuid NOT NULL,
    device_id     text NOT NULL,
    boot_id       text NOT NULL,
    sequence      bigint NOT NULL,
    collected_at  timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    driver        text NOT NULL,
    driver_grade  text NOT NULL,
    serial        text,
    records       integer NOT NULL,
    key_id        text NOT NULL,
    signature     bytea NOT NULL,
    body          bytea NOT NULL,
    -- added to the gateway's times by a person, because its clock was far off; empty as a rule
    clock_correction_ms bigint,
    PRIMARY KEY (device_id, boot_id, sequence)
);
CREATE INDEX background_batch_by_client ON background_batch (client_id, collected_at DESC);

-- One row per planned test or prompt. closes_at is a stored deadline.
CREATE TABLE test_window (
    window_id    uuid PRIMARY KEY,
    tenant_id    text NOT NULL,
    client_id    uuid NOT NULL REFERENCES client,
    plan_id      uuid REFERENCES plan,
    kind         text NOT NULL CHECK (kind IN ('breath_test', 'check_in', 'visit')),
    opens_at     timestamptz NOT NULL,
    closes_at    timestamptz NOT NULL,
    local_day    date NOT NULL,
    attendance   text NOT NULL DEFAULT 'pending' CHECK (attendance IN ('pending', 'on_time', 'late', 'missed',
                     'not_received', 'excused', 'paused', 'outage')),
    -- when the test that met the window was made (answered_at of a study prompt)
    met_at       timestamptz,
    known_at     timestamptz,
    decided_at   timestamptz,
    -- the same prompt may occur twice in a study
    ordinal      smallint NOT NULL DEFAULT 0,
    -- stored deadline: when a pending window is to be looked at again (its close and the grace after it)
    due_at       timestamptz,
    planned_test_id uuid REFERENCES planned_test,
    -- when the client was told of a test that could not be known from the plan
    announced_at    timestamptz,
    UNIQUE (client_id, kind, opens_at, ordinal),
    CHECK (closes_at >= opens_at)
);
CREATE INDEX test_window_due ON test_window (closes_at) WHERE attendance = 'pending';
CREATE INDEX test_window_by_client ON test_window (client_id, opens_at);
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

CREATE TABLE test_window_change (
    window_id   uuid NOT NULL REFERENCES test_window ON DELETE CASCADE,
    tenant_id   text NOT NULL,
    changed_at  timestamptz NOT NULL,
    old         text NOT NULL,
    new         text NOT NULL,
    reason      text NOT NULL
);
CREATE INDEX test_window_change_by_window ON test_window_change (window_id);

-- Clients whose data changed and whom nobody has assessed since. Written in the ingest's transaction. Rows are only
-- ever appended and taken (backend/store/assessment_queue.py): a client with one row would make ingest wait for the
-- worker that is just assessing that client.
CREATE TABLE assessment_due (
    due_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    text NOT NULL,
    client_id    uuid NOT NULL REFERENCES client,
    since        timestamptz NOT NULL,
    -- earliest domain time touched; what lies after it is decided again
    touched_from timestamptz NOT NULL
);
CREATE INDEX assessment_due_by_client ON assessment_due (client_id);

CREATE TABLE risk_score (
    client_id       uuid NOT NULL,
    tenant_id       text NOT NULL,
    decided_at      timestamptz NOT NULL,
    horizon_hours   smallint NOT NULL,
    model_version   text NOT NULL,
    computed_at     timestamptz NOT NULL,
    -- empty when there is too little data to say
    probability     double precision,
    low             double precision,
    high            double precision,
    coverage        text NOT NULL CHECK (coverage IN ('enough', 'little', 'too_little')),
    -- [{"item", "direction": "raises"|"lowers", "weight", "sv", "en", "numbers": {…}}]
    reasons         jsonb NOT NULL DEFAULT '[]',
    -- the client's own running rate at the same moment, the yardstick beside the score
    usual           double precision,
    PRIMARY KEY (client_id, decided_at, horizon_hours, model_version)
);

CREATE TABLE alert (
    alert_id      uuid PRIMARY KEY,
    tenant_id     text NOT NULL,
    client_id     uuid NOT NULL REFERENCES client,
    kind          text NOT NULL CHECK (kind IN ('confirmed_positive', 'unconfirmed_positive', 'testing_stopped',
                      'worsening_risk', 'missed_tests', 'lost_contact', 'equipment', 'safety_answer',
                      'identity_mismatch', 'help_asked')),
    tier          smallint NOT NULL CHECK (tier BETWEEN 1 AND 4),
    state         text NOT NULL CHECK (state IN ('new', 'seen', 'acting', 'closed')),
    opened_at     timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    -- [{"kind", "at", "sv", "en", …}] growing list; the newest decides nothing by itself
    evidence      jsonb NOT NULL,
    owner_id      uuid REFERENCES account,
    closed_at     timestamptz,
    closed_by     uuid REFERENCES account,
    close_reason  text CHECK (close_reason IN ('contacted', 'wait', 'technical', 'not_relevant')),
    close_note    text,
    -- which of the client's two places it takes
    track         text NOT NULL GENERATED ALWAYS AS
        (CASE WHEN kind IN ('lost_contact', 'equipment') THEN 'equipment' ELSE 'clinical' END) STORED,
    -- since when what it is about has been going on
    began_at      timestamptz,
    -- when it got its present tier; escalation counts from here
    raised_at     timestamptz,
    -- who acknowledged it since then
    seen_at       timestamptz,
    seen_by       uuid REFERENCES account,
    -- stored deadline: put off until then, by whom and why
    snoozed_until timestamptz,
    snoozed_by    uuid REFERENCES account,
    snoozed_at    timestamptz,
    snooze_reason text,
    -- stored deadline: when the next person is to be told; empty when nobody is
    escalate_at   timestamptz,
    escalate_step smallint NOT NULL DEFAULT 0,
    -- how often the tier has got worse: each round is told anew
    round         smallint NOT NULL DEFAULT 0,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL AND close_reason IS NOT NULL)),
    CONSTRAINT alert_snooze_is_whole CHECK (
        num_nulls(snoozed_until, snoozed_by, snoozed_at, snooze_reason) IN (0, 4))
);
CREATE UNIQUE INDEX alert_one_open_per_track ON alert (client_id, track) WHERE state <> 'closed';
CREATE INDEX alert_to_escalate ON alert (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alert_snooze_ends ON alert (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX alert_closed_by_kind ON alert (tenant_id, kind, closed_at DESC) WHERE state = 'closed';
CREATE INDEX alert_by_client ON alert (client_id, opened_at DESC);

CREATE TABLE alert_change (
    change_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL,
    alert_id    uuid NOT NULL REFERENCES alert,
    changed_at  timestamptz NOT NULL,
    -- account, or empty for the system
    account_id  uuid REFERENCES account,
    old         text,
    new         text NOT NULL,
    note        text
);
CREATE INDEX alert_change_by_alert ON alert_change (alert_id, change_id);

CREATE TABLE contact (
    contact_id  uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL REFERENCES client,
    account_id  uuid REFERENCES account,
    happened_at timestamptz NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('phone', 'visit', 'letter', 'sms', 'message')),
    reached     boolean NOT NULL,
    note        text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    duration_min smallint CHECK (duration_min BETWEEN 0 AND 600),
    direction   text NOT NULL DEFAULT 'outgoing' CHECK (direction IN ('outgoing', 'incoming')),
    outcome     text CHECK (outcome IN ('talked', 'new_time', 'plan_changed', 'referred', 'no_answer', 'left_word'))
);
CREATE INDEX contact_by_client ON contact (client_id, happened_at DESC);

CREATE TABLE review (
    client_id    uuid NOT NULL REFERENCES client,
    tenant_id    text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account,
    reviewed_at  timestamptz NOT NULL
);
CREATE INDEX review_by_client ON review (client_id, reviewed_at DESC);

-- Noted by staff, drawn on the client's time axis. Taken back, never changed.
CREATE TABLE life_event (
    event_id     uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    account_id   uuid REFERENCES account,
    kind         text NOT NULL CHECK (kind IN ('medication', 'life')),
    began_on     date NOT NULL,
    ended_on     date CHECK (ended_on >= began_on),
    text         text NOT NULL CHECK (text <> ''),
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

-- Who did what with whose data: action, unit, time, user and client (HSLF-FS 2016:40 4:9).
CREATE TABLE access_log (
    entry_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL,
    at          timestamptz NOT NULL,
    account_id  uuid NOT NULL,
    unit_id     uuid,
    client_id   uuid,
    action      text NOT NULL,
    -- which emergency access opened the client, where one did
    emergency_id uuid
);
CREATE INDEX access_log_by_client ON access_log (client_id, at DESC);
CREATE INDEX access_log_by_tenant ON access_log (tenant_id, at);

-- One link: these entries, in this order, after that link. `digests` holds 32 bytes for each entry.
CREATE TABLE access_seal (
    tenant_id   text NOT NULL,
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    number      integer NOT NULL CHECK (number > 0),
    last_entry  bigint NOT NULL,
    entry_ids   bigint[] NOT NULL CHECK (cardinality(entry_ids) > 0),
    digests     bytea NOT NULL,
    previous    bytea NOT NULL CHECK (length(previous) = 32),
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    -- the machine's time, not the demo's
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, month, number),
    CHECK (length(digests) = 32 * cardinality(entry_ids))
);
CREATE INDEX access_seal_by_last_entry ON access_seal (last_entry);

-- A month whose rows may go: where its chain ended, signed. Never before five years are over (HSLF-FS 2016:40 4:9).
CREATE TABLE access_month_end (
    tenant_id   text NOT NULL,
    month       date NOT NULL,
    number      integer NOT NULL,
    entries     bigint NOT NULL,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    ended_at    timestamptz NOT NULL,
    public_key  bytea NOT NULL CHECK (length(public_key) = 32),
    signature   bytea NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (tenant_id, month),
    CHECK (month + interval '5 years 1 month' <= ended_at AT TIME ZONE 'UTC')
);

CREATE FUNCTION nykter_keep_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'access_log' THEN
        IF EXISTS (SELECT FROM access_month_end e WHERE e.tenant_id = OLD.tenant_id
                      AND e.month = date_trunc('month', OLD.at AT TIME ZONE 'UTC')::date) THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'access_seal' THEN
        IF EXISTS (SELECT FROM access_month_end e WHERE e.tenant_id = OLD.tenant_id AND e.month = OLD.month) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the access log is only added to';
END $$;
CREATE TRIGGER access_log_is_kept BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_log_is_never_emptied BEFORE TRUNCATE ON access_log EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_seal_is_kept BEFORE UPDATE OR DELETE ON access_seal
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_seal_is_never_emptied BEFORE TRUNCATE ON access_seal EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_month_end_is_kept BEFORE UPDATE OR DELETE ON access_month_end
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_access();
CREATE TRIGGER access_month_end_is_never_emptied BEFORE TRUNCATE ON access_month_end EXECUTE FUNCTION nykter_keep_access();

CREATE TABLE dead_letter (
    letter_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at  timestamptz NOT NULL,
    topic        text NOT NULL,
    device_id    text,
    reason       text NOT NULL,
    detail       text NOT NULL,
    payload      bytea NOT NULL,
    payload_sha256 bytea NOT NULL,
    -- the same bad message sent again is counted, not kept again
    times        integer NOT NULL DEFAULT 1,
    handled_at   timestamptz,
    -- by its topic; empty when that is none of ours
    tenant_id    text,
    -- when the newest copy came
    seen_at      timestamptz NOT NULL,
    handled_by   uuid REFERENCES account,
    -- what a person's second attempt came to, or that they set it aside
    outcome      text CHECK (outcome IN ('stored', 'duplicate', 'conflict', 'refused', 'set_aside')),
    -- of one whose clock was far off: when it says it happened, and how far off (server minus gateway) the gateway had
    -- measured its clock to be
    claimed_at   timestamptz,
    clock_offset_ms bigint,
    -- what a person corrected it by when it was stored after all
    clock_correction_ms bigint,
    UNIQUE (topic, payload_sha256)
);
CREATE INDEX dead_letter_by_tenant ON dead_letter (tenant_id, seen_at DESC);

-- Each process tells that it lives; holes in ingest's row of beats are the platform's own outages.
CREATE TABLE process_beat (
    process     text PRIMARY KEY,
    -- by the process's clock (domain time: what outages are measured in)
    beat_at     timestamptz NOT NULL,
    -- by the database's own clock: what tells whether the process lives
    real_at     timestamptz NOT NULL,
    detail      jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE outage (
    outage_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz
);

CREATE INDEX client_score_due ON client (score_due_at) WHERE score_due_at IS NOT NULL;
CREATE INDEX client_lost_contact ON client (lost_contact_at) WHERE lost_contact_at IS NOT NULL;
CREATE INDEX client_by_study ON client (tenant_id, study) WHERE study IS NOT NULL;

CREATE INDEX test_window_look_again ON test_window (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX test_window_undecided ON test_window (client_id) WHERE attendance IN ('pending', 'not_received');

CREATE INDEX test_result_unsettled ON test_result (client_id, measured_at DESC)
    WHERE state IN ('positive_pending', 'positive_unconfirmed', 'abnormal_confirmation');
CREATE INDEX test_result_retest ON test_result (retest_until) WHERE retest_until IS NOT NULL;

-- One row per client and local civil day with anything planned or known; rewritten with the data that changes it.
CREATE TABLE client_day (
    client_id  uuid NOT NULL REFERENCES client ON DELETE CASCADE,
    tenant_id  text NOT NULL,
    day        date NOT NULL,
    state      text NOT NULL CHECK (state IN ('ok', 'trace', 'positive', 'unclear', 'missed', 'not_received',
                   'reported_drinking', 'no_test_planned', 'gap')),
    -- planned tests whose time has come, and those of them that were taken
    planned    smallint NOT NULL,
    taken      smallint NOT NULL,
    peak_brac_mg_per_l double precision,
    PRIMARY KEY (client_id, day)
);

-- Breath tests of imported studies: numbers without device, frames or signature, so never among the readings.
CREATE TABLE study_breath_test (
    client_id     uuid NOT NULL REFERENCES client ON DELETE CASCADE,
    tenant_id     text NOT NULL,
    measured_at   timestamptz NOT NULL,
    ordinal       smallint NOT NULL DEFAULT 0,
    known_at      timestamptz NOT NULL,
    brac_mg_per_l double precision,
    outcome       text NOT NULL,
    PRIMARY KEY (client_id, measured_at, ordinal)
);

CREATE INDEX access_log_by_account ON access_log (account_id, at DESC);
CREATE INDEX alert_open ON alert (tenant_id) WHERE state <> 'closed';

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
    -- a client's choice: reminders of tests and check-ins, and word of new messages
    for_reminders   boolean NOT NULL DEFAULT true,
    for_messages    boolean NOT NULL DEFAULT true,
    -- a choice of staff: at any time, in the unit's working hours, or outside them (on call)
    hours           text NOT NULL DEFAULT 'always' CHECK (hours IN ('always', 'working', 'duty')),
    UNIQUE (account_id, kind, address),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

-- A client who asks, under Help, to be contacted; and how staff reach a client: the number and the wish, every version.
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

-- One person to be told of one thing at one step; the unique key is why nobody is told twice.
CREATE TABLE notice (
    notice_id     uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    account_id    uuid NOT NULL REFERENCES account,
    client_id     uuid REFERENCES client,
    subject_kind  text NOT NULL CHECK (subject_kind IN ('alert', 'system_alert', 'message', 'reminder', 'report',
                      'handover')),
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
-- Casework. What a person has said, signed or decided is only ever added to.
CREATE FUNCTION nykter_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION nykter_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- What a unit has set, with history: the newest row whose time has come counts.
CREATE TABLE unit_setting (
    setting_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    unit_id     uuid NOT NULL REFERENCES unit,
    name        text NOT NULL CHECK (name IN ('working_hours', 'reply_within_hours', 'cut_offs', 'uncertainty_percent',
                    'help_numbers', 'safety_text', 'alert_policy')),
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
-- Questionnaires a client has answered, or staff typed in from paper.
CREATE TABLE questionnaire (
    questionnaire_id uuid PRIMARY KEY,
    tenant_id        text NOT NULL REFERENCES tenant,
    client_id        uuid NOT NULL REFERENCES client,
    instrument       text NOT NULL CHECK (instrument IN ('audit', 'audit_c', 'phq9', 'gad7')),
    answers          smallint[] NOT NULL CHECK (cardinality(answers) BETWEEN 3 AND 10),
    total            smallint NOT NULL CHECK (total BETWEEN 0 AND 40),
    -- what the score meant when it was stored, and the limit that counted for this person then
    band             text NOT NULL,
    cut_off          smallint NOT NULL,
    asks_for_safety  boolean NOT NULL,
    source           text NOT NULL CHECK (source IN ('client', 'talk', 'paper')),
    -- when the client answered; on paper that may be days before it was typed in
    answered_at      timestamptz NOT NULL,
    entered_by       uuid NOT NULL REFERENCES account,
    entered_at       timestamptz NOT NULL,
    -- typed in wrongly: it stays, and counts no more
    withdrawn_at     timestamptz,
    withdrawn_by     uuid REFERENCES account,
    withdraw_reason  text,
    CHECK (num_nulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3))
);
CREATE INDEX questionnaire_by_client ON questionnaire (client_id, answered_at);
CREATE INDEX questionnaire_safety ON questionnaire (client_id, entered_at) WHERE asks_for_safety;

-- A form the client has been asked to fill in.
CREATE TABLE questionnaire_request (
    request_id       uuid PRIMARY KEY,
    tenant_id        text NOT NULL REFERENCES tenant,
    client_id        uuid NOT NULL REFERENCES client,
    instrument       text NOT NULL CHECK (instrument IN ('audit', 'audit_c', 'phq9', 'gad7')),
    asked_at         timestamptz NOT NULL,
    asked_by         uuid NOT NULL REFERENCES account,
    closed_at        timestamptz,
    -- empty when it was taken back
    questionnaire_id uuid UNIQUE REFERENCES questionnaire,
    CHECK (questionnaire_id IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX questionnaire_request_once ON questionnaire_request (client_id, instrument) WHERE closed_at IS NULL;

-- Who writes a row need not name its tenant: it is taken from what the row belongs to. Policies and rights are not in
-- here: backend/store/row_security.py makes them from the catalogue after the migrations.
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
CREATE TRIGGER fill_tenant BEFORE INSERT ON plan FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON test_result FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON check_in_answer FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON assessment_due FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON risk_score FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON review FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON client_day FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON study_breath_test FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON assignment FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_client();
CREATE TRIGGER fill_tenant BEFORE INSERT ON test_window_change FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_test_window();
CREATE TRIGGER fill_tenant BEFORE INSERT ON alert_change FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_alert();
CREATE TRIGGER fill_tenant BEFORE INSERT ON login FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
    EXECUTE FUNCTION fill_tenant_from_account();

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
               unit_id uuid, client_id uuid, display_name text, language text, login_id uuid, method text,
               is_strong boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    RETURN QUERY SELECT l.csrf_token, l.seen_at, l.ends_at, a.account_id, a.tenant_id, a.role, a.unit_id, a.client_id,
                        a.display_name, a.language, l.login_id, l.method, l.is_strong
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

-- Only the owner of a hypertable may drop its chunks. Returns how many; 0 on plain tables.
CREATE FUNCTION drop_chunks_before(wanted text, oldest timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    home text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                   WHERE e.extname = 'timescaledb');
    dropped integer := 0;
BEGIN
    IF home IS NULL OR wanted NOT IN ('reading', 'check_in_answer', 'device_status') THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT count(*) FROM %I.drop_chunks(%L::regclass, older_than => %L::timestamptz)', home, wanted, oldest)
       INTO dropped;
    RETURN dropped;
END $$;

REVOKE EXECUTE ON FUNCTION account_of_username(text), login_of_token(bytea), tenant_of_application_link(bytea),
    close_chunks(), drop_chunks_before(text, timestamptz) FROM PUBLIC;

-- Nothing about this client is removed while a hold is in force.
CREATE TABLE legal_hold (
    hold_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    placed_at    timestamptz NOT NULL,
    -- empty when placed from the command line
    placed_by    uuid REFERENCES account,
    reason       text NOT NULL CHECK (length(reason) >= 3),
    lifted_at    timestamptz,
    lifted_by    uuid REFERENCES account,
    lift_reason  text,
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
);
CREATE UNIQUE INDEX legal_hold_one_open ON legal_hold (client_id) WHERE lifted_at IS NULL;

-- What each run removed, per tenant ('' for what belongs to none) and kind; counted in the transactions that removed it.
CREATE TABLE retention_run (
    run_id        uuid NOT NULL,
    tenant_id     text NOT NULL,
    kind          text NOT NULL,
    ran_at        timestamptz NOT NULL,
    keep_days     integer NOT NULL,
    rows_removed  bigint NOT NULL DEFAULT 0,
    -- why nothing was removed although the time may have come
    problem       text,
    PRIMARY KEY (run_id, tenant_id, kind)
);
CREATE INDEX retention_run_by_tenant ON retention_run (tenant_id, ran_at DESC);

-- What was done to have an alert answered: one row per round and step, written when it was taken.
CREATE TABLE alert_step (
    alert_id   uuid NOT NULL REFERENCES alert ON DELETE CASCADE,
    tenant_id  text NOT NULL,
    client_id  uuid NOT NULL,
    round      smallint NOT NULL,
    step       text NOT NULL CHECK (step IN ('owner', 'duty_first', 'duty_second', 'manager', 'operator')),
    due_at     timestamptz NOT NULL,
    taken_at   timestamptz NOT NULL,
    -- who was told; empty when nobody was there
    accounts   uuid[] NOT NULL,
    PRIMARY KEY (alert_id, round, step)
);

-- What a unit has decided about its alerts; a unit without a row has the defaults.
CREATE TABLE alert_policy (
    unit_id                uuid PRIMARY KEY REFERENCES unit,
    tenant_id              text NOT NULL REFERENCES tenant,
    timezone               text NOT NULL,
    -- {"1": ["08:00", "16:30"], …} by ISO weekday
    working_hours          jsonb NOT NULL,
    half_day_closes        time NOT NULL,
    budget_per_week        double precision NOT NULL CHECK (budget_per_week BETWEEN 0.5 AND 100),
    now_wait_min           smallint NOT NULL CHECK (now_wait_min BETWEEN 5 AND 240),
    same_day_wait_min      smallint NOT NULL CHECK (same_day_wait_min BETWEEN 30 AND 1440),
    changed_at             timestamptz NOT NULL,
    changed_by             uuid REFERENCES account,
    -- closed beside the holidays
    closed_days            date[] NOT NULL DEFAULT '{}'
);

-- The duty rota. A line is never changed, only withdrawn and followed by another.
CREATE TABLE duty (
    duty_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    unit_id      uuid NOT NULL REFERENCES unit,
    place        smallint NOT NULL CHECK (place IN (1, 2)),
    -- empty: nobody has this place then
    account_id   uuid REFERENCES account,
    -- a weekly pattern in the unit's zone ...
    from_weekday smallint CHECK (from_weekday BETWEEN 1 AND 7),
    from_time    time,
    to_weekday   smallint CHECK (to_weekday BETWEEN 1 AND 7),
    to_time      time,
    first_day    date,
    last_day     date,
    -- ... or an exception that wins over every pattern
    from_at      timestamptz,
    to_at        timestamptz,
    created_at   timestamptz NOT NULL,
    created_by   uuid REFERENCES account,
    withdrawn_at timestamptz,
    withdrawn_by uuid REFERENCES account,
    CHECK (num_nulls(from_weekday, from_time, to_weekday, to_time) IN (0, 4)),
    CHECK ((from_weekday IS NULL) <> (from_at IS NULL)),
    CHECK ((from_at IS NULL) = (to_at IS NULL) AND from_at < to_at)
);
CREATE INDEX duty_by_unit ON duty (unit_id) WHERE withdrawn_at IS NULL;

-- Thresholds of predictive signals, set from the unit's budget, with what they would have meant. History, never changed.
CREATE TABLE alert_threshold (
    unit_id         uuid NOT NULL REFERENCES unit,
    tenant_id       text NOT NULL REFERENCES tenant,
    kind            text NOT NULL CHECK (kind IN ('risk', 'trend')),
    set_at          timestamptz NOT NULL,
    value           double precision NOT NULL,
    -- what the unit's clinicians may get together, and what this threshold would have given them, a week
    budget_per_week double precision,
    per_week        double precision,
    is_within       boolean,
    clinicians      smallint,
    clients         integer,
    -- of so many signals so many were followed by drinking; of so many starts so many had a signal before
    signals         integer,
    right_signals   integer,
    starts          integer,
    warned_starts   integer,
    PRIMARY KEY (unit_id, kind, set_at)
);

-- When a unit's thresholds were last looked at, whether or not there was enough to set them from.
CREATE TABLE budget_look (
    unit_id   uuid PRIMARY KEY REFERENCES unit,
    tenant_id text NOT NULL REFERENCES tenant,
    looked_at timestamptz NOT NULL
);

-- The exacerbation index of each finished day, as it was the next morning; never changed afterwards.
CREATE TABLE trend_day (
    client_id   uuid NOT NULL REFERENCES client ON DELETE CASCADE,
    tenant_id   text NOT NULL,
    day         date NOT NULL,
    stands_at   timestamptz NOT NULL,
    index       double precision NOT NULL CHECK (index BETWEEN 0 AND 100),
    sv          text,
    en          text,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, day)
);

-- How many of a tenant's gateways were heard in the last minutes, every few minutes: what is usual.
CREATE TABLE fleet_sample (
    tenant_id text NOT NULL REFERENCES tenant,
    at        timestamptz NOT NULL,
    active    integer NOT NULL,
    heard     integer NOT NULL,
    PRIMARY KEY (tenant_id, at)
);

-- Many gateways, the broker or ingest silent together: one alert for the operators, and nobody's missed test.
CREATE TABLE system_alert (
    system_alert_id uuid PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    cause           text NOT NULL CHECK (cause IN ('gateways', 'broker', 'ingest')),
    began_at        timestamptz NOT NULL,
    opened_at       timestamptz NOT NULL,
    ended_at        timestamptz,
    gateways        integer NOT NULL,
    silent          integer NOT NULL,
    usual           double precision NOT NULL,
    CHECK (ended_at IS NULL OR ended_at >= began_at)
);
CREATE UNIQUE INDEX system_alert_one_open ON system_alert (tenant_id) WHERE ended_at IS NULL;
CREATE INDEX system_alert_by_end ON system_alert (ended_at DESC);

-- The job queue, as its package has it today.
-- nykter: include procrastinate/sql/schema.sql

CREATE TABLE risk_model (
    model_id      uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    name          text NOT NULL,
    version       text NOT NULL,
    state         text NOT NULL CHECK (state IN ('training', 'failed', 'candidate', 'shadow', 'active', 'retired')),
    trained_on    text NOT NULL DEFAULT '',
    people        integer,
    data_hash     text,
    feature_hash  text,
    -- the artifact as JSON text, and its SHA-256: what is scored with is what was approved
    document      text,
    document_sha256 bytea,
    checks        jsonb NOT NULL DEFAULT '[]',
    failure       text,
    created_at    timestamptz NOT NULL,
    created_by    uuid REFERENCES account,
    -- a training that was begun and not ended within the hour is begun again
    claimed_at    timestamptz,
    UNIQUE (tenant_id, name, version),
    CHECK ((document IS NULL) = (document_sha256 IS NULL)),
    CHECK (state IN ('training', 'failed') OR document IS NOT NULL)
);
CREATE UNIQUE INDEX risk_model_one_active ON risk_model (tenant_id) WHERE state = 'active';
CREATE UNIQUE INDEX risk_model_one_shadow ON risk_model (tenant_id) WHERE state = 'shadow';
CREATE UNIQUE INDEX risk_model_one_training ON risk_model (tenant_id) WHERE state = 'training';

CREATE TABLE risk_model_change (
    change_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    model_id    uuid NOT NULL REFERENCES risk_model,
    changed_at  timestamptz NOT NULL,
    -- a person, or empty where a training ended by itself
    account_id  uuid REFERENCES account,
    old         text,
    new         text NOT NULL,
    reason      text NOT NULL
);
CREATE INDEX risk_model_change_by_model ON risk_model_change (model_id, change_id);

-- A tenant's switch for scores as a whole; the newest row holds, and without any it is on.
CREATE TABLE risk_switch (
    switch_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    switched_at timestamptz NOT NULL,
    account_id  uuid NOT NULL REFERENCES account,
    is_on       boolean NOT NULL,
    reason      text NOT NULL
);
CREATE INDEX risk_switch_by_tenant ON risk_switch (tenant_id, switch_id DESC);

-- How the scores of the last weeks compare with what followed and with the weeks before.
CREATE TABLE risk_monitor (
    tenant_id      text NOT NULL REFERENCES tenant,
    model_version  text NOT NULL,
    horizon_hours  smallint NOT NULL,
    measured_at    timestamptz NOT NULL,
    verdict        text NOT NULL CHECK (verdict IN ('too_few', 'steady', 'watch', 'shifted')),
    figures        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, model_version, horizon_hours, measured_at)
);

-- Scores of a model in the shadow: kept apart, so that none can reach a page or an alert by mistake.
CREATE TABLE shadow_score (
    tenant_id      text NOT NULL,
    client_id      uuid NOT NULL,
    decided_at     timestamptz NOT NULL,
    horizon_hours  smallint NOT NULL,
    model_version  text NOT NULL,
    computed_at    timestamptz NOT NULL,
    probability    double precision,
    coverage       text NOT NULL CHECK (coverage IN ('enough', 'little', 'too_little')),
    PRIMARY KEY (client_id, decided_at, horizon_hours, model_version)
);

-- When a client began to get worse, against their own baseline (docs/exacerbation-index.md). One row per client.
CREATE TABLE client_trend (
    client_id    uuid PRIMARY KEY REFERENCES client ON DELETE CASCADE,
    tenant_id    text NOT NULL,
    computed_at  timestamptz NOT NULL,
    -- 0..100, 50 at the alarm limit; empty when there is too little data to say
    index        double precision,
    is_alarm     boolean NOT NULL,
    onset        date,
    drivers      text[] NOT NULL,
    sv           text NOT NULL,
    en           text NOT NULL
);

-- One-time codes that let a gateway in.
CREATE TABLE enrolment_code (
    code_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    code_sha256  bytea NOT NULL UNIQUE,
    -- empty where the platform's own command issued it
    issued_by    uuid REFERENCES account,
    issued_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    used_at      timestamptz,
    -- the gateway that used it
    device_id    text REFERENCES gateway,
    revoked_at   timestamptz,
    revoked_by   uuid REFERENCES account,
    CHECK (ends_at > issued_at)
);
CREATE INDEX enrolment_code_by_client ON enrolment_code (client_id, issued_at DESC);

-- A gateway's code is all it has before it is anybody's. The same answer, by the same way, whatever is wrong with it.
CREATE FUNCTION tenant_of_enrolment_code(wanted bytea, at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT c.tenant_id INTO found FROM enrolment_code c
     WHERE c.code_sha256 = wanted AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.ends_at > at;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;

-- A gateway asks for its next key or certificate before it is known whose it is.
CREATE FUNCTION tenant_of_gateway(wanted text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT g.tenant_id INTO found FROM gateway g WHERE g.device_id = wanted AND g.revoked_at IS NULL;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION tenant_of_enrolment_code(bytea, timestamptz), tenant_of_gateway(text) FROM PUBLIC;

-- Which breathalyzers staff have said are the client's own; any other one's readings count, and are pointed out.
CREATE TABLE breathalyzer_pairing (
    tenant_id  text NOT NULL REFERENCES tenant,
    client_id  uuid NOT NULL REFERENCES client,
    serial     text NOT NULL,
    paired_at  timestamptz NOT NULL,
    paired_by  uuid REFERENCES account,
    ended_at   timestamptz,
    ended_by   uuid REFERENCES account,
    PRIMARY KEY (client_id, serial)
);

-- Each client's data key, wrapped with the deployment's: free text and photos are sealed with it (sealed_text.py).
CREATE TABLE client_key (
    -- or an application's number: who becomes a client keeps it
    client_id    uuid NOT NULL,
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

-- Relatives: people a client lets see something, one thing at a time, until they change their mind.
CREATE TABLE relative (
    relative_id        uuid PRIMARY KEY,
    tenant_id          text NOT NULL REFERENCES tenant,
    client_id          uuid NOT NULL REFERENCES client,
    -- what the client calls this person, and what this person reads instead of the client's alias
    called             text NOT NULL CHECK (length(called) BETWEEN 1 AND 80),
    client_shown_as    text NOT NULL CHECK (length(client_shown_as) BETWEEN 1 AND 80),
    invited_at         timestamptz NOT NULL,
    invited_by         uuid NOT NULL REFERENCES account,
    invitation_sha256  bytea NOT NULL UNIQUE,
    invitation_ends_at timestamptz NOT NULL,
    -- the login of who accepted
    account_id         uuid REFERENCES account,
    accepted_at        timestamptz,
    ended_at           timestamptz,
    ended_by           uuid REFERENCES account,
    CHECK ((account_id IS NULL) = (accepted_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX relative_by_client ON relative (client_id, invited_at);
CREATE UNIQUE INDEX relative_once ON relative (client_id, account_id) WHERE ended_at IS NULL;
CREATE INDEX relative_by_account ON relative (account_id) WHERE ended_at IS NULL;

-- The client's consent: one thing, to one person, from then until it ends or is taken back. A row is never changed but
-- to say when it was taken back.
CREATE TABLE sharing (
    sharing_id   uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    relative_id  uuid NOT NULL REFERENCES relative,
    scope        text NOT NULL CHECK (scope IN ('plan', 'attendance', 'results', 'values')),
    given_at     timestamptz NOT NULL,
    given_by     uuid NOT NULL REFERENCES account,
    ends_at      timestamptz CHECK (ends_at > given_at),
    revoked_at   timestamptz,
    revoked_by   uuid REFERENCES account,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX sharing_one_open ON sharing (relative_id, scope) WHERE revoked_at IS NULL;

CREATE FUNCTION nykter_only_revoke() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL
       OR to_jsonb(NEW) - '{revoked_at,revoked_by}'::text[] <> to_jsonb(OLD) - '{revoked_at,revoked_by}'::text[] THEN
        RAISE EXCEPTION 'a consent is never changed, only taken back';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sharing_is_kept BEFORE UPDATE ON sharing FOR EACH ROW EXECUTE FUNCTION nykter_only_revoke();

CREATE FUNCTION fill_unit_from_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT a.unit_id INTO NEW.unit_id FROM account a WHERE a.account_id = NEW.account_id;
    RETURN NEW;
END $$;
CREATE TRIGGER fill_unit BEFORE INSERT ON assignment FOR EACH ROW WHEN (NEW.unit_id IS NULL)
    EXECUTE FUNCTION fill_unit_from_account();

-- How somebody's name stands beside what they did: a client whose identity is protected by alias.
CREATE FUNCTION shown_name(wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.protected_identity THEN c.alias ELSE a.display_name END
      FROM account a LEFT JOIN client c ON c.client_id = a.client_id WHERE a.account_id = wanted
$$;

-- On the client's wish: other units than this one see nothing of them (patient data act 4:4).
CREATE TABLE care_block (
    block_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    client_id   uuid NOT NULL REFERENCES client,
    unit_id     uuid NOT NULL REFERENCES unit,
    set_at      timestamptz NOT NULL,
    set_by      uuid NOT NULL REFERENCES account,
    words       text NOT NULL CHECK (length(words) >= 3),
    lifted_at   timestamptz,
    lifted_by   uuid REFERENCES account,
    lift_words  text,
    CHECK (num_nulls(lifted_at, lifted_by, lift_words) IN (0, 3))
);
CREATE UNIQUE INDEX care_block_one_open ON care_block (client_id) WHERE lifted_at IS NULL;

-- Somebody without a care relation, or kept out, looked all the same: why, for how long, and what the manager says to it.
CREATE TABLE emergency_access (
    emergency_id uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    unit_id      uuid NOT NULL REFERENCES unit,
    account_id   uuid NOT NULL REFERENCES account,
    reason       text NOT NULL CHECK (reason IN ('acute_risk', 'colleague_away', 'client_asked', 'other')),
    words        text NOT NULL CHECK (length(words) >= 10),
    past_block   boolean NOT NULL,
    from_at      timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL CHECK (ends_at >= from_at),
    reviewed_at  timestamptz,
    reviewed_by  uuid REFERENCES account,
    outcome      text CHECK (outcome IN ('justified', 'not_justified')),
    review_words text,
    CHECK (num_nulls(reviewed_at, reviewed_by, outcome, review_words) IN (0, 4)),
    CHECK (reviewed_by <> account_id)
);
CREATE INDEX emergency_access_by_account ON emergency_access (account_id, client_id, ends_at DESC);
CREATE INDEX emergency_access_open ON emergency_access (unit_id) WHERE reviewed_at IS NULL;

-- Checks of the access log: what was drawn, why, what a manager found; and who has read the routine.
CREATE TABLE log_check (
    check_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    unit_id     uuid NOT NULL REFERENCES unit,
    -- the month looked at, in the unit's own days
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    drawn_at    timestamptz NOT NULL,
    drawn_by    uuid NOT NULL REFERENCES account,
    -- how many entries the sample was drawn from
    entries     integer NOT NULL,
    done_at     timestamptz,
    done_by     uuid REFERENCES account,
    outcome     text CHECK (outcome IN ('nothing_found', 'followed_up')),
    words       text,
    CHECK (num_nulls(done_at, done_by, outcome, words) IN (0, 4))
);
CREATE INDEX log_check_by_unit ON log_check (unit_id, month DESC);
CREATE UNIQUE INDEX log_check_one_open ON log_check (unit_id, month) WHERE done_at IS NULL;

CREATE TABLE log_check_entry (
    check_id    uuid NOT NULL REFERENCES log_check,
    entry_id    bigint NOT NULL,
    tenant_id   text NOT NULL REFERENCES tenant,
    why         text NOT NULL CHECK (why IN ('emergency', 'at_night', 'many_clients', 'random')),
    PRIMARY KEY (check_id, entry_id)
);

-- The routine as it was told to a member of staff, by version.
CREATE TABLE log_routine_read (
    account_id  uuid NOT NULL REFERENCES account,
    version     integer NOT NULL,
    tenant_id   text NOT NULL REFERENCES tenant,
    read_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, version)
);

CREATE FUNCTION nykter_keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'log_check' AND TG_OP = 'UPDATE' THEN
        IF OLD.done_at IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a check that was made is kept as it was';
END $$;
CREATE TRIGGER log_check_is_kept BEFORE UPDATE OR DELETE ON log_check FOR EACH ROW EXECUTE FUNCTION nykter_keep_check();
CREATE TRIGGER log_check_entry_is_kept BEFORE UPDATE OR DELETE ON log_check_entry
    FOR EACH ROW EXECUTE FUNCTION nykter_keep_check();

-- An invitation is opened by a one-time link, before its tenant is known.
CREATE FUNCTION tenant_of_relative_invitation(wanted bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT r.tenant_id INTO found FROM relative r WHERE r.invitation_sha256 = wanted;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION tenant_of_relative_invitation(bytea) FROM PUBLIC;

-- The person's rights: registers, what was asked for, and records removed as a whole by two people.
CREATE TABLE consent (
    consent_id      uuid PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    client_id       uuid NOT NULL REFERENCES client,
    purpose         text NOT NULL CHECK (length(purpose) >= 3),
    recipient       text NOT NULL CHECK (length(recipient) >= 2),
    given_at        timestamptz NOT NULL,
    given_how       text NOT NULL CHECK (given_how IN ('own_login', 'in_person', 'in_writing')),
    recorded_by     uuid NOT NULL REFERENCES account,
    ends_on         date,
    withdrawn_at    timestamptz,
    withdrawn_by    uuid REFERENCES account,
    withdraw_reason text,
    CHECK (num_nulls(withdrawn_at, withdrawn_by) IN (0, 2))
);
CREATE INDEX consent_by_client ON consent (client_id, given_at);

-- What left the clinic: what, to whom, on which legal ground, decided by whom, and what was masked. Never changed.
CREATE TABLE disclosure (
    disclosure_id   uuid PRIMARY KEY,
    tenant_id       text NOT NULL REFERENCES tenant,
    client_id       uuid NOT NULL REFERENCES client,
    disclosed_at    timestamptz NOT NULL,
    recipient       text NOT NULL CHECK (length(recipient) >= 2),
    what            text[] NOT NULL CHECK (cardinality(what) >= 1),
    masked          text[] NOT NULL DEFAULT '{}',
    legal_ground    text NOT NULL CHECK (legal_ground IN ('consent', 'client_asked', 'law_requires', 'harm_test',
                        'within_care', 'supervision')),
    consent_id      uuid REFERENCES consent,
    words           text NOT NULL CHECK (length(words) >= 3),
    decided_by      uuid NOT NULL REFERENCES account,
    CHECK ((legal_ground = 'consent') = (consent_id IS NOT NULL)),
    CHECK (NOT what && masked)
);
CREATE INDEX disclosure_by_client ON disclosure (client_id, disclosed_at);
CREATE TRIGGER disclosure_is_kept BEFORE UPDATE ON disclosure FOR EACH ROW EXECUTE FUNCTION nykter_refuse_change();

-- What the client says is wrong, and what staff decided; what it is about stays as it was, with this beside it.
CREATE TABLE correction_request (
    request_id   uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    client_id    uuid NOT NULL REFERENCES client,
    about        text NOT NULL CHECK (about IN ('reading', 'test_window', 'check_in', 'contact', 'journal_text', 'plan',
                     'personal_details', 'other')),
    about_at     timestamptz,
    says         text NOT NULL CHECK (says <> ''),
    asked_at     timestamptz NOT NULL,
    asked_by     uuid NOT NULL REFERENCES account,
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'noted', 'refused')),
    decided_at   timestamptz,
    decided_by   uuid REFERENCES account,
    decision     text,
    CHECK ((state = 'open') = (decided_at IS NULL) AND num_nulls(decided_at, decided_by, decision) IN (0, 3)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by)
);
CREATE INDEX correction_request_by_client ON correction_request (client_id, asked_at);

CREATE TABLE erasure_request (
    request_id    uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenant,
    client_id     uuid NOT NULL REFERENCES client,
    scope         text NOT NULL CHECK (scope IN ('own_words', 'everything')),
    says          text NOT NULL DEFAULT '',
    asked_at      timestamptz NOT NULL,
    asked_by      uuid NOT NULL REFERENCES account,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'granted', 'refused')),
    decided_at    timestamptz,
    decided_by    uuid REFERENCES account,
    -- which law says that it must be kept
    refusal_code  text CHECK (refusal_code IN ('sol_5_years', 'pdl_10_years', 'archive_law', 'legal_hold', 'legal_claim',
                      'care_goes_on')),
    decision      text,
    CHECK ((state = 'open') = (decided_at IS NULL) AND num_nulls(decided_at, decided_by, decision) IN (0, 3)),
    done_at       timestamptz,
    removed       jsonb,
    CHECK ((state = 'refused') = (refusal_code IS NOT NULL)),
    CONSTRAINT erasure_request_done CHECK (num_nulls(done_at, removed) IN (0, 2) AND (done_at IS NULL OR state = 'granted'))
);
CREATE INDEX erasure_request_by_client ON erasure_request (client_id, asked_at);

-- A whole record is removed by two people and by the platform afterwards. Outlives the record: no reference to it, and no
-- datum about the person but their number.
CREATE TABLE deletion_case (
    case_id      uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenant,
    unit_id      uuid NOT NULL REFERENCES unit,
    record_id    uuid NOT NULL,
    ground       text NOT NULL CHECK (ground IN ('retention', 'erasure')),
    -- what stood there when it was proposed: {"reading": 1204, …}
    counted      jsonb NOT NULL,
    words        text NOT NULL CHECK (length(words) >= 3),
    proposed_at  timestamptz NOT NULL,
    proposed_by  uuid NOT NULL REFERENCES account,
    approved_at  timestamptz,
    approved_by  uuid REFERENCES account,
    withdrawn_at timestamptz,
    withdrawn_by uuid REFERENCES account,
    -- by the platform, the night after; and what was then removed
    done_at      timestamptz,
    removed      jsonb,
    sha256       bytea CHECK (length(sha256) = 32),
    CONSTRAINT deletion_case_two_people CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CHECK (num_nulls(approved_at, approved_by) IN (0, 2) AND num_nulls(withdrawn_at, withdrawn_by) IN (0, 2)),
    CHECK (num_nulls(done_at, removed, sha256) IN (0, 3) AND (done_at IS NULL OR approved_at IS NOT NULL))
);
CREATE UNIQUE INDEX deletion_case_one_open ON deletion_case (record_id) WHERE withdrawn_at IS NULL;
CREATE INDEX deletion_case_by_unit ON deletion_case (unit_id, proposed_at DESC);

-- Pictures taken at the blow, sealed at home for the web process's key (the database and ingest cannot open them), and what a
-- person saw on each. Neither ever changes a result.
CREATE TABLE identity_photo (
    tenant_id            text NOT NULL,
    client_id            uuid NOT NULL,
    device_id            text NOT NULL,
    boot_id              text NOT NULL,
    sequence             bigint NOT NULL,
    -- the test run it was taken for
    run_id               text NOT NULL,
    taken_at             timestamptz NOT NULL,
    received_at          timestamptz NOT NULL,
    source               text NOT NULL,
    key_id               text NOT NULL,
    signature            bytea NOT NULL,
    -- as signed, with the sealed picture in it; empty once the picture was removed
    body                 bytea,
    removed_at           timestamptz,
    clock_correction_ms  bigint,
    PRIMARY KEY (device_id, boot_id, sequence),
    CHECK ((body IS NULL) = (removed_at IS NOT NULL))
);
CREATE INDEX identity_photo_by_client ON identity_photo (client_id, taken_at DESC);
CREATE INDEX identity_photo_kept ON identity_photo (tenant_id, received_at) WHERE body IS NOT NULL;

-- What a person saw. The newest one counts; none is changed or taken back.
CREATE TABLE photo_verdict (
    verdict_id  uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    client_id   uuid NOT NULL,
    device_id   text NOT NULL,
    boot_id     text NOT NULL,
    sequence    bigint NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('confirmed', 'mismatch', 'unusable')),
    note        text,
    judged_at   timestamptz NOT NULL,
    judged_by   uuid NOT NULL REFERENCES account
);
CREATE INDEX photo_verdict_by_photo ON photo_verdict (device_id, boot_id, sequence, judged_at DESC);
CREATE INDEX photo_verdict_by_client ON photo_verdict (client_id);

-- Between the first proof and the last one nobody is signed in: this is all such a browser has.
CREATE TABLE sign_in_step (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    kind          text NOT NULL CHECK (kind IN ('second_factor', 'enrol', 'password')),
    method        text NOT NULL,
    browser       text NOT NULL,
    failures      integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL
);

-- An authenticator app. A time step is used once: last_step only grows.
CREATE TABLE totp_factor (
    account_id    uuid PRIMARY KEY REFERENCES account,
    tenant_id     text NOT NULL,
    secret        text NOT NULL,
    last_step     bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    -- empty until its first code has been given
    confirmed_at  timestamptz
);

CREATE TABLE recovery_code (
    code_sha256  bytea PRIMARY KEY,
    tenant_id    text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account,
    created_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX recovery_code_by_account ON recovery_code (account_id);

CREATE TABLE passkey (
    credential_id  bytea PRIMARY KEY,
    tenant_id      text NOT NULL,
    account_id     uuid NOT NULL REFERENCES account,
    public_key     bytea NOT NULL,
    sign_count     bigint NOT NULL,
    name           text NOT NULL,
    created_at     timestamptz NOT NULL,
    used_at        timestamptz
);
CREATE INDEX passkey_by_account ON passkey (account_id);

-- What a browser was asked to sign; used once. Asked of whoever comes, so of no tenant.
CREATE TABLE passkey_challenge (
    holder_sha256  bytea PRIMARY KEY,
    purpose        text NOT NULL CHECK (purpose IN ('register', 'sign_in')),
    challenge      bytea NOT NULL,
    ends_at        timestamptz NOT NULL
);

-- A sign-in under way at an identity provider. Of no tenant until the answer names somebody.
CREATE TABLE identity_request (
    state_sha256   bytea PRIMARY KEY,
    holder_sha256  bytea NOT NULL,
    nonce          text NOT NULL,
    code_verifier  text NOT NULL,
    wanted         text NOT NULL,
    -- a signed-in person who links an identity to the account, else empty
    links          uuid,
    ends_at        timestamptz NOT NULL
);

-- An identity at a provider: a digest of issuer and subject. Nothing else the provider says is kept.
CREATE TABLE account_identity (
    identity_sha256  bytea PRIMARY KEY,
    tenant_id        text NOT NULL,
    account_id       uuid NOT NULL REFERENCES account,
    identity_id      uuid NOT NULL DEFAULT gen_random_uuid(),
    issuer           text NOT NULL,
    created_at       timestamptz NOT NULL,
    used_at          timestamptz
);
CREATE INDEX account_identity_by_account ON account_identity (account_id);

-- Handed over in person, used once.
CREATE TABLE account_code (
    code_sha256  bytea PRIMARY KEY,
    tenant_id    text NOT NULL,
    account_id   uuid NOT NULL REFERENCES account,
    -- invite: a first password; password: a new one, the second factor stays; restart: both anew; phone: a client's phone
    purpose      text NOT NULL CHECK (purpose IN ('invite', 'password', 'restart', 'phone')),
    issued_by    uuid REFERENCES account,
    issued_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    used_at      timestamptz,
    CHECK (ends_at > issued_at)
);
CREATE INDEX account_code_by_account ON account_code (account_id);

-- A client's phone, let in by staff in person. The token changes each time it signs in; the one before holds until the
-- new one has been seen, so that an answer lost on the way locks nobody out.
CREATE TABLE phone (
    phone_id         uuid PRIMARY KEY,
    tenant_id        text NOT NULL,
    account_id       uuid NOT NULL REFERENCES account,
    name             text NOT NULL,
    token_sha256     bytea NOT NULL UNIQUE,
    previous_sha256  bytea,
    let_in_by        uuid REFERENCES account,
    let_in_at        timestamptz NOT NULL,
    used_at          timestamptz NOT NULL,
    ended_at         timestamptz,
    ended_by         uuid REFERENCES account,
    -- set when an old token came back: somebody had copied it
    was_copied       boolean NOT NULL DEFAULT false
);
CREATE INDEX phone_by_account ON phone (account_id);
CREATE UNIQUE INDEX phone_by_previous ON phone (previous_sha256) WHERE previous_sha256 IS NOT NULL;

-- A token of a phone that has been followed by others: seen again, it has been copied.
CREATE TABLE phone_token_used (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    phone_id      uuid NOT NULL REFERENCES phone,
    used_at       timestamptz NOT NULL
);

-- A browser in which somebody has signed in before: a stranger's guesses do not slow it down.
CREATE TABLE known_browser (
    token_sha256  bytea PRIMARY KEY,
    tenant_id     text NOT NULL,
    account_id    uuid NOT NULL REFERENCES account,
    used_at       timestamptz NOT NULL
);
CREATE INDEX known_browser_by_account ON known_browser (account_id);

-- What was done with an account, and by whom. Only ever added to.
CREATE TABLE account_event (
    event_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id   text NOT NULL,
    account_id  uuid NOT NULL REFERENCES account,
    at          timestamptz NOT NULL,
    kind        text NOT NULL,
    -- empty where the platform's own command did it
    by_account  uuid REFERENCES account,
    browser     text NOT NULL DEFAULT ''
);
CREATE INDEX account_event_by_account ON account_event (account_id, at DESC);

-- Whose a secret is that somebody shows before they are signed in: a step, code, passkey, identity or phone.
CREATE FUNCTION tenant_of_sign_in(what text, wanted bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    PERFORM set_config('nykter.scope', 'maintenance', true);
    SELECT t.tenant_id INTO found FROM (
        SELECT s.tenant_id FROM sign_in_step s WHERE what = 'step' AND s.token_sha256 = wanted
        UNION ALL SELECT c.tenant_id FROM account_code c WHERE what = 'code' AND c.code_sha256 = wanted
        UNION ALL SELECT p.tenant_id FROM passkey p WHERE what = 'passkey' AND p.credential_id = wanted
        UNION ALL SELECT i.tenant_id FROM account_identity i WHERE what = 'identity' AND i.identity_sha256 = wanted
        UNION ALL SELECT h.tenant_id FROM phone h WHERE what = 'phone' AND wanted IN (h.token_sha256, h.previous_sha256)
        UNION ALL SELECT u.tenant_id FROM phone_token_used u WHERE what = 'phone' AND u.token_sha256 = wanted
    ) t LIMIT 1;
    PERFORM set_config('nykter.scope', '', true);
    RETURN found;
END $$;
REVOKE EXECUTE ON FUNCTION tenant_of_sign_in(text, bytea) FROM PUBLIC;

-- Who follows whom is changed by people of the unit, with a reason: one row for each client of such a decision.
CREATE TABLE care_change (
    change_id   uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenant,
    client_id   uuid NOT NULL REFERENCES client,
    unit_id     uuid NOT NULL REFERENCES unit,
    -- the same for all clients of one decision
    batch_id    uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('assigned', 'handed_over', 'ended')),
    from_id     uuid REFERENCES account,
    to_id       uuid REFERENCES account,
    -- when it takes effect, and for an assignment that ends by itself, when it ends
    at          timestamptz NOT NULL,
    until       timestamptz,
    words       text NOT NULL,
    decided_by  uuid NOT NULL REFERENCES account,
    decided_at  timestamptz NOT NULL,
    -- stored deadline: when the signals that the leaving one had taken fall back to the unit; empty when that is done
    settle_at   timestamptz,
    CONSTRAINT care_change_names_who CHECK ((kind = 'assigned') = (from_id IS NULL) AND (kind = 'ended') = (to_id IS NULL)),
    CHECK (until IS NULL OR (kind = 'assigned' AND until > at))
);
CREATE INDEX care_change_by_client ON care_change (client_id, decided_at DESC);
CREATE INDEX care_change_by_unit ON care_change (unit_id, decided_at DESC);
CREATE INDEX care_change_to_settle ON care_change (settle_at) WHERE settle_at IS NOT NULL;

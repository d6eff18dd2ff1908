-- Alerts people can live with: two places per client, snooze, escalation along a duty rota, thresholds set from a
-- budget, and one system alert when many gateways fall silent together.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert DROP CONSTRAINT alert_kind_check;
ALTER TABLE alert
    ADD CONSTRAINT alert_kind_check CHECK (kind IN ('confirmed_positive', 'unconfirmed_positive', 'testing_stopped',
        'worsening_risk', 'missed_tests', 'lost_contact', 'equipment')),
    -- which of the client's two places it takes
    ADD COLUMN track text NOT NULL GENERATED ALWAYS AS
        (CASE WHEN kind IN ('lost_contact', 'equipment') THEN 'equipment' ELSE 'clinical' END) STORED,
    -- since when what it is about has been going on
    ADD COLUMN began_at        timestamptz,
    -- when it got its present tier; escalation counts from here
    ADD COLUMN raised_at       timestamptz,
    -- who acknowledged it since then
    ADD COLUMN seen_at         timestamptz,
    ADD COLUMN seen_by         uuid REFERENCES account,
    -- stored deadline: put off until then, by whom and why
    ADD COLUMN snoozed_until   timestamptz,
    ADD COLUMN snoozed_by      uuid REFERENCES account,
    ADD COLUMN snoozed_at      timestamptz,
    ADD COLUMN snooze_reason   text,
    -- stored deadline: when the next person is to be told; empty when nobody is
    ADD COLUMN escalate_at     timestamptz,
    ADD COLUMN escalate_step   smallint NOT NULL DEFAULT 0,
    -- how often the tier has got worse: each round is told anew
    ADD COLUMN round           smallint NOT NULL DEFAULT 0,
    ADD CONSTRAINT alert_snooze_is_whole CHECK (
        num_nulls(snoozed_until, snoozed_by, snoozed_at, snooze_reason) IN (0, 4));
UPDATE alert SET raised_at = opened_at,
       began_at = coalesce((SELECT min((line ->> 'at')::timestamptz) FROM jsonb_array_elements(evidence) AS line
                             WHERE line ->> 'kind' = alert.kind), opened_at),
       seen_at = (SELECT min(h.changed_at) FROM alert_change h
                   WHERE h.alert_id = alert.alert_id AND h.new IN ('seen', 'acting')),
       seen_by = (SELECT h.account_id FROM alert_change h WHERE h.alert_id = alert.alert_id
                     AND h.new IN ('seen', 'acting') ORDER BY h.change_id LIMIT 1);
DROP INDEX alert_one_open_per_client;
CREATE UNIQUE INDEX alert_one_open_per_track ON alert (client_id, track) WHERE state <> 'closed';
CREATE INDEX alert_to_escalate ON alert (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alert_snooze_ends ON alert (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX alert_closed_by_kind ON alert (tenant_id, kind, closed_at DESC) WHERE state = 'closed';

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

-- A care relation that came with being on duty ends by itself and makes nobody the client's own clinician.
ALTER TABLE assignment ADD COLUMN because text NOT NULL DEFAULT 'assigned' CHECK (because IN ('assigned', 'duty'));

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
    changed_by             uuid REFERENCES account
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
INSERT INTO alert_threshold (unit_id, tenant_id, kind, set_at, value)
SELECT u.unit_id, u.tenant_id, 'risk', (t.settings ->> 'risk_floor_at')::timestamptz,
       (t.settings ->> 'risk_floor')::double precision
  FROM unit u JOIN tenant t USING (tenant_id)
 WHERE t.settings ? 'risk_floor' AND t.settings ? 'risk_floor_at';

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
-- stored deadline: when the index of the day that is going on can be made
ALTER TABLE client ADD COLUMN trend_due_at timestamptz;

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

-- A day on which the retest did not confirm the first breath is its own kind of day, not one with alcohol.
ALTER TABLE client_day DROP CONSTRAINT client_day_state_check;
ALTER TABLE client_day ADD CONSTRAINT client_day_state_check CHECK (state IN ('ok', 'trace', 'positive', 'unclear',
    'missed', 'not_received', 'reported_drinking', 'no_test_planned', 'gap'));
UPDATE client_day d SET state = 'unclear'
  FROM client c
 WHERE c.client_id = d.client_id AND d.state = 'positive'
   AND EXISTS (SELECT FROM test_result t WHERE t.client_id = d.client_id AND t.state = 'abnormal_confirmation'
                  AND (t.measured_at AT TIME ZONE c.timezone)::date = d.day)
   AND NOT EXISTS (SELECT FROM test_result t WHERE t.client_id = d.client_id
                      AND t.state IN ('positive_pending', 'positive_confirmed', 'positive_unconfirmed')
                      AND (t.measured_at AT TIME ZONE c.timezone)::date = d.day);

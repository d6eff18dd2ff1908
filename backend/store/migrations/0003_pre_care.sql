-- What the care logic keeps: stored deadlines, daily rollups per client-local day, and imported studies.
SET LOCAL lock_timeout = '5s';

ALTER TABLE client
    -- newest measurement or answer (when it happened, not when it was uploaded)
    ADD COLUMN last_data_at    timestamptz,
    -- stored deadline: when silence becomes lost contact; empty while nothing is waited for
    ADD COLUMN lost_contact_at timestamptz,
    -- imported studies: the observed span's start, the person's place in the file, and the file's free columns
    ADD COLUMN observed_from   timestamptz,
    ADD COLUMN study_row       integer,
    ADD COLUMN study_groups    jsonb;
CREATE INDEX client_score_due ON client (score_due_at) WHERE score_due_at IS NOT NULL;
CREATE INDEX client_lost_contact ON client (lost_contact_at) WHERE lost_contact_at IS NOT NULL;
CREATE INDEX client_by_study ON client (tenant_id, study) WHERE study IS NOT NULL;

-- stored deadline: when a pending window is to be looked at again (its close and the grace after it)
ALTER TABLE test_window ADD COLUMN due_at timestamptz;
CREATE INDEX test_window_look_again ON test_window (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX test_window_undecided ON test_window (client_id) WHERE attendance IN ('pending', 'not_received');

CREATE INDEX test_result_retest ON test_result (retest_until) WHERE retest_until IS NOT NULL;

-- the client's own running rate at the same moment, the yardstick beside the score
ALTER TABLE risk_score ADD COLUMN usual double precision;

-- One row per client and local civil day with anything planned or known; rewritten with the data that changes it.
CREATE TABLE client_day (
    client_id  uuid NOT NULL REFERENCES client ON DELETE CASCADE,
    day        date NOT NULL,
    state      text NOT NULL CHECK (state IN ('ok', 'trace', 'positive', 'missed', 'not_received',
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
    measured_at   timestamptz NOT NULL,
    ordinal       smallint NOT NULL DEFAULT 0,
    known_at      timestamptz NOT NULL,
    brac_mg_per_l double precision,
    outcome       text NOT NULL,
    PRIMARY KEY (client_id, measured_at, ordinal)
);

CREATE INDEX access_log_by_account ON access_log (account_id, at DESC);
CREATE INDEX alert_open ON alert (tenant_id) WHERE state <> 'closed';

-- Questionnaires a client has answered, or staff typed in from paper; forms staff have asked for; and the alert of an
-- answer that asks for safety.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert DROP CONSTRAINT alert_kind_check;
ALTER TABLE alert ADD CONSTRAINT alert_kind_check CHECK (kind IN ('confirmed_positive', 'unconfirmed_positive',
    'testing_stopped', 'worsening_risk', 'missed_tests', 'lost_contact', 'equipment', 'safety_answer'));
ALTER TABLE unit_setting DROP CONSTRAINT unit_setting_name_check;
ALTER TABLE unit_setting ADD CONSTRAINT unit_setting_name_check CHECK (name IN ('working_hours', 'reply_within_hours',
    'cut_offs', 'uncertainty_percent', 'safety_text'));

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

-- The person's rights: consent and disclosure register, corrections asked for, erasure asked for, and records removed as a
-- whole by two people (backend/services/registers.py, corrections.py, erasure.py, deletion.py).
SET LOCAL lock_timeout = '5s';

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
    CHECK ((state = 'refused') = (refusal_code IS NOT NULL))
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

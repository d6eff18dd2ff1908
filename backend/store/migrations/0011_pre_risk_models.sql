-- Which risk model scores whom: a registry per tenant, every step by a named person; the trend; scores of shadow models.
SET LOCAL lock_timeout = '5s';

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

-- Imported people's weekly scores of the past, made by a job after the import.
ALTER TABLE client ADD COLUMN past_scored_at timestamptz;
CREATE INDEX client_past_unscored ON client (client_id) WHERE study IS NOT NULL AND past_scored_at IS NULL;

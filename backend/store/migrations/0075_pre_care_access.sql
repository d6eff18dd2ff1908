-- Who may see whom, closer: a care relation belongs to a unit, a client can keep other units out, somebody can go past that
-- in an emergency for an hour and has to answer for it, and a protected person's name stands in no list.
SET LOCAL lock_timeout = '5s';

ALTER TABLE client ADD COLUMN protected_identity boolean NOT NULL DEFAULT false;

-- The unit for which somebody takes part; who moves to another unit takes no client along.
ALTER TABLE assignment ADD COLUMN unit_id uuid REFERENCES unit;
UPDATE assignment s SET unit_id = a.unit_id FROM account a WHERE a.account_id = s.account_id;

CREATE FUNCTION fill_unit_from_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT a.unit_id INTO NEW.unit_id FROM account a WHERE a.account_id = NEW.account_id;
    RETURN NEW;
END $$;
CREATE TRIGGER fill_unit BEFORE INSERT ON assignment FOR EACH ROW WHEN (NEW.unit_id IS NULL)
    EXECUTE FUNCTION fill_unit_from_account();

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

-- Who follows whom is changed by people of the unit, with a reason: one row for each client of such a decision.
SET LOCAL lock_timeout = '5s';

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

ALTER TABLE notice DROP CONSTRAINT notice_subject_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_subject_kind_check
    CHECK (subject_kind IN ('alert', 'system_alert', 'message', 'reminder', 'report', 'handover'));

-- What operators do with dead letters: whose they are, when they came last, and who dealt with them how. The tenant is that
-- of the topic, which the broker's access rules vouch for; letters on no topic of ours belong to nobody and are only counted.
SET LOCAL lock_timeout = '5s';

ALTER TABLE dead_letter
    ADD COLUMN tenant_id text,
    ADD COLUMN seen_at timestamptz,
    ADD COLUMN handled_by uuid REFERENCES account,
    ADD COLUMN outcome text CHECK (outcome IN ('stored', 'duplicate', 'conflict', 'refused', 'set_aside'));
UPDATE dead_letter
   SET seen_at = received_at,
       tenant_id = CASE WHEN topic ~ '^nykter/v1/[a-z0-9][a-z0-9-]{1,47}/' THEN split_part(topic, '/', 3) END;
ALTER TABLE dead_letter ALTER COLUMN seen_at SET NOT NULL;
CREATE INDEX dead_letter_by_tenant ON dead_letter (tenant_id, seen_at DESC);

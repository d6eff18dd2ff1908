-- What a place is used for, and when: chosen by whoever it belongs to.
SET LOCAL lock_timeout = '5s';

ALTER TABLE contact_point
    -- a client's choice: reminders of tests and check-ins, and word of new messages
    ADD COLUMN IF NOT EXISTS for_reminders boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS for_messages boolean NOT NULL DEFAULT true,
    -- a choice of staff: at any time, in the unit's working hours, or outside them (on call)
    ADD COLUMN IF NOT EXISTS hours text NOT NULL DEFAULT 'always' CHECK (hours IN ('always', 'working', 'duty'));

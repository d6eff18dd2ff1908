-- The client's own pages: a unit's own numbers to call.
SET LOCAL lock_timeout = '5s';

ALTER TABLE unit_setting DROP CONSTRAINT unit_setting_name_check;
ALTER TABLE unit_setting ADD CONSTRAINT unit_setting_name_check
    CHECK (name IN ('working_hours', 'reply_within_hours', 'cut_offs', 'uncertainty_percent', 'help_numbers', 'safety_text'));

-- Days on which a unit is closed beside the holidays, and what was decided about alerts as a setting with history.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert_policy ADD COLUMN closed_days date[] NOT NULL DEFAULT '{}';
ALTER TABLE unit_setting DROP CONSTRAINT unit_setting_name_check;
ALTER TABLE unit_setting ADD CONSTRAINT unit_setting_name_check
    CHECK (name IN ('working_hours', 'reply_within_hours', 'cut_offs', 'uncertainty_percent', 'help_numbers', 'safety_text',
                    'alert_policy'));

-- The alert of a client who asks to be contacted. Its number lies behind 0088, which makes the same constraint anew.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert DROP CONSTRAINT alert_kind_check;
ALTER TABLE alert ADD CONSTRAINT alert_kind_check CHECK (kind IN ('confirmed_positive', 'unconfirmed_positive',
    'testing_stopped', 'worsening_risk', 'missed_tests', 'lost_contact', 'equipment', 'safety_answer',
    'identity_mismatch', 'help_asked'));

-- from: 0001_pre_initial
INSERT INTO tenant (tenant_id, name, kind, settings, created_at)
VALUES ('kommun', 'Provkommun', 'municipality', '{"risk_floor": 0.3}', '2026-03-01 08:00+00'),
       ('research', 'Forskning', 'research', '{}', '2026-03-01 08:00+00');
INSERT INTO unit VALUES ('00000000-0000-0000-0000-00000000000a', 'kommun', 'Öppenvården'),
                        ('00000000-0000-0000-0000-00000000000b', 'research', 'Studier');
INSERT INTO client (client_id, tenant_id, unit_id, alias, timezone, started_on, study, study_person, created_at)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'kommun', '00000000-0000-0000-0000-00000000000a', 'K-01',
        'Europe/Stockholm', '2026-03-01', NULL, NULL, '2026-03-01 08:00+00'),
       ('00000000-0000-0000-0000-0000000000c2', 'research', '00000000-0000-0000-0000-00000000000b', 'P-01',
        'Europe/Berlin', '2025-03-01', 'studie', 'P-01', '2026-03-01 08:00+00');
INSERT INTO account (account_id, tenant_id, username, display_name, role, unit_id, client_id, password_hash, created_at)
VALUES ('00000000-0000-0000-0000-0000000000a1', 'kommun', 'anna', 'Anna', 'clinician',
        '00000000-0000-0000-0000-00000000000a', NULL, 'x', '2026-03-01 08:00+00'),
       ('00000000-0000-0000-0000-0000000000a2', 'kommun', 'klient', 'K', 'client', NULL,
        '00000000-0000-0000-0000-0000000000c1', 'x', '2026-03-01 08:00+00');
INSERT INTO login VALUES ('\x01', '00000000-0000-0000-0000-0000000000a1', 'csrf', '2026-03-01 08:00+00',
                          '2026-03-01 08:05+00', '2026-03-01 20:00+00');
INSERT INTO login_attempt VALUES ('anna', '2026-03-01 07:59+00');
INSERT INTO assignment VALUES ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000a1',
                               '00000000-0000-0000-0000-0000000000c1', '2026-03-01 08:00+00', NULL);
INSERT INTO plan (plan_id, client_id, valid_from, timezone, windows, rules, created_by, reason, created_at)
VALUES ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000c1', '2026-03-01 08:00+00',
        'Europe/Stockholm', '[{"kind": "breath_test", "weekdays": [1, 2], "opens": "07:00", "closes": "09:00"}]',
        '{"trace_mg_per_l": "0.05"}', '00000000-0000-0000-0000-0000000000a1', 'Överenskommet', '2026-03-01 08:00+00');
INSERT INTO gateway (device_id, tenant_id, client_id, public_key, key_id, enrolled_at, heard_at, status, status_sent_at)
VALUES ('gw-1', 'kommun', '00000000-0000-0000-0000-0000000000c1', decode(repeat('ab', 32), 'hex'), 'k1',
        '2026-03-01 08:00+00', '2026-03-02 06:30+00', '{"outbox_depth": 0}', '2026-03-02 06:30+00');
INSERT INTO message_key VALUES ('gw-1', 'b1', 1, 'reading', '\x01', '2026-03-02 06:30+00'),
                               ('gw-1', 'b1', 2, 'check-in', '\x02', '2026-03-02 17:30+00');
INSERT INTO reading (tenant_id, client_id, device_id, boot_id, sequence, measured_at, gateway_time, received_at, timezone,
                     run_id, attempt, purpose, outcome, native_value, native_unit, brac_mg_per_l, conversion,
                     blow_quality, identity, driver, driver_grade, breathalyzer_model, calibration_state, key_id,
                     signature, body)
SELECT 'kommun', '00000000-0000-0000-0000-0000000000c1', 'gw-1', 'b1', n, at, at, at, 'Europe/Stockholm', 'run' || n, 1,
       'planned', 'complete', 0.42, 'mg/L', 0.420, 'x/1', 'good', 'not_used', 'bactrack_c6', 'vendor_source_only', 'C6',
       'valid', 'k1', '\x03', '\x04'
  FROM (VALUES (1, timestamptz '2026-03-02 06:30+00'), (3, '2026-06-02 06:30+00'), (4, '2025-12-24 06:30+00'))
       AS r (n, at);
INSERT INTO test_result VALUES ('gw-1', 'b1', 1, '00000000-0000-0000-0000-0000000000c1', '2026-03-02 06:30+00',
                                'positive_pending', '2026-03-02 06:31+00', NULL, '2026-03-02 08:30+00');
INSERT INTO check_in (check_in_id, tenant_id, client_id, source, device_id, boot_id, sequence, answered_at, received_at,
                      timezone, drank, comment, key_id, signature, body)
VALUES ('00000000-0000-0000-0000-0000000000f1', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'gateway', 'gw-1',
        'b1', 2, '2026-03-02 17:30+00', '2026-03-02 17:30+00', 'Europe/Stockholm', true, 'Jobbig dag', 'k1', '\x03',
        '\x04'),
       ('00000000-0000-0000-0000-0000000000f2', 'research', '00000000-0000-0000-0000-0000000000c2', 'study', NULL, NULL,
        NULL, '2025-03-02 17:30+00', '2025-03-02 17:30+00', 'Europe/Berlin', NULL, NULL, NULL, NULL, NULL);
INSERT INTO check_in_answer (check_in_id, client_id, answered_at, item, value, low, high, ordinal)
VALUES ('00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000c1', '2026-03-02 17:30+00',
        'craving', 7, 0, 10, 0),
       ('00000000-0000-0000-0000-0000000000f2', '00000000-0000-0000-0000-0000000000c2', '2025-03-02 17:30+00',
        'craving', 2, 0, 10, 0),
       ('00000000-0000-0000-0000-0000000000f2', '00000000-0000-0000-0000-0000000000c2', '2025-03-02 17:30+00',
        'craving', 3, 0, 10, 1);
INSERT INTO drinking_report VALUES ('00000000-0000-0000-0000-000000000011', 'kommun',
    '00000000-0000-0000-0000-0000000000c1', '2026-03-01 20:00+00', NULL, '2026-03-02 17:30+00', 'self_report', 48);
INSERT INTO device_status (tenant_id, client_id, device_id, boot_id, sequence, sent_at, received_at, outbox_depth, body)
VALUES ('kommun', '00000000-0000-0000-0000-0000000000c1', 'gw-1', 'b1', 5, '2026-03-02 06:30+00', '2026-03-02 06:30+00',
        0, '\x05');
INSERT INTO test_window (window_id, tenant_id, client_id, plan_id, kind, opens_at, closes_at, local_day, attendance,
                         met_at)
VALUES ('00000000-0000-0000-0000-000000000021', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000e1', 'breath_test', '2026-03-02 06:00+00', '2026-03-02 08:00+00',
        '2026-03-02', 'on_time', '2026-03-02 06:30+00'),
       ('00000000-0000-0000-0000-000000000022', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000e1', 'breath_test', '2026-03-03 06:00+00', '2026-03-03 08:00+00',
        '2026-03-03', 'pending', NULL);
INSERT INTO test_window_change VALUES ('00000000-0000-0000-0000-000000000021', '2026-03-02 09:00+00', 'missed',
                                       'on_time', 'assessed');
INSERT INTO assessment_due (client_id, since, touched_from)
VALUES ('00000000-0000-0000-0000-0000000000c1', '2026-03-02 17:30+00', '2026-03-02 17:30+00');
INSERT INTO risk_score (client_id, decided_at, horizon_hours, model_version, computed_at, probability, low, high,
                        coverage, reasons)
VALUES ('00000000-0000-0000-0000-0000000000c1', '2026-03-02 03:00+00', 72, 'm1', '2026-03-02 03:00+00', 0.2, 0.1, 0.4,
        'enough', '[{"item": "craving"}]');
INSERT INTO alert (alert_id, tenant_id, client_id, kind, tier, state, opened_at, updated_at, evidence)
VALUES ('00000000-0000-0000-0000-000000000031', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'confirmed_positive',
        1, 'new', '2026-03-02 07:00+00', '2026-03-02 07:00+00', '[{"kind": "confirmed_positive", "key": "x"}]');
INSERT INTO alert_change (alert_id, changed_at, account_id, old, new, note)
VALUES ('00000000-0000-0000-0000-000000000031', '2026-03-02 07:00+00', NULL, NULL, 'new', NULL);
INSERT INTO contact (contact_id, tenant_id, client_id, account_id, happened_at, channel, reached, note, created_at)
VALUES ('00000000-0000-0000-0000-000000000041', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-02 09:00+00', 'phone', true, 'Ringde', '2026-03-02 09:05+00');
INSERT INTO review (client_id, account_id, reviewed_at)
VALUES ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000a1', '2026-03-02 09:00+00');
INSERT INTO access_log (tenant_id, at, account_id, unit_id, client_id, action)
VALUES ('kommun', '2026-03-02 09:00+00', '00000000-0000-0000-0000-0000000000a1',
        '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000c1', 'client_overview');
INSERT INTO dead_letter (received_at, topic, device_id, reason, detail, payload, payload_sha256)
VALUES ('2026-03-02 09:00+00', 'nykter/v1/kommun/gw-1/reading', 'gw-1', 'clock_far_off', 'far off', '\x06', '\x07');
INSERT INTO process_beat VALUES ('ingest', '2026-03-02 09:00+00', '2026-03-02 09:00+00', '{"stored": 3}');
INSERT INTO outage (began_at, ended_at) VALUES ('2026-03-01 12:00+00', '2026-03-01 12:10+00');

-- from: 0002_pre_job_queue
INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('assess', 'assess', '{}');

-- from: 0003_pre_care
UPDATE client SET last_data_at = '2026-03-02 17:30+00', lost_contact_at = '2026-03-04 17:30+00' WHERE study IS NULL;
UPDATE client SET observed_from = '2025-03-01 00:00+00', study_row = 0, study_groups = '{"arm": "a"}'
 WHERE study IS NOT NULL;
UPDATE test_window SET due_at = closes_at + interval '2 hours' WHERE attendance = 'pending';
UPDATE risk_score SET usual = 0.15;
INSERT INTO client_day (client_id, day, state, planned, taken, peak_brac_mg_per_l)
VALUES ('00000000-0000-0000-0000-0000000000c1', '2026-03-02', 'positive', 1, 1, 0.42);
INSERT INTO study_breath_test (client_id, measured_at, ordinal, known_at, brac_mg_per_l, outcome)
VALUES ('00000000-0000-0000-0000-0000000000c2', '2025-03-02 17:30+00', 0, '2025-03-02 17:30+00', 0.1, 'complete');

-- from: 0061_pre_retention
INSERT INTO legal_hold (hold_id, tenant_id, client_id, placed_at, placed_by, reason)
VALUES ('00000000-0000-0000-0000-000000000061', 'kommun', '00000000-0000-0000-0000-0000000000c1', '2026-03-02 09:00+00',
        '00000000-0000-0000-0000-0000000000a1', 'en rättsprocess pågår');
INSERT INTO retention_run (run_id, tenant_id, kind, ran_at, keep_days, rows_removed)
VALUES ('00000000-0000-0000-0000-000000000062', 'kommun', 'readings', '2026-03-02 04:11+00', 3653, 0);

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

-- from: 0005_pre_notices
INSERT INTO contact_point (contact_point_id, tenant_id, account_id, kind, address, created_at, confirmed_at, quiet_from,
                           quiet_to)
VALUES ('00000000-0000-0000-0000-000000000051', 'kommun', '00000000-0000-0000-0000-0000000000a1', 'email',
        'anna@mail.example', '2026-03-01 08:00+00', '2026-03-01 08:05+00', '21:00', '07:00');
INSERT INTO notice (notice_id, tenant_id, account_id, client_id, subject_kind, subject_id, step, tier, state, due_at,
                    look_at, planned_at, settled_at)
VALUES ('00000000-0000-0000-0000-000000000052', 'kommun', '00000000-0000-0000-0000-0000000000a1',
        '00000000-0000-0000-0000-0000000000c1', 'alert', '00000000-0000-0000-0000-000000000031', 0, 1, 'told',
        '2026-03-02 07:00+00', NULL, '2026-03-02 07:00+00', '2026-03-02 07:00+00'),
       ('00000000-0000-0000-0000-000000000053', 'kommun', '00000000-0000-0000-0000-0000000000a1', NULL, 'report',
        '00000000-0000-0000-0000-000000000054', 0, 3, 'planned', '2026-03-03 07:00+00', '2026-03-03 07:00+00',
        '2026-03-02 07:00+00', NULL);
INSERT INTO delivery (delivery_id, tenant_id, account_id, contact_point_id, channel, purpose, tier, state, attempts,
                      created_at, next_at, finished_at)
VALUES ('00000000-0000-0000-0000-000000000055', 'kommun', '00000000-0000-0000-0000-0000000000a1',
        '00000000-0000-0000-0000-000000000051', 'email', 'notices', 1, 'sent', 1, '2026-03-02 07:00+00', NULL,
        '2026-03-02 07:00+00');
INSERT INTO delivery_notice (notice_id, place, delivery_id, tenant_id)
VALUES ('00000000-0000-0000-0000-000000000052', '00000000-0000-0000-0000-000000000051',
        '00000000-0000-0000-0000-000000000055', 'kommun');

-- from: 0006_pre_alerts
UPDATE alert SET raised_at = opened_at, began_at = opened_at, escalate_at = '2026-03-02 07:30+00', escalate_step = 1
 WHERE alert_id = '00000000-0000-0000-0000-000000000031';
INSERT INTO alert (alert_id, tenant_id, client_id, kind, tier, state, opened_at, updated_at, evidence, began_at,
                   raised_at, seen_at, seen_by, snoozed_until, snoozed_by, snoozed_at, snooze_reason, round)
VALUES ('00000000-0000-0000-0000-000000000032', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'lost_contact', 3,
        'seen', '2026-03-04 18:00+00', '2026-03-05 08:00+00', '[]', '2026-03-02 17:30+00', '2026-03-04 18:00+00',
        '2026-03-05 08:00+00', '00000000-0000-0000-0000-0000000000a1', '2026-03-09 07:00+00',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-05 08:00+00', 'Bortrest', 1);
INSERT INTO alert_step (alert_id, tenant_id, client_id, round, step, due_at, taken_at, accounts)
VALUES ('00000000-0000-0000-0000-000000000031', 'kommun', '00000000-0000-0000-0000-0000000000c1', 0, 'owner',
        '2026-03-02 07:00+00', '2026-03-02 07:00+00', '{00000000-0000-0000-0000-0000000000a1}');
INSERT INTO alert_policy (unit_id, tenant_id, timezone, working_hours, half_day_closes, budget_per_week, now_wait_min,
                          same_day_wait_min, changed_at)
VALUES ('00000000-0000-0000-0000-00000000000a', 'kommun', 'Europe/Stockholm', '{"1": ["08:00", "16:30"]}', '14:00', 6,
        20, 240, '2026-03-01 08:00+00');
INSERT INTO duty (tenant_id, unit_id, place, account_id, from_weekday, from_time, to_weekday, to_time, from_at, to_at,
                  created_at)
VALUES ('kommun', '00000000-0000-0000-0000-00000000000a', 1, '00000000-0000-0000-0000-0000000000a1', 5, '16:30', 1,
        '08:00', NULL, NULL, '2026-03-01 08:00+00'),
       ('kommun', '00000000-0000-0000-0000-00000000000a', 2, NULL, NULL, NULL, NULL, NULL, '2026-03-06 16:30+00',
        '2026-03-07 07:00+00', '2026-03-01 08:00+00');
INSERT INTO alert_threshold (unit_id, tenant_id, kind, set_at, value, budget_per_week, per_week, is_within)
VALUES ('00000000-0000-0000-0000-00000000000a', 'kommun', 'trend', '2026-03-02 00:00+00', 62.5, 6, 5.5, true);
INSERT INTO budget_look VALUES ('00000000-0000-0000-0000-00000000000a', 'kommun', '2026-03-02 00:00+00');
INSERT INTO trend_day (client_id, tenant_id, day, stands_at, index, sv, en, computed_at)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'kommun', '2026-03-02', '2026-03-03 03:00+00', 41.5, 'sv', 'en',
        '2026-03-03 03:00+00');
INSERT INTO fleet_sample VALUES ('kommun', '2026-03-02 09:00+00', 1, 1);
INSERT INTO system_alert (system_alert_id, tenant_id, cause, began_at, opened_at, ended_at, gateways, silent, usual)
VALUES ('00000000-0000-0000-0000-000000000061', 'kommun', 'broker', '2026-03-01 12:00+00', '2026-03-01 12:10+00',
        '2026-03-01 13:00+00', 8, 8, 0.9);

-- from: 0007_pre_casework
INSERT INTO unit_setting (tenant_id, unit_id, name, value, valid_from, set_by, reason, set_at)
VALUES ('kommun', '00000000-0000-0000-0000-00000000000a', 'reply_within_hours', '24', '2026-03-01 08:00+00',
        '00000000-0000-0000-0000-0000000000a1', 'Rutin', '2026-03-01 08:00+00');
INSERT INTO message (message_id, tenant_id, client_id, account_id, from_client, body, sent_at, reply_due_at)
VALUES ('00000000-0000-0000-0000-000000000071', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000a2', true, 'Kan jag byta tid?', '2026-03-02 18:00+00', '2026-03-03 15:00+00');
INSERT INTO message_read
VALUES ('00000000-0000-0000-0000-000000000071', '00000000-0000-0000-0000-0000000000a1', 'kommun',
        '00000000-0000-0000-0000-0000000000c1', '2026-03-03 08:00+00');
UPDATE contact SET duration_min = 12, direction = 'incoming', outcome = 'talked';
INSERT INTO contact_correction (tenant_id, client_id, contact_id, corrected_by, corrected_at, reason, before)
VALUES ('kommun', '00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-000000000041',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-02 10:00+00', 'Fel tid', '{"note": "Ringde"}');
INSERT INTO work_minutes (tenant_id, unit_id, kind, minutes, manual_minutes, valid_from, set_by, reason, set_at)
VALUES ('kommun', '00000000-0000-0000-0000-00000000000a', 'review', 2.5, 9, '2026-03-01 08:00+00',
        '00000000-0000-0000-0000-0000000000a1', 'Uppmätt', '2026-03-01 08:00+00');
INSERT INTO work_event (tenant_id, unit_id, account_id, client_id, kind, at, minutes, measured, manual_minutes, source)
VALUES ('kommun', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1',
        '00000000-0000-0000-0000-0000000000c1', 'contact_phone', '2026-03-02 09:00+00', 12, true, NULL,
        '00000000-0000-0000-0000-000000000041');
INSERT INTO application_link (link_id, tenant_id, unit_id, token_sha256, written_by, issued_by, issued_at, ends_at,
                              used_at)
VALUES ('00000000-0000-0000-0000-000000000072', 'kommun', '00000000-0000-0000-0000-00000000000a', '\x08', 'person',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-01 08:00+00', '2026-03-15 08:00+00', '2026-03-01 09:00+00');
INSERT INTO application (application_id, tenant_id, unit_id, source, link_id, received_at)
VALUES ('00000000-0000-0000-0000-000000000073', 'kommun', '00000000-0000-0000-0000-00000000000a', 'person',
        '00000000-0000-0000-0000-000000000072', '2026-03-01 09:00+00');
INSERT INTO application_version (application_id, version, tenant_id, content, entered_at)
VALUES ('00000000-0000-0000-0000-000000000073', 1, 'kommun', '{"name": "Påhittad"}', '2026-03-01 09:00+00');
INSERT INTO application_decision (application_id, version, tenant_id, decision, words, decided_by, decided_at,
                                  assessment, plan, client_id)
VALUES ('00000000-0000-0000-0000-000000000073', 1, 'kommun', 'approved', 'Vi börjar',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-01 10:00+00', '{"audit": 20}', '{"windows": []}',
        '00000000-0000-0000-0000-0000000000c1');
INSERT INTO journal_text (journal_id, tenant_id, client_id, since, until, length, language, facts, draft, drafted_by,
                          drafted_at, body, signed_by, signed_at, sha256)
VALUES ('00000000-0000-0000-0000-000000000074', 'kommun', '00000000-0000-0000-0000-0000000000c1', '2026-03-01',
        '2026-03-02', 'three_lines', 'sv', '{}', 'Underlag', '00000000-0000-0000-0000-0000000000a1',
        '2026-03-03 08:00+00', 'Lugn vecka', '00000000-0000-0000-0000-0000000000a1', '2026-03-03 08:05+00',
        decode(repeat('cd', 32), 'hex'));

-- from: 0008_pre_dead_letters
INSERT INTO dead_letter (received_at, seen_at, tenant_id, topic, device_id, reason, detail, payload, payload_sha256,
                         handled_at, handled_by, outcome)
VALUES ('2026-03-02 10:00+00', '2026-03-02 11:00+00', 'kommun', 'nykter/v1/kommun/gw-1/reading', 'gw-1', 'malformed',
        'no JSON', '\x09', '\x0a', '2026-03-02 12:00+00', '00000000-0000-0000-0000-0000000000a1', 'set_aside');

-- from: 0011_pre_risk_models
INSERT INTO risk_model (model_id, tenant_id, name, version, state, document, document_sha256, created_at)
VALUES ('00000000-0000-0000-0000-000000000081', 'kommun', 'egen', '1.0.0', 'shadow', '{}', '\x0b', '2026-03-01 08:00+00');
INSERT INTO risk_model_change (tenant_id, model_id, changed_at, account_id, old, new, reason)
VALUES ('kommun', '00000000-0000-0000-0000-000000000081', '2026-03-01 08:00+00', NULL, 'training', 'candidate', 'klar');
INSERT INTO risk_switch (tenant_id, switched_at, account_id, is_on, reason)
VALUES ('kommun', '2026-03-01 08:00+00', '00000000-0000-0000-0000-0000000000a1', false, 'Paus');
INSERT INTO risk_monitor VALUES ('kommun', '1.0.0', 72, '2026-03-02 04:43+00', 'too_few', '{"scores": 3}');
INSERT INTO shadow_score (tenant_id, client_id, decided_at, horizon_hours, model_version, computed_at, probability,
                          coverage)
VALUES ('kommun', '00000000-0000-0000-0000-0000000000c1', '2026-03-02 09:00+00', 72, '1.0.0', '2026-03-02 09:00+00',
        0.04, 'enough');
INSERT INTO client_trend (client_id, tenant_id, computed_at, index, is_alarm, onset, drivers, sv, en)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'kommun', '2026-03-03 03:00+00', 41.5, false, NULL, '{sleep}', 'sv',
        'en');

-- from: 0061_pre_retention
INSERT INTO legal_hold (hold_id, tenant_id, client_id, placed_at, placed_by, reason)
VALUES ('00000000-0000-0000-0000-000000000061', 'kommun', '00000000-0000-0000-0000-0000000000c1', '2026-03-02 09:00+00',
        '00000000-0000-0000-0000-0000000000a1', 'en rättsprocess pågår');
INSERT INTO retention_run (run_id, tenant_id, kind, ran_at, keep_days, rows_removed)
VALUES ('00000000-0000-0000-0000-000000000062', 'kommun', 'readings', '2026-03-02 04:11+00', 3653, 0);
-- from: 0070_pre_sign_in
INSERT INTO sign_in_step VALUES ('\x21', 'kommun', '00000000-0000-0000-0000-0000000000a1', 'enrol', 'password', '', 0,
                                 '2026-03-02 08:00+00', '2026-03-02 08:10+00');
INSERT INTO totp_factor VALUES ('00000000-0000-0000-0000-0000000000a1', 'kommun', 'JBSWY3DPEHPK3PXP', 1,
                                '2026-03-02 08:00+00', '2026-03-02 08:01+00');
INSERT INTO recovery_code VALUES ('\x22', 'kommun', '00000000-0000-0000-0000-0000000000a1', '2026-03-02 08:00+00', NULL);
INSERT INTO passkey VALUES ('\x23', 'kommun', '00000000-0000-0000-0000-0000000000a1', '\x24', 0, 'Nyckel',
                            '2026-03-02 08:00+00', NULL);
INSERT INTO passkey_challenge VALUES ('\x25', 'sign_in', '\x26', '2026-03-02 08:05+00');
INSERT INTO identity_request VALUES ('\x27', '\x28', 'n', 'v', '/', NULL, '2026-03-02 08:10+00');
INSERT INTO account_identity (identity_sha256, tenant_id, account_id, issuer, created_at)
VALUES ('\x29', 'kommun', '00000000-0000-0000-0000-0000000000a1', 'https://idp.test', '2026-03-02 08:00+00');
INSERT INTO account_code VALUES ('\x2a', 'kommun', '00000000-0000-0000-0000-0000000000a2', 'phone',
    '00000000-0000-0000-0000-0000000000a1', '2026-03-02 08:00+00', '2026-03-02 08:15+00', NULL);
INSERT INTO phone (phone_id, tenant_id, account_id, name, token_sha256, let_in_by, let_in_at, used_at)
VALUES ('00000000-0000-0000-0000-000000000071', 'kommun', '00000000-0000-0000-0000-0000000000a2', 'Telefon', '\x2b',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-02 08:00+00', '2026-03-02 08:00+00');
INSERT INTO phone_token_used VALUES ('\x2c', 'kommun', '00000000-0000-0000-0000-000000000071', '2026-03-02 08:00+00');
INSERT INTO known_browser VALUES ('\x2d', 'kommun', '00000000-0000-0000-0000-0000000000a1', '2026-03-02 08:00+00');
INSERT INTO account_event (tenant_id, account_id, at, kind)
VALUES ('kommun', '00000000-0000-0000-0000-0000000000a1', '2026-03-02 08:00+00', 'signed_in');

-- from: 0073_pre_relatives
INSERT INTO relative (relative_id, tenant_id, client_id, called, client_shown_as, invited_at, invited_by,
                      invitation_sha256, invitation_ends_at, account_id, accepted_at)
VALUES ('00000000-0000-0000-0000-000000007301', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'Mamma', 'Kim',
        '2026-03-03 08:00+00', '00000000-0000-0000-0000-0000000000a2', '\x73', '2026-03-10 08:00+00',
        '00000000-0000-0000-0000-0000000000a2', '2026-03-03 09:00+00');
INSERT INTO sharing (sharing_id, tenant_id, client_id, relative_id, scope, given_at, given_by, ends_at)
VALUES ('00000000-0000-0000-0000-000000007302', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-000000007301', 'plan', '2026-03-03 08:00+00',
        '00000000-0000-0000-0000-0000000000a2', NULL);
-- from: 0074_pre_access_chain
INSERT INTO access_seal (tenant_id, month, number, last_entry, entry_ids, digests, previous, digest)
VALUES ('kommun', '2026-03-01', 1, 1, '{1}', sha256('a'), sha256('b'), sha256('c'));
INSERT INTO access_month_end (tenant_id, month, number, entries, digest, ended_at, public_key, signature)
VALUES ('kommun', '2020-03-01', 1, 1, sha256('c'), '2026-03-03 04:11+00', sha256('k'), sha512('s'));

-- from: 0080_pre_clinician
INSERT INTO leave_cover (cover_id, tenant_id, absent_id, covered_by, from_at, to_at, created_by, created_at)
VALUES ('00000000-0000-0000-0000-000000000091', 'kommun', '00000000-0000-0000-0000-0000000000a1',
        '00000000-0000-0000-0000-0000000000a2', '2026-03-02 08:00+00', '2026-03-09 08:00+00', NULL, '2026-03-01 08:00+00');
INSERT INTO life_event (event_id, tenant_id, client_id, account_id, kind, began_on, text, created_at)
VALUES ('00000000-0000-0000-0000-000000000092', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-0000000000a1', 'medication', '2026-03-02', 'Antabus', '2026-03-02 09:00+00');
INSERT INTO next_contact (tenant_id, client_id, account_id, at, created_at)
VALUES ('kommun', '00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000a1', '2026-03-05 09:00+00',
        '2026-03-02 09:00+00');
INSERT INTO saved_view (view_id, tenant_id, account_id, name, filters, created_at)
VALUES ('00000000-0000-0000-0000-000000000093', 'kommun', '00000000-0000-0000-0000-0000000000a1', 'Mina nya',
        '{"owner": "me"}', '2026-03-02 09:00+00');
INSERT INTO triage_look VALUES ('00000000-0000-0000-0000-0000000000a1', 'kommun', '2026-03-02 09:00+00');

-- from: 0082_pre_questionnaires
INSERT INTO questionnaire (questionnaire_id, tenant_id, client_id, instrument, answers, total, band, cut_off,
                           asks_for_safety, source, answered_at, entered_by, entered_at)
VALUES ('00000000-0000-0000-0000-000000008201', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'phq9',
        '{1,1,0,0,0,0,0,0,0}', 2, 'none', 10, false, 'paper', '2026-03-02 09:00+00',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-03 09:00+00');
INSERT INTO questionnaire_request (request_id, tenant_id, client_id, instrument, asked_at, asked_by, closed_at,
                                   questionnaire_id)
VALUES ('00000000-0000-0000-0000-000000008202', 'kommun', '00000000-0000-0000-0000-0000000000c1', 'phq9',
        '2026-03-02 09:00+00', '00000000-0000-0000-0000-0000000000a1', '2026-03-03 09:00+00',
        '00000000-0000-0000-0000-000000008201');

-- from: 0075_pre_care_access
INSERT INTO care_block (block_id, tenant_id, client_id, unit_id, set_at, set_by, words)
VALUES ('00000000-0000-0000-0000-000000007501', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-00000000000a', '2026-03-03 08:00+00', '00000000-0000-0000-0000-0000000000a2', 'Jag vill det');
INSERT INTO emergency_access (emergency_id, tenant_id, client_id, unit_id, account_id, reason, words, past_block, from_at, ends_at)
VALUES ('00000000-0000-0000-0000-000000007502', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1', 'acute_risk',
        'Ringde och mådde dåligt', false, '2026-03-03 08:00+00', '2026-03-03 09:00+00');
-- from: 0076_pre_log_checks
INSERT INTO log_check (check_id, tenant_id, unit_id, month, drawn_at, drawn_by, entries)
VALUES ('00000000-0000-0000-0000-000000007601', 'kommun', '00000000-0000-0000-0000-00000000000a', '2026-02-01',
        '2026-03-03 08:00+00', '00000000-0000-0000-0000-0000000000a1', 1);
INSERT INTO log_check_entry VALUES ('00000000-0000-0000-0000-000000007601', 1, 'kommun', 'random');
INSERT INTO log_routine_read VALUES ('00000000-0000-0000-0000-0000000000a1', 1, 'kommun', '2026-03-03 08:00+00');

-- from: 0090_pre_care_changes
INSERT INTO care_change (change_id, tenant_id, client_id, unit_id, batch_id, kind, from_id, to_id, at, words, decided_by,
                         decided_at)
VALUES ('00000000-0000-0000-0000-000000009001', 'kommun', '00000000-0000-0000-0000-0000000000c1',
        '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000009002', 'ended',
        '00000000-0000-0000-0000-0000000000a1', NULL, '2026-03-03 08:00+00', 'Anna slutar',
        '00000000-0000-0000-0000-0000000000a1', '2026-03-03 08:00+00');

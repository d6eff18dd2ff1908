-- name: person
SELECT c.client_id, c.alias, c.display_name, c.timezone, c.started_on, c.ended_on, c.created_at, u.name AS unit,
       t.name AS responsible, t.kind AS responsible_kind, c.study, c.study_person, c.last_data_at
  FROM client c JOIN unit u USING (unit_id) JOIN tenant t ON t.tenant_id = c.tenant_id WHERE c.client_id = %(client_id)s

-- name: logins
SELECT username, language, created_at, disabled_at FROM account WHERE client_id = %(client_id)s ORDER BY created_at

-- name: plans
-- With every threshold (rules). What decides random tests in advance is no datum about the person, and stays out.
SELECT p.plan_id, p.version, p.valid_from, p.valid_to, p.timezone, p.windows, p.random, p.rules, p.reason, p.created_at,
       a.display_name AS created_by, p.agreed_at
  FROM plan p LEFT JOIN account a ON a.account_id = p.created_by
 WHERE p.client_id = %(client_id)s ORDER BY p.valid_from

-- name: plan_proposals
SELECT d.plan_id, d.valid_from, d.timezone, d.windows, d.random, d.rules, d.reason, d.proposed_at, d.closed_at,
       d.closed_as
  FROM plan_draft d WHERE d.client_id = %(client_id)s ORDER BY d.proposed_at

-- name: planned_tests
-- Those that have opened: a random test is secret until then.
SELECT kind, window_kind, opens_at, closes_at, reason, created_at, announced_at, cancelled_at
  FROM planned_test WHERE client_id = %(client_id)s AND opens_at <= %(now)s ORDER BY opens_at

-- name: windows
SELECT window_id, kind, opens_at, closes_at, local_day, attendance, met_at, decided_at
  FROM test_window WHERE client_id = %(client_id)s AND opens_at <= %(now)s ORDER BY opens_at, kind, ordinal

-- name: window_changes
SELECT h.window_id, h.changed_at, h.old, h.new, h.reason
  FROM test_window_change h JOIN test_window w USING (window_id)
 WHERE w.client_id = %(client_id)s ORDER BY h.changed_at

-- name: readings
-- With the bytes as the gateway signed them (Data Act: what the device said, not only what was made of it).
SELECT r.measured_at, r.gateway_time, r.device_time, r.received_at, r.clock_offset_ms, r.clock_correction_ms, r.timezone,
       r.attempt, r.purpose, r.outcome, r.failure, r.native_value, r.native_unit, r.brac_mg_per_l, r.conversion,
       (r.brac_mg_per_l * 2.0)::numeric(6, 2) AS permille_computed, 2.0::numeric(3, 1) AS permille_factor,
       s.state, s.decided_at, s.retest_until, r.blow_quality, r.identity, r.driver, r.driver_grade, r.breathalyzer_model,
       r.breathalyzer_serial, r.calibration_state, r.battery_level, r.device_id, r.boot_id, r.sequence, r.key_id,
       r.signature, r.body AS signed_bytes
  FROM reading r
  LEFT JOIN test_result s ON s.device_id = r.device_id AND s.boot_id = r.boot_id AND s.sequence = r.sequence
   AND s.client_id = r.client_id
 WHERE r.client_id = %(client_id)s ORDER BY r.measured_at

-- name: study_breath_tests
SELECT measured_at, known_at, brac_mg_per_l, outcome FROM study_breath_test
 WHERE client_id = %(client_id)s ORDER BY measured_at, ordinal

-- name: check_ins
SELECT check_in_id, source, answered_at, received_at, timezone, drank, comment, about
  FROM check_in WHERE client_id = %(client_id)s ORDER BY answered_at

-- name: answers
SELECT check_in_id, answered_at, item, value, low, high
  FROM check_in_answer WHERE client_id = %(client_id)s ORDER BY answered_at, item, ordinal

-- name: drinking
SELECT started_at, ended_at, known_at, source, amount_g
  FROM drinking_report WHERE client_id = %(client_id)s ORDER BY started_at

-- name: background_sensor
SELECT collected_at, received_at, driver, driver_grade, serial, records, signature, body AS signed_bytes
  FROM background_batch WHERE client_id = %(client_id)s ORDER BY collected_at

-- name: equipment
SELECT device_id, key_id, enrolled_at, revoked_at, revoke_reason, heard_at, status
  FROM gateway WHERE client_id = %(client_id)s ORDER BY enrolled_at

-- name: breathalyzers
SELECT serial, paired_at, ended_at FROM breathalyzer_pairing WHERE client_id = %(client_id)s ORDER BY paired_at

-- name: equipment_status
SELECT device_id, sent_at, received_at, outbox_depth, battery_level, last_error
  FROM device_status WHERE client_id = %(client_id)s ORDER BY sent_at

-- name: days
SELECT day, state, planned, taken, peak_brac_mg_per_l FROM client_day WHERE client_id = %(client_id)s ORDER BY day

-- name: scores
-- Every score with its reasons, the model that made it, and the yardstick beside it.
SELECT decided_at, horizon_hours, model_version, computed_at, probability, low, high, usual, coverage, reasons
  FROM risk_score WHERE client_id = %(client_id)s ORDER BY decided_at, horizon_hours

-- name: trend
SELECT day, stands_at, index, sv, en, computed_at FROM trend_day WHERE client_id = %(client_id)s ORDER BY day

-- name: trend_now
SELECT computed_at, index, is_alarm, onset, drivers, sv, en FROM client_trend WHERE client_id = %(client_id)s

-- name: thresholds
-- The unit's limits above which a score becomes a signal.
SELECT t.kind, t.set_at, t.value, t.budget_per_week, t.per_week
  FROM alert_threshold t JOIN client c USING (unit_id) WHERE c.client_id = %(client_id)s ORDER BY t.set_at

-- name: signals
SELECT alert_id, kind, tier, state, opened_at, updated_at, evidence, closed_at, close_reason, close_note, seen_at,
       snoozed_until, snooze_reason
  FROM alert WHERE client_id = %(client_id)s ORDER BY opened_at

-- name: signal_steps
SELECT h.alert_id, h.changed_at, coalesce(b.role, 'system') AS by_role, h.old, h.new, h.note
  FROM alert_change h JOIN alert a USING (alert_id) LEFT JOIN account b ON b.account_id = h.account_id
 WHERE a.client_id = %(client_id)s ORDER BY h.change_id

-- name: contacts
SELECT k.contact_id, k.happened_at, k.channel, k.direction, k.reached, k.duration_min, k.outcome, k.note, k.created_at,
       a.display_name AS by
  FROM contact k LEFT JOIN account a USING (account_id) WHERE k.client_id = %(client_id)s ORDER BY k.happened_at

-- name: contact_corrections
SELECT c.contact_id, c.corrected_at, a.display_name AS corrected_by, c.reason, c.before
  FROM contact_correction c JOIN account a ON a.account_id = c.corrected_by
 WHERE c.client_id = %(client_id)s ORDER BY c.correction_id

-- name: messages
SELECT m.message_id, m.sent_at, m.from_client, a.display_name AS by, m.body, m.corrects, m.reply_due_at
  FROM message m JOIN account a USING (account_id) WHERE m.client_id = %(client_id)s ORDER BY m.sent_at

-- name: messages_read
SELECT r.message_id, r.read_at, b.role AS by_role
  FROM message_read r JOIN account b USING (account_id) WHERE r.client_id = %(client_id)s ORDER BY r.read_at

-- name: journal_texts
-- Signed ones, and drafts that are a basis and part of no record.
SELECT j.journal_id, j.since, j.until, j.length, j.language, j.body, j.draft, j.facts, j.drafted_at,
       s.display_name AS signed_by, j.signed_at, j.sha256
  FROM journal_text j LEFT JOIN account s ON s.account_id = j.signed_by
 WHERE j.client_id = %(client_id)s ORDER BY j.drafted_at

-- name: pauses
SELECT from_at, to_at, reason, state, requested_at, decided_at, decision_note
  FROM pause WHERE client_id = %(client_id)s ORDER BY from_at

-- name: excuses
SELECT kind, opens_at, reason, granted_at, withdrawn_at FROM excuse WHERE client_id = %(client_id)s ORDER BY opens_at

-- name: questionnaires
SELECT q.instrument, q.answers, q.total, q.band, q.cut_off, q.source, q.answered_at, q.entered_at, q.withdrawn_at,
       q.withdraw_reason
  FROM questionnaire q WHERE q.client_id = %(client_id)s ORDER BY q.answered_at

-- name: application
SELECT a.source, a.received_at, v.version, v.content, v.entered_at, v.reason
  FROM application_decision d JOIN application a USING (application_id) JOIN application_version v USING (application_id)
 WHERE d.client_id = %(client_id)s ORDER BY v.version

-- name: application_decision
SELECT d.decision, d.words, d.decided_at, d.assessment, d.plan
  FROM application_decision d WHERE d.client_id = %(client_id)s

-- name: reviews
SELECT r.reviewed_at, a.role AS by_role FROM review r JOIN account a USING (account_id)
 WHERE r.client_id = %(client_id)s ORDER BY r.reviewed_at

-- name: who_may_see
-- Care relations: role and unit, as in "who has looked".
SELECT a.role, u.name AS unit, s.from_at, s.to_at, s.because
  FROM assignment s JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = a.unit_id
 WHERE s.client_id = %(client_id)s ORDER BY s.from_at

-- name: who_followed
-- Decisions about who follows the person, in the words that were given. Names of staff as in "who has looked".
SELECT h.kind, h.at, h.until, u.name AS unit, h.words, h.decided_at
  FROM care_change h JOIN unit u USING (unit_id) WHERE h.client_id = %(client_id)s ORDER BY h.decided_at, h.at

-- name: questionnaires_asked_for
SELECT instrument, asked_at, closed_at FROM questionnaire_request WHERE client_id = %(client_id)s ORDER BY asked_at

-- name: asked_for_contact
SELECT asked_at FROM help_call WHERE client_id = %(client_id)s ORDER BY asked_at

-- name: how_to_reach
-- What staff noted about how the person is reached, every version. Names of staff as in "who has looked".
SELECT phone, preferred, note, entered_at FROM client_reach WHERE client_id = %(client_id)s ORDER BY entered_at

-- name: life_events
SELECT kind, began_on, ended_on, text, created_at, withdrawn_at FROM life_event
 WHERE client_id = %(client_id)s ORDER BY began_on

-- name: next_contacts
SELECT at, created_at FROM next_contact WHERE client_id = %(client_id)s ORDER BY next_id

-- name: pictures
-- That a picture was taken, and until when it was kept. `file`: where in the export the picture itself lies.
SELECT taken_at, received_at, source, run_id, removed_at, device_id, boot_id, sequence,
       CASE WHEN body IS NOT NULL THEN format('pictures/%%s-%%s.jpg', to_char(taken_at AT TIME ZONE 'UTC',
            'YYYYMMDD"T"HH24MISS"Z"'), sequence) END AS file
  FROM identity_photo
 WHERE client_id = %(client_id)s ORDER BY taken_at

-- name: picture_verdicts
SELECT v.judged_at, a.role AS by_role, v.verdict, v.note FROM photo_verdict v JOIN account a ON a.account_id = v.judged_by
 WHERE v.client_id = %(client_id)s ORDER BY v.judged_at

-- name: relatives
-- Whom the person lets see what.
SELECT r.called, r.invited_at, r.accepted_at, r.ended_at, s.scope, s.given_at, s.ends_at, s.revoked_at
  FROM relative r LEFT JOIN sharing s USING (relative_id) WHERE r.client_id = %(client_id)s ORDER BY r.invited_at, s.given_at

-- name: who_was_told
-- Notices about the person that went to somebody: to which role, and how.
SELECT n.subject_kind, n.tier, n.state, n.due_at, n.settled_at, a.role AS to_role,
       (SELECT array_agg(DISTINCT d.channel ORDER BY d.channel) FROM delivery_notice l JOIN delivery d USING (delivery_id)
         WHERE l.notice_id = n.notice_id AND d.state = 'sent') AS channels
  FROM notice n JOIN account a USING (account_id) WHERE n.client_id = %(client_id)s ORDER BY n.due_at

-- name: consents
SELECT purpose, recipient, given_at, given_how, ends_on, withdrawn_at, withdraw_reason
  FROM consent WHERE client_id = %(client_id)s ORDER BY given_at

-- name: disclosures
SELECT d.disclosed_at, d.recipient, d.what, d.masked, d.legal_ground, d.words, a.display_name AS decided_by
  FROM disclosure d JOIN account a ON a.account_id = d.decided_by
 WHERE d.client_id = %(client_id)s ORDER BY d.disclosed_at

-- name: correction_requests
SELECT about, says, asked_at, state, decided_at, decision
  FROM correction_request WHERE client_id = %(client_id)s ORDER BY asked_at

-- name: erasure_requests
SELECT scope, says, asked_at, state, decided_at, refusal_code, decision
  FROM erasure_request WHERE client_id = %(client_id)s ORDER BY asked_at

-- name: legal_holds
SELECT placed_at, reason, lifted_at, lift_reason FROM legal_hold WHERE client_id = %(client_id)s ORDER BY placed_at

-- name: blocks
-- Names of staff stand in the access log as far as the tenant shows them; here the unit answers for it.
SELECT b.set_at, u.name AS unit, b.words, b.lifted_at, b.lift_words
  FROM care_block b JOIN unit u USING (unit_id) WHERE b.client_id = %(client_id)s ORDER BY b.set_at

-- name: emergencies
SELECT e.from_at, e.ends_at, u.name AS unit, e.reason, e.past_block, e.reviewed_at, e.outcome
  FROM emergency_access e JOIN unit u USING (unit_id) WHERE e.client_id = %(client_id)s ORDER BY e.from_at

-- name: who_has_looked
SELECT l.at, u.name AS unit, coalesce(a.role, 'system') AS role, l.action
  FROM access_log l LEFT JOIN account a USING (account_id) LEFT JOIN unit u ON u.unit_id = l.unit_id
 WHERE l.client_id = %(client_id)s ORDER BY l.entry_id

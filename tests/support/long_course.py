"""A long course in the database, written at once: two tests and a check-in a day, some positive, some missed."""

from datetime import datetime

import psycopg

from tests.support.care import Clinic

_WINDOWS = """
    INSERT INTO test_window (window_id, tenant_id, client_id, kind, opens_at, closes_at, local_day, attendance, met_at,
                             known_at, decided_at)
    SELECT gen_random_uuid(), %(tenant)s, %(client)s, 'breath_test', at, at + interval '2 hours', at::date,
           CASE WHEN n %% 19 = 0 THEN 'missed' ELSE 'on_time' END,
           CASE WHEN n %% 19 = 0 THEN NULL ELSE at + interval '1 hour' END, at + interval '1 hour',
           at + interval '4 hours'
      FROM generate_series(%(since)s::timestamptz, %(until)s, interval '12 hours') WITH ORDINALITY AS t (at, n)"""
_READINGS = """
    INSERT INTO reading (tenant_id, client_id, device_id, boot_id, sequence, measured_at, gateway_time, received_at,
        timezone, run_id, attempt, purpose, outcome, native_value, native_unit, brac_mg_per_l, conversion, blow_quality,
        identity, driver, driver_grade, breathalyzer_model, calibration_state, key_id, signature, body)
    SELECT tenant_id, client_id, %(device)s, '00000000000000be', 100000 + n, met_at, met_at, met_at,
           'Europe/Stockholm', md5(window_id::text), 1, 'planned', 'complete', 0, 'mg/L',
           CASE WHEN n %% 97 = 0 THEN 0.42 ELSE 0 END, 'x/1', 'good', 'not_used', 'bactrack_c6', 'vendor_source_only',
           'C6', 'valid', 'k', '', ''
      FROM (SELECT *, row_number() OVER (ORDER BY met_at) AS n FROM test_window
             WHERE client_id = %(client)s AND met_at IS NOT NULL) AS met"""
_RESULTS = """
    INSERT INTO test_result (device_id, boot_id, sequence, client_id, measured_at, state, decided_at)
    SELECT device_id, boot_id, sequence, client_id, measured_at,
           CASE WHEN brac_mg_per_l > 0 THEN 'positive_unconfirmed' ELSE 'ok' END, received_at
      FROM reading WHERE client_id = %(client)s
    ON CONFLICT DO NOTHING"""
_CHECK_INS = """
    INSERT INTO check_in (check_in_id, tenant_id, client_id, source, answered_at, received_at, timezone, drank)
    SELECT gen_random_uuid(), %(tenant)s, %(client)s, 'web', at, at, 'Europe/Stockholm', false
      FROM generate_series(%(since)s::timestamptz, %(until)s, interval '1 day') AS at"""
_ANSWERS = """
    INSERT INTO check_in_answer (check_in_id, client_id, answered_at, item, value, low, high)
    SELECT check_in_id, client_id, answered_at, 'craving', extract(doy FROM answered_at)::int %% 11, 0, 10
      FROM check_in WHERE client_id = %(client)s"""


def write_course(clinic: Clinic, since: datetime, until: datetime) -> None:
    """The course of the clinic's client between two instants, as if it had been received and judged at the time."""
    given = {
        "tenant": clinic.tenant_id, "client": clinic.client_id, "device": clinic.device_id,
        "since": since, "until": until,
    }  # fmt: skip
    with psycopg.connect(clinic.db.conninfo, autocommit=True) as conn:
        for statement in (_WINDOWS, _READINGS, _RESULTS, _CHECK_INS, _ANSWERS):
            conn.execute(statement.encode(), given)
        conn.execute(b"ANALYZE")

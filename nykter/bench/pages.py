"""How long the triage list and a client's page take, for a caseload of 40 and one of 300."""

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import psycopg

from backend.access import Principal
from backend.services import triage
from backend.store.pool import Database
from nykter.bench.figure import Figure
from nykter.bench.place import Place
from nykter.bench.traffic import enrolled_gateways
from nykter.bench.visitor import USERNAME, Visitor, made_clinician, serving
from nykter.clock import SystemClock

CASELOADS = (40, 300)
DAYS = 120
_TIMES = 15

_HISTORY = (
    """
    INSERT INTO test_window (window_id, tenant_id, client_id, kind, opens_at, closes_at, local_day, attendance, met_at,
                             known_at, decided_at)
    SELECT gen_random_uuid(), c.tenant_id, c.client_id, 'breath_test', at, at + interval '2 hours', at::date,
           CASE WHEN random() < 0.8 THEN 'on_time' WHEN random() < 0.7 THEN 'missed' ELSE 'not_received' END,
           at + interval '1 hour', at + interval '1 hour', at + interval '2 hours'
      FROM client c, generate_series(%(since)s, %(until)s, interval '12 hours') AS at""",
    """
    INSERT INTO reading (tenant_id, client_id, device_id, boot_id, sequence, measured_at, gateway_time, received_at,
        timezone, run_id, attempt, purpose, outcome, native_value, native_unit, brac_mg_per_l, conversion, blow_quality,
        identity, driver, driver_grade, breathalyzer_model, calibration_state, key_id, signature, body)
    SELECT w.tenant_id, w.client_id, g.device_id, '00000000000000be', row_number() OVER (),
           w.met_at, w.met_at, w.met_at,
           'Europe/Stockholm', md5(w.window_id::text), 1, 'planned', 'complete', 0, 'mg/L',
           CASE WHEN random() < 0.05 THEN 0.42 ELSE 0 END, 'x/1', 'good', 'not_used', 'bench', 'experimental',
           'Made-up',
           'valid', 'k', '', ''
      FROM test_window w JOIN gateway g USING (client_id) WHERE w.attendance = 'on_time'""",
    """
    INSERT INTO test_result (device_id, boot_id, sequence, client_id, measured_at, state, decided_at)
    SELECT device_id, boot_id, sequence, client_id, measured_at,
           CASE WHEN brac_mg_per_l > 0 THEN 'positive_confirmed' ELSE 'ok' END, received_at FROM reading""",
    """
    INSERT INTO risk_score (client_id, decided_at, horizon_hours, model_version, computed_at, probability, low, high,
                            coverage)
    SELECT client_id, at, horizon, 'bench', at, 0.2, 0.1, 0.4, 'enough'
      FROM client, generate_series(%(since)s, %(until)s, interval '1 day') AS at, (VALUES (24), (72)) AS h (horizon)""",
    "ANALYZE",
)


def run(place: Place) -> Iterator[Figure]:
    """Yield, per caseload, the service alone, the whole page over HTTP, and one client's page with its graph."""
    for clients in CASELOADS:
        with place.database() as url, Database(url) as db:
            now = SystemClock().now()
            made = enrolled_gateways(url, clients, now)
            _fill(url, now)
            principal = made_clinician(db, [one.client_id for one in made], now=now)
            yield from _measured(db, principal, f"/clients/{made[0].client_id}?days={DAYS}", clients)


def _measured(db: Database, principal: Principal, client: str, clients: int) -> Iterator[Figure]:
    service = Figure(
        f"triage list of {clients}, service",
        _median_ms(lambda: triage.triage_list(db, principal, now=SystemClock().now())),
        "ms",
    )
    yield service
    with serving(db) as port, Visitor(port, USERNAME) as visitor:
        page = Figure(
            f"triage list of {clients}, whole page", _median_ms(lambda: _ok(visitor.get("/"))), "ms"
        )
        yield page.against(service)
        yield Figure(
            f"client page of {DAYS} days, caseload of {clients}",
            _median_ms(lambda: _ok(visitor.get(client))),
            "ms",
        )
        figure = client.replace("?", "/figure.json?")
        yield Figure(
            f"graph of {DAYS} days, caseload of {clients}", _median_ms(lambda: _ok(visitor.get(figure))), "ms"
        )


def _ok(answer: tuple[int, bytes]) -> None:
    if answer[0] != http.client.OK:
        raise RuntimeError(f"the page answered {answer[0]}")


def _fill(url: str, now: datetime) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in _HISTORY:
            conn.execute(
                statement.encode(),
                {"since": now - timedelta(days=DAYS), "until": now - timedelta(hours=3)}
                if "%(" in statement
                else None,
            )


def _median_ms(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)

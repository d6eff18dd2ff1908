"""How long the triage list of 300 clients and a page with two years take, also among ten times as many clients."""

import http.client
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from backend.access import Principal
from backend.services import clients, triage
from backend.store.pool import Database
from nykter.bench import refusals
from nykter.bench.cpu import seconds_of
from nykter.bench.figure import Figure, percentile
from nykter.bench.place import PLAIN, Place
from nykter.bench.traffic import enrol, made_gateways
from nykter.bench.visitor import USERNAME, Visitor, made_clinician, serving
from nykter.clock import SystemClock

CASELOAD, DAYS = 300, 730
OTHERS, OTHERS_DAYS = 2_700, 40
"""Only the client whose page is opened has two years: making them for all would take longer than all benchmarks."""
_TIMES = 40

_CHECK_INS = """
    INSERT INTO check_in (check_in_id, tenant_id, client_id, source, answered_at, received_at, timezone, drank)
    SELECT gen_random_uuid(), c.tenant_id, c.client_id, 'web', at, at, 'Europe/Stockholm', random() < 0.1
      FROM (SELECT * FROM client
             WHERE NOT EXISTS (SELECT 1 FROM risk_score r WHERE r.client_id = client.client_id)) AS c,
           generate_series(%(since)s, %(until)s, interval '1 day') AS at"""
_ANSWERS = """
    INSERT INTO check_in_answer (check_in_id, client_id, answered_at, item, value, low, high)
    SELECT i.check_in_id, i.client_id, i.answered_at, item, floor(random() * 11), 0, 10
      FROM check_in i, (VALUES ('craving'), ('mood_valence'), ('self_efficacy')) AS items (item)
     WHERE NOT EXISTS (SELECT 1 FROM risk_score r WHERE r.client_id = i.client_id)"""
_DAYS = """
    INSERT INTO client_day (client_id, day, state, planned, taken)
    SELECT client_id, local_day, 'ok', count(*), count(*) FILTER (WHERE attendance = 'on_time')
      FROM test_window GROUP BY 1, 2 ON CONFLICT DO NOTHING"""
_HISTORY = (
    """
    INSERT INTO test_window (window_id, tenant_id, client_id, kind, opens_at, closes_at, local_day, attendance, met_at,
                             known_at, decided_at)
    SELECT gen_random_uuid(), c.tenant_id, c.client_id, 'breath_test', at, at + interval '2 hours', at::date,
           CASE WHEN random() < 0.8 THEN 'on_time' WHEN random() < 0.7 THEN 'missed' ELSE 'not_received' END,
           at + interval '1 hour', at + interval '1 hour', at + interval '2 hours'
      FROM (SELECT * FROM client
             WHERE NOT EXISTS (SELECT 1 FROM risk_score r WHERE r.client_id = client.client_id)) AS c,
           generate_series(%(since)s, %(until)s, interval '6 hours') AS at""",
    _CHECK_INS,
    _ANSWERS,
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
      FROM test_window w JOIN gateway g USING (client_id)
     WHERE w.attendance = 'on_time' AND w.kind = 'breath_test'
       AND NOT EXISTS (SELECT 1 FROM risk_score r WHERE r.client_id = w.client_id)""",
    """
    INSERT INTO test_result (device_id, boot_id, sequence, client_id, measured_at, state, decided_at)
    SELECT device_id, boot_id, sequence, client_id, measured_at,
           CASE WHEN brac_mg_per_l > 0 THEN 'positive_confirmed' ELSE 'ok' END, received_at FROM reading
    ON CONFLICT DO NOTHING""",
    _DAYS,
    """
    INSERT INTO risk_score (client_id, decided_at, horizon_hours, model_version, computed_at, probability, low, high,
                            coverage)
    SELECT client_id, at, horizon, 'bench', at, 0.2, 0.1, 0.4, 'enough'
      FROM (SELECT * FROM client
             WHERE NOT EXISTS (SELECT 1 FROM risk_score r WHERE r.client_id = client.client_id)) AS c,
           generate_series(%(since)s, %(until)s, interval '1 day') AS at, (VALUES (24), (72)) AS h (horizon)""",
    "ANALYZE",
)


def run(place: Place) -> Iterator[Figure]:
    """Yield, per size of the database, the services alone at their 95th percentile, then pages over HTTP."""
    now = SystemClock().now()
    with place.database() as url, Database(url) as db:
        made = made_gateways(CASELOAD)
        for some, days in ((made[:1], DAYS), (made[1:], OTHERS_DAYS)):
            enrol(url, some, now)
            fill(url, now, days)
        principal = made_clinician(db, [one.client_id for one in made], now=now)
        client_id = made[0].client_id
        pid = place.server_pid(PLAIN) or 0
        alone = dict(_services(db, principal, client_id, pid))
        for name, value in alone.items():
            yield Figure(f"{name}, {CASELOAD} clients in the database", value, "ms")
        yield from _pages(db, f"/clients/{client_id}?days={DAYS}")
        others = made_gateways(OTHERS, first=CASELOAD)
        enrol(url, others, now)
        fill(url, now, OTHERS_DAYS)
        for name, value in _services(db, principal, client_id, pid):
            figure = Figure(f"{name}, {CASELOAD + OTHERS} clients in the database", value, "ms")
            yield figure.against(Figure(f"{CASELOAD} clients", alone[name], "ms"))
        yield from refusals.run(db, [one.client_id for one in others])


def _services(db: Database, principal: Principal, client_id: UUID, pid: int) -> Iterator[tuple[str, float]]:
    """What a person waits for, and the processor time of it, which whoever else uses the machine changes little."""

    def triage_list() -> object:
        return triage.triage_list(db, principal, now=SystemClock().now())

    def client_page() -> object:
        now = SystemClock().now()
        clients.overview(db, principal, client_id, now=now)
        return clients.series(db, principal, client_id, now - timedelta(days=DAYS), now, now=now)

    for name, work in (
        (f"triage list of {CASELOAD}", triage_list),
        (f"client page with {DAYS} days", client_page),
    ):
        before = time.process_time(), seconds_of([pid])
        yield f"{name}, service p95", _p95_ms(work)
        after = time.process_time(), seconds_of([pid])
        here, there = (1000 * (b - a) / (_TIMES + 1) for a, b in zip(before, after, strict=True))
        yield f"  processor time of it, {name}: service", here
        yield f"  processor time of it, {name}: database", there


def _pages(db: Database, client: str) -> Iterator[Figure]:
    with serving(db) as port, Visitor(port, USERNAME) as visitor:
        for name, path in (
            (f"triage list of {CASELOAD}, whole page p95", "/"),
            (f"client page of {DAYS} days, whole page p95", client),
            (f"graph of {DAYS} days, p95", client.replace("?", "/figure.json?")),
        ):
            yield Figure(name, _p95_ms(lambda path=path: _ok(visitor.get(path))), "ms")  # type: ignore[misc]


def _ok(answer: tuple[int, bytes]) -> None:
    if answer[0] != http.client.OK:
        raise RuntimeError(f"the page answered {answer[0]}")


def fill(url: str, now: datetime, days: int) -> None:
    """Give every client without a history one of so many days: four tests and a check-in a day."""
    times = {"since": now - timedelta(days=days), "until": now - timedelta(hours=3)}
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in _HISTORY:
            conn.execute(statement.encode(), times if "%(" in statement else None)


def _p95_ms(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return percentile(taken, 0.95)

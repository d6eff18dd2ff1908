"""Reads, for many clients at once, the facts that `backend.domain.assessment` decides from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from backend.domain.alerting import RECENT, StandingAlert
from backend.domain.assessment import ORDINALS, ClientFacts, OpeningTest
from backend.domain.attendance import NOTHING_AGREED, Agreed, Span, Taken, Window
from backend.domain.findings import Trouble
from backend.domain.help_calls import HelpCall
from backend.domain.identity import Mismatch
from backend.domain.plans import Plan, PlannedWindow, read_rules, read_windows
from backend.domain.questionnaires import SafetyAnswer
from backend.domain.results import Blow, Key
from backend.domain.risk import RiskLimits, ScorePoint
from backend.domain.testing import PlannedTest
from backend.domain.trend import TrendDay, TrendLimits
from backend.domain.triage import LOW_BATTERY_LEVEL
from backend.domain.wording import Sentence
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("care_facts")
_SCORES_BACK = timedelta(days=45)
_ALERTS_BACK = timedelta(days=120)
_TESTS_BACK = timedelta(days=28)
_SINCE_TOUCHED = (
    "windows",
    "readings",
    "check_ins",
    "agreed",
    "contact",
    "alerts",
    "tests",
    "trend",
    "newest_reasons",
)
_LATELY = {
    "scores": _SCORES_BACK,
    "thresholds": _SCORES_BACK,
    "safety": RECENT,
    "mismatches": RECENT,
    "help_calls": RECENT,
}
"""Queries whose rows are read from so long ago on, whatever was touched."""
_Rows = dict[UUID, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What a reading was judged to be so far."""

    state: str
    settled_by: int | None
    retest_until: datetime | None


@dataclass(frozen=True, slots=True)
class StoredClient:
    """A client's facts, with what is already stored about the same things."""

    client_id: UUID
    tenant_id: str
    since: datetime
    last_data_at: datetime | None
    newest_known_at: datetime | None
    lost_contact_at: datetime | None
    scored_at: datetime | None
    facts: ClientFacts
    due_of: dict[UUID, datetime | None]
    results: dict[Key, StoredResult]


def load_clients(
    conn: Connection, touched: Mapping[UUID, datetime], *, now: datetime
) -> tuple[StoredClient, ...]:
    """Facts of these clients from the given instants on; clients of imported studies are history and left out."""
    rows = conn.execute(
        _QUERIES["clients"],
        {"client_ids": list(touched), "touched_from": list(touched.values()), "now": now},
    ).fetchall()
    clients = [row for row in rows if not row["is_study"]]
    if not clients:
        return ()
    read = _read(conn, clients, now)
    return tuple(_client(row, read) for row in clients)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for all of them. `rows`: by query and client, without the client's own column."""

    plans: dict[UUID, tuple[Plan, ...]]
    outages: dict[str | None, list[Span]]
    rows: dict[str, _Rows]


def _read(conn: Connection, clients: Sequence[Row], now: datetime) -> _Read:
    since: dict[UUID, datetime] = {row["client_id"]: row["since"] for row in clients}
    spans = {
        "client_ids": list(since),
        "since": list(since.values()),
        "earliest": min(since.values()),
        "now": now,
        "recently": now - _ALERTS_BACK,
        "four_weeks": now - _TESTS_BACK,
        "low_battery": LOW_BATTERY_LEVEL,
    }
    rows = {name: _by_client(conn, name, spans) for name in _SINCE_TOUCHED}
    for name, back in _LATELY.items():
        rows[name] = _by_client(conn, name, {"client_ids": list(since), "since": now - back, "now": now})
    return _Read(_plans(conn, list(since)), _outages(conn, spans), rows)


def _by_client(conn: Connection, name: str, params: dict[str, Any]) -> _Rows:
    """A query's rows by client, which is the first column."""
    rows: _Rows = defaultdict(list)
    with conn.cursor(row_factory=tuple_row) as cursor:
        for row in cursor.execute(_QUERIES[name], params):
            rows[row[0]].append(row[1:])
    return rows


def _client(row: Row, read: _Read) -> StoredClient:
    one: UUID = row["client_id"]
    own = {name: rows[one] for name, rows in read.rows.items()}
    outages = (*read.outages[None], *read.outages[row["tenant_id"]])
    facts = _facts(row, own, read.plans[one], outages)
    happened = [blow.measured_at for blow in facts.blows] + [taken.at for taken in facts.answered]
    known = [blow.received_at for blow in facts.blows] + [taken.known_at for taken in facts.answered]
    return StoredClient(
        one,
        row["tenant_id"],
        row["since"],
        max(happened, default=None),
        max(known, default=None),
        row["lost_contact_at"],
        row["scored_at"],
        facts,
        {window[0]: window[9] for window in own["windows"]},
        {_key(r): StoredResult(*r[7:10]) for r in own["readings"] if r[7] is not None},
    )


def _facts(
    row: Row, own: Mapping[str, list[tuple[Any, ...]]], plans: tuple[Plan, ...], outages: tuple[Span, ...]
) -> ClientFacts:
    contact, tests = own["contact"], own["tests"]
    heard_at, armed, spoken_for, *troubles = contact[0] if contact else (None, False, None, False, False)
    return ClientFacts(
        timezone=row["timezone"],
        plans=plans,
        windows_from=row["laid_out_to"],
        windows=tuple(Window(*window[:9]) for window in own["windows"]),
        opened=tuple(_opened(line) for line in own["agreed"] if line[0] in ORDINALS),
        agreed=_agreed(own["agreed"]),
        blows=tuple(_blow(reading) for reading in own["readings"]),
        answered=tuple(Taken("check_in", at, known) for at, known in own["check_ins"]),
        heard_at=heard_at,
        spoken_for=spoken_for,
        armed=armed,
        outages=outages,
        alerts=tuple(
            StandingAlert(alert[0], alert[1], alert[2], alert[3], frozenset(alert[5]), alert[4])
            for alert in own["alerts"]
        ),
        scores=tuple(
            ScorePoint(at, p, usual, level != "too_little") for at, p, usual, level in own["scores"]
        ),
        reasons=_raising(own["newest_reasons"]),
        limits=RiskLimits(floors=_in_force(own["thresholds"], "risk")),
        trend=tuple(_trend_day(day) for day in own["trend"]),
        trend_limits=TrendLimits(levels=_in_force(own["thresholds"], "trend")),
        tests=_tests(tests),
        last_ok_at=tests[0][0] if tests else None,
        troubles=_troubles(*troubles),
        safety=tuple(SafetyAnswer(*answer) for answer in own["safety"]),
        mismatches=tuple(Mismatch(*seen) for seen in own["mismatches"]),
        calls=tuple(HelpCall(*call) for call in own["help_calls"]),
    )


def _plans(conn: Connection, client_ids: Sequence[UUID]) -> dict[UUID, tuple[Plan, ...]]:
    found: dict[UUID, list[Plan]] = defaultdict(list)
    for row in conn.execute(_QUERIES["plans"], {"client_ids": list(client_ids)}):
        found[row["client_id"]].append(
            Plan(
                row["plan_id"],
                row["timezone"],
                row["valid_from"],
                row["valid_to"],
                read_windows(row["windows"]),
                read_rules(row["rules"]),
            )
        )
    return defaultdict(tuple, {client_id: tuple(plans) for client_id, plans in found.items()})


def _agreed(lines: Sequence[tuple[Any, ...]]) -> Agreed:
    if not lines:
        return NOTHING_AGREED
    return Agreed(
        tuple((line[1], line[2]) for line in lines if line[0] == "pause"),
        frozenset((line[3], line[1], line[4]) for line in lines if line[0] == "excuse"),
    )


def _opened(line: tuple[Any, ...]) -> OpeningTest:
    what, opens_at, closes_at, kind, _, test_id, plan_id, local_day = line
    return OpeningTest(test_id, what, PlannedWindow(kind, opens_at, closes_at, local_day, plan_id))


def _outages(conn: Connection, params: dict[str, Any]) -> dict[str | None, list[Span]]:
    found: dict[str | None, list[Span]] = defaultdict(list)
    rows = conn.execute(_QUERIES["outages"], {"earliest": params["earliest"], "now": params["now"]})
    for row in rows:
        found[row["tenant_id"]].append((row["began_at"], row["ended_at"]))
    return found


def _in_force(rows: list[tuple[Any, ...]], kind: str) -> tuple[tuple[datetime, float], ...]:
    return tuple((set_at, value) for one, set_at, value in rows if one == kind)


def _trend_day(row: tuple[Any, ...]) -> TrendDay:
    day, stands_at, index, sv, en = row
    return TrendDay(day, stands_at, index, Sentence(sv, en) if sv and en else None)


def _tests(rows: list[tuple[Any, ...]]) -> tuple[PlannedTest, ...]:
    if not rows:
        return ()
    _, missed, taken = rows[0]
    return (
        *(PlannedTest(datetime.fromtimestamp(at, UTC), True, False) for at in missed),
        *(PlannedTest(datetime.fromtimestamp(at, UTC), False, True) for at in taken),
    )


def _troubles(is_low: bool | None, is_uncalibrated: bool | None) -> tuple[Trouble, ...]:
    found: list[Trouble] = []
    if is_low:
        found.append("battery")
    if is_uncalibrated:
        found.append("calibration")
    return tuple(found)


def _key(reading: tuple[Any, ...]) -> Key:
    return reading[0], reading[1], reading[2]


def _blow(reading: tuple[Any, ...]) -> Blow:
    return Blow(_key(reading), reading[3], reading[4], reading[5] if reading[6] == "complete" else None)


def _raising(rows: list[tuple[Any, ...]]) -> tuple[Sentence, ...]:
    if not rows:
        return ()
    return tuple(Sentence(item["sv"], item["en"]) for item in rows[0][0] if item["direction"] == "raises")

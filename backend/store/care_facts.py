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
from backend.store.pool import Connection
from backend.store.queries import load

_QUERIES = load("care_facts")
_SCORES_BACK = timedelta(days=45)
_ALERTS_BACK = timedelta(days=120)
_TESTS_BACK = timedelta(days=28)
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
    plans = _plans(conn, [row["client_id"] for row in clients])
    since: dict[UUID, datetime] = {row["client_id"]: row["since"] for row in clients}
    spans = {
        "client_ids": list(since),
        "since": list(since.values()),
        "earliest": min(since.values()),
        "now": now,
    }
    some = _Loader(
        conn,
        {
            **spans,
            "recently": now - _ALERTS_BACK,
            "four_weeks": now - _TESTS_BACK,
            "low_battery": LOW_BATTERY_LEVEL,
        },
    )
    windows, readings, check_ins = some("windows"), some("readings"), some("check_ins")
    agreed = some("agreed")
    contact, alerts = some("contact"), some("alerts")
    tests, trend, outages = some("tests"), some("trend"), _outages(conn, spans)
    lately = _Loader(conn, {"client_ids": list(since), "since": now - _SCORES_BACK, "now": now})
    scores, thresholds = lately("scores"), lately("thresholds")
    told = _Loader(conn, {"client_ids": list(since), "since": now - RECENT, "now": now})
    safety, mismatches, calls = told("safety"), told("mismatches"), told("help_calls")
    reasons = _Loader(conn, {"client_ids": list(since)})("newest_reasons")
    found = []
    for row in clients:
        one: UUID = row["client_id"]
        heard_at, armed, spoken_for, *troubles = (
            contact[one][0] if contact[one] else (None, False, None, False, False)
        )
        blows = tuple(_blow(reading) for reading in readings[one])
        answered = tuple(Taken("check_in", at, known) for at, known in check_ins[one])
        facts = ClientFacts(
            timezone=row["timezone"],
            plans=plans[one],
            windows_from=row["laid_out_to"],
            windows=tuple(Window(*window[:9]) for window in windows[one]),
            opened=tuple(_opened(line) for line in agreed[one] if line[0] in ORDINALS),
            agreed=_agreed(agreed[one]),
            blows=blows,
            answered=answered,
            heard_at=heard_at,
            spoken_for=spoken_for,
            armed=armed,
            outages=(*outages[None], *outages[row["tenant_id"]]),
            alerts=tuple(
                StandingAlert(alert[0], alert[1], alert[2], alert[3], frozenset(alert[5]), alert[4])
                for alert in alerts[one]
            ),
            scores=tuple(
                ScorePoint(at, p, usual, level != "too_little") for at, p, usual, level in scores[one]
            ),
            reasons=_raising(reasons[one]),
            limits=RiskLimits(floors=_in_force(thresholds[one], "risk")),
            trend=tuple(_trend_day(day) for day in trend[one]),
            trend_limits=TrendLimits(levels=_in_force(thresholds[one], "trend")),
            tests=_tests(tests[one]),
            last_ok_at=tests[one][0][0] if tests[one] else None,
            troubles=_troubles(*troubles),
            safety=tuple(SafetyAnswer(*answer) for answer in safety[one]),
            mismatches=tuple(Mismatch(*seen) for seen in mismatches[one]),
            calls=tuple(HelpCall(*call) for call in calls[one]),
        )
        happened = [blow.measured_at for blow in blows] + [taken.at for taken in answered]
        known = [blow.received_at for blow in blows] + [taken.known_at for taken in answered]
        found.append(
            StoredClient(
                one,
                row["tenant_id"],
                since[one],
                max(happened, default=None),
                max(known, default=None),
                row["lost_contact_at"],
                row["scored_at"],
                facts,
                {window[0]: window[9] for window in windows[one]},
                {_key(r): StoredResult(*r[7:10]) for r in readings[one] if r[7] is not None},
            )
        )
    return tuple(found)


class _Loader:
    """Runs a query and sorts its rows by client, the first column."""

    def __init__(self, conn: Connection, params: dict[str, Any]) -> None:
        self._conn, self._params = conn, params

    def __call__(self, name: str) -> _Rows:
        rows: _Rows = defaultdict(list)
        with self._conn.cursor(row_factory=tuple_row) as cursor:
            for row in cursor.execute(_QUERIES[name], self._params):
                rows[row[0]].append(row[1:])
        return rows


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

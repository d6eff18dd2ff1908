"""Reads, for many clients at once, the facts that `backend.domain.assessment` decides from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from backend.domain.alerting import StandingAlert
from backend.domain.assessment import ClientFacts
from backend.domain.attendance import Span, Taken, Window
from backend.domain.plans import Plan, read_rules, read_windows
from backend.domain.results import Blow, Key
from backend.domain.risk import RiskLimits, ScorePoint
from backend.domain.wording import Sentence
from backend.store.pool import Connection
from backend.store.queries import load

_QUERIES = load("care_facts")
_SCORES_BACK = timedelta(days=45)
_ALERTS_BACK = timedelta(days=120)
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
    conn: Connection, touched: Mapping[UUID, datetime], limits: Mapping[str, RiskLimits], *, now: datetime
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
    since = {row["client_id"]: _since(row, plans[row["client_id"]]) for row in clients}
    spans = {
        "client_ids": list(since),
        "since": list(since.values()),
        "earliest": min(since.values()),
        "now": now,
    }
    some = _Loader(conn, {**spans, "recently": now - _ALERTS_BACK})
    windows, readings, check_ins = some("windows"), some("readings"), some("check_ins")
    contact, alerts = some("contact"), some("alerts")
    outages = tuple(_spans(conn, spans))
    scores = _Loader(conn, {"client_ids": list(since), "since": now - _SCORES_BACK, "now": now})("scores")
    reasons = _Loader(conn, {"client_ids": list(since)})("newest_reasons")
    found = []
    for row in clients:
        one: UUID = row["client_id"]
        heard_at, armed, spoken_for = contact[one][0] if contact[one] else (None, False, None)
        blows = tuple(_blow(reading) for reading in readings[one])
        answered = tuple(Taken("check_in", at, known) for at, known in check_ins[one])
        facts = ClientFacts(
            timezone=row["timezone"],
            plans=plans[one],
            windows_from=_windows_from(row, plans[one]),
            windows=tuple(Window(*window[:7]) for window in windows[one]),
            blows=blows,
            answered=answered,
            heard_at=heard_at,
            spoken_for=spoken_for,
            armed=armed,
            outages=outages,
            alerts=tuple(
                StandingAlert(alert[0], alert[1], alert[2], alert[3], frozenset(alert[4]))
                for alert in alerts[one]
            ),
            scores=tuple(
                ScorePoint(at, p, usual, level != "too_little") for at, p, usual, level in scores[one]
            ),
            reasons=_raising(reasons[one]),
            limits=limits.get(row["tenant_id"], RiskLimits()),
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
                {window[0]: window[7] for window in windows[one]},
                {_key(r): StoredResult(*r[7:10]) for r in readings[one] if r[7] is not None},
            )
        )
    return tuple(found)


def risk_floors(conn: Connection, client_ids: Sequence[UUID]) -> dict[str, float | None]:
    """The tenants of these clients and the absolute risk threshold of each, where one has been made."""
    rows = conn.execute(_QUERIES["risk_floors"], {"client_ids": list(client_ids)})
    return {row["tenant_id"]: row["floor"] for row in rows}


def set_risk_floors(
    conn: Connection,
    tenant_ids: Sequence[str],
    share: float,
    least: int,
    *,
    stale: datetime,
    since: datetime,
    now: datetime,
) -> None:
    """Make each tenant's threshold anew from its scores since then, so that only `share` of them exceed it.

    Only where the stored one is older than `stale` and at least `least` scores tell.
    """
    params = {"tenant_ids": list(tenant_ids), "share": share, "least": least}
    conn.execute(_QUERIES["set_risk_floors"], {**params, "stale": stale, "since": since, "now": now})


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


def _since(row: Mapping[str, Any], plans: Sequence[Plan]) -> datetime:
    since: datetime = row["since"]
    if row["laid_out_to"] is None and plans:
        return min([since, *(plan.valid_from for plan in plans)])
    return since


def _windows_from(row: Mapping[str, Any], plans: Sequence[Plan]) -> datetime | None:
    if row["laid_out_to"] is not None:
        laid_out_to: datetime = row["laid_out_to"]
        return laid_out_to
    return min((plan.valid_from for plan in plans), default=None)


def _spans(conn: Connection, params: dict[str, Any]) -> list[Span]:
    rows = conn.execute(_QUERIES["outages"], {"earliest": params["earliest"], "now": params["now"]})
    return [(row["began_at"], row["ended_at"]) for row in rows]


def _key(reading: tuple[Any, ...]) -> Key:
    return reading[0], reading[1], reading[2]


def _blow(reading: tuple[Any, ...]) -> Blow:
    return Blow(_key(reading), reading[3], reading[4], reading[5] if reading[6] == "complete" else None)


def _raising(rows: list[tuple[Any, ...]]) -> tuple[Sentence, ...]:
    if not rows:
        return ()
    return tuple(Sentence(item["sv"], item["en"]) for item in rows[0][0] if item["direction"] == "raises")

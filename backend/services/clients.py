"""A client's page: its head, and everything on one time axis."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import may_name, require_visible
from backend.domain.course_measures import SPANS_DAYS, measures
from backend.domain.permille import estimated_permille
from backend.domain.plans import read_rules
from backend.errors import Forbidden, Invalid
from backend.services.access_log import log_look
from backend.services.alert_views import open_alerts_of, past_alerts_of, track_record_of
from backend.services.risk_views import risk_view
from backend.services.triage import coverage_percent
from backend.services.views import (
    CheckInNote,
    CheckInPoint,
    ClientOverview,
    ClientSeries,
    ContactView,
    DrinkingView,
    GatewayView,
    LifeEvent,
    Measures,
    NextContact,
    ReadingPoint,
    ResultState,
    RiskView,
    Rules,
    Text,
    TrendView,
    VerdictChange,
    WindowView,
)
from backend.services.work_log import log_work
from backend.store import access_log
from backend.store import clients as store
from backend.store.pool import Connection, Database, Row


def overview(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, is_refresh: bool = False
) -> ClientOverview:
    """Head of a client's page. Raises NotFound for anybody the client is not visible to.

    `is_refresh`: an open page asks again by itself, which is logged more sparsely than a person's own look.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        log_look(conn, principal, [client], "client_overview", is_refresh=is_refresh, now=now)
        found = overview_of(conn, client, now=now)
        return found if may_name(conn, principal, client, now) else replace(found, display_name=None)


def series(
    db: Database,
    principal: Principal,
    client_id: UUID,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    is_refresh: bool = False,
) -> ClientSeries:
    """Everything between two instants. Raises NotFound for strangers, Invalid when the span is turned round."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        log_look(conn, principal, [client], "client_series", is_refresh=is_refresh, now=now)
        return series_of(conn, client, since, until, now=now)


def mark_reviewed(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> None:
    """Note that the principal has looked through the curves. Raises NotFound, Forbidden for those who give no care."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        store.add_review(conn, client, principal.account_id, now=now)
        log_work(conn, principal, "review", client, source=f"{client}/{now.isoformat()}", now=now)
        access_log.write(conn, principal, [client], "marked_reviewed", now=now)


def overview_of(conn: Connection, client: VisibleClientId, *, now: datetime) -> ClientOverview:
    """The head, for a client whose visibility has been checked."""
    head = store.head(conn, client, now=now)
    coming = None if head["study"] else store.next_window(conn, client, now=now)
    is_on = store.scores_are_on(conn, client)
    risk = store.newest_risk(conn, client, is_study=head["study"] is not None, now=now) if is_on else []
    trend = store.trend(conn, client) if is_on else None
    alerts = open_alerts_of(conn, [client]).get(client, ())
    first = alerts[0] if alerts else None
    return ClientOverview(
        client_id=client,
        alias=head["alias"],
        display_name=head["display_name"],
        tz=head["timezone"],
        unit_tz=head["unit_timezone"],
        started_on=head["started_on"],
        study=head["study"],
        rules=_rules(head),
        alert=first,
        past_alerts=past_alerts_of(conn, client),
        risk=tuple(risk_view(row) for row in risk),
        coverage_percent=coverage_percent([head["planned"]], [head["taken"]]),
        last_data_at=head["last_data_at"],
        last_reviewed_at=head["reviewed_at"],
        last_reviewed_by=head["reviewed_by"],
        gateway=_gateway(head),
        next_window=None if coming is None else WindowView(**coming),
        retest_until=head["retest_until"],
        observed_from=head["observed_from"],
        observed_to=head["observed_to"],
        trend=TrendView(trend["index"], trend["onset"], Text(trend["sv"], trend["en"])) if trend else None,
        scores_are_on=is_on,
        measures=() if head["study"] else _measures(conn, client, head, now),
        next_contact=_next_contact(conn, client, now),
        clocks_waiting=store.clocks_waiting(conn, client),
        equipment_alert=alerts[1] if len(alerts) > 1 else None,
        track_record=track_record_of(conn, client, first),
    )


def series_of(
    conn: Connection, client: VisibleClientId, since: datetime, until: datetime, *, now: datetime
) -> ClientSeries:
    """The time axis, for a client whose visibility has been checked."""
    if not since < until:
        raise Invalid("the span must begin before it ends")
    head = store.head(conn, client, now=now)
    rules = _rules(head)
    is_on = store.scores_are_on(conn, client)
    trend = store.trend(conn, client) if is_on else None

    def rows(name: str, **more: Any) -> list[tuple[Any, ...]]:
        return store.between(conn, name, client, since, until, **more)

    tests = [_study_point(row, rules) for row in rows("study_breath_tests")] if head["study"] else []
    return ClientSeries(
        client_id=client,
        since=since,
        until=until,
        tz=head["timezone"],
        rules=rules,
        readings=(*(ReadingPoint(*_judged(row, rules)) for row in rows("readings")), *tests),
        windows=tuple(WindowView(*row) for row in rows("windows")),
        answers=tuple(CheckInPoint(*row) for row in rows("answers")),
        check_ins=tuple(CheckInNote(*row) for row in rows("check_ins")),
        drinking=tuple(DrinkingView(*row) for row in rows("drinking")),
        risk=tuple(_risk(row) for row in rows("risk", timezone=head["timezone"])) if is_on else (),
        contacts=tuple(ContactView(*row) for row in rows("contacts")),
        outages=tuple((began, ended) for began, ended in rows("outages")),
        worse_since=trend["onset"] if trend else None,
        verdicts=tuple(VerdictChange(*row) for row in rows("verdicts")),
        events=tuple(LifeEvent(*row) for row in rows("life_events")),
    )


def _measures(conn: Connection, client: VisibleClientId, head: Row, now: datetime) -> tuple[Measures, ...]:
    tests, windows = store.lately(conn, client, now=now)
    begun = datetime.combine(head["started_on"], time(0), ZoneInfo(head["timezone"]))
    found = (measures(tests, windows, begun, now, days) for days in SPANS_DAYS)
    return tuple(
        Measures(one.days, one.planned, one.ok, one.longest_gap, one.longest_ok_gap, one.tests)
        for one in found
    )


def _next_contact(conn: Connection, client: VisibleClientId, now: datetime) -> NextContact | None:
    row = store.next_contact(conn, client, now=now)
    return None if row is None else NextContact(row["at"], row["by"], row["is_visit"])


def _rules(head: Row) -> Rules:
    rules = read_rules(head["rules"] or {})
    return Rules(
        rules.trace_mg_per_l, rules.positive_mg_per_l, rules.retest_after_min, rules.retest_within_min
    )


def _gateway(head: Row) -> GatewayView | None:
    if head["device_id"] is None:
        return None
    return GatewayView(
        head["device_id"],
        head["heard_at"],
        head["outbox_depth"],
        head["battery_level"],
        head["last_error"],
        tuple(head["alarms"] or ()),
        head["driver_grade"],
    )


def _judged(row: tuple[Any, ...], rules: Rules) -> tuple[Any, ...]:
    """A reading that nobody has assessed yet (moments old) shows what its value alone says."""
    if row[4] is not None:
        return row
    return (*row[:4], _by_value(row[2], rules, "positive_pending"), *row[5:])


def _by_value(brac_mg_per_l: float | None, rules: Rules, positive: ResultState) -> ResultState:
    if brac_mg_per_l is None:
        return "incomplete"
    if brac_mg_per_l < rules.trace_mg_per_l:
        return "ok"
    return "trace" if brac_mg_per_l < rules.positive_mg_per_l else positive


def _study_point(row: tuple[Any, ...], rules: Rules) -> ReadingPoint:
    measured_at, known_at, brac, outcome, ordinal = row
    return ReadingPoint(
        measured_at=measured_at,
        received_at=known_at,
        brac_mg_per_l=brac,
        permille=None if brac is None else estimated_permille(brac),
        state=_by_value(brac, rules, "positive_unconfirmed"),
        outcome=outcome,
        failure=None,
        purpose="voluntary",
        attempt=1,
        breathalyzer_model="",
        driver_grade="study",
        calibration_state="unknown",
        device_id="study",
        boot_id="",
        sequence=cast("int", ordinal),
    )


def _risk(row: tuple[Any, ...]) -> RiskView:
    decided_at, horizon, probability, low, high, usual, coverage, version = row
    return RiskView(decided_at, horizon, probability, low, high, usual, coverage, (), version)

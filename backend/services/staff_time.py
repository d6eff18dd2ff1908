"""A unit's monthly report of staff time, for its manager: counts and minutes, never a client or a colleague by name."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.domain import staff_time as domain
from backend.domain.staff_time import DEFAULT_MINUTES, NAMES, WORK_KINDS, Tally, WorkKind
from backend.errors import Invalid
from backend.services import unit_settings
from backend.services.casework_views import MonthReport, WorkMinutes
from backend.services.views import Text
from backend.store import work as store
from backend.store.pool import Connection, Database, Row

EARLIEST_YEAR = 2020


def month_report(db: Database, principal: Principal, year: int, month: int, *, now: datetime) -> MonthReport:
    """Time used and freed in a month of the unit's calendar, with the formula. Raises Forbidden, NotFound, Invalid."""
    if not (EARLIEST_YEAR <= year <= now.year + 1 and 1 <= month <= 12):
        raise Invalid("no such month")
    with db.transaction(principal) as conn:
        unit_id, name = unit_settings.own_unit(conn, principal)
        tz = unit_settings.zone_of(conn, unit_id, now=now)
        since, until = month_bounds(year, month, tz)
        figures = store.all_minutes(conn, unit_id)
        tallies = [
            *_noted(conn, unit_id, since, until, figures),
            *_tests(conn, unit_id, since, min(until, now), figures),
        ]
        unsure = unit_settings.uncertainty_of(conn, unit_id, now=now)
    return MonthReport(
        unit=name,
        year=year,
        month=month,
        tz=tz,
        is_whole=until <= now,
        report=domain.staff_time(tallies, unsure),
        settings=_in_force(figures, now),
        history=tuple(_figure(row) for row in sorted(figures, key=lambda r: r["set_at"], reverse=True)),
    )


def set_minutes(
    db: Database,
    principal: Principal,
    kind: str,
    minutes: Decimal,
    manual_minutes: Decimal | None,
    reason: str,
    *,
    now: datetime,
) -> None:
    """Set minutes per piece of work, and what it would take by hand, from now on.

    `reason` states the comparison in words ("a telephone round to ten clients, timed in week 12"). What was logged
    before keeps its figures. Raises Invalid, Forbidden, NotFound.
    """
    if kind not in WORK_KINDS:
        raise Invalid("unknown kind of work")
    for value in (minutes, manual_minutes):
        if value is not None and not (value.is_finite() and 0 <= value <= 600):
            raise Invalid("minutes lie between 0 and 600")
    if len(reason.strip()) < 3:
        raise Invalid("say in words where the figures come from")
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        store.set_minutes(
            conn,
            principal.tenant_id,
            unit_id,
            kind,
            minutes,
            manual_minutes,
            principal.account_id,
            reason.strip(),
            valid_from=now,
            now=now,
        )


def read_minutes(text: str) -> Decimal | None:
    """Minutes as a person writes them, comma or point; None when empty. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise Invalid("minutes are a number") from error


def month_bounds(year: int, month: int, tz: str) -> tuple[datetime, datetime]:
    """A month of a zone's calendar as instants, the end not included."""
    zone = ZoneInfo(tz)
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return tuple(datetime(y, m, 1, tzinfo=zone).astimezone(UTC) for y, m in ((year, month), after))  # type: ignore[return-value]


def _noted(
    conn: Connection, unit_id: UUID, since: datetime, until: datetime, figures: Sequence[Row]
) -> list[Tally]:
    """Pieces of work as logged, each with the figures of its moment."""
    return [
        Tally(
            cast("WorkKind", row["kind"]),
            row["count"],
            row["minutes"],
            row["measured"],
            row["manual_minutes"],
            _stated(figures, row["kind"], row["manual_minutes"]),
        )
        for row in store.tallies(conn, unit_id, since, until)
    ]


def _tests(
    conn: Connection, unit_id: UUID, since: datetime, until: datetime, figures: Sequence[Row]
) -> list[Tally]:
    """Tests that came in and were judged without staff, counted piece by piece where the figures changed midway."""
    own = [row for row in figures if row["kind"] == "test_received"]
    edges = [since, *(row["valid_from"] for row in own if since < row["valid_from"] < until), until]
    found = []
    for begins, ends in pairwise(edges):
        if begins >= ends or not (count := store.tests_received(conn, unit_id, begins, ends)):
            continue
        earlier = [row for row in own if row["valid_from"] <= begins]
        each, manual = DEFAULT_MINUTES["test_received"], None
        if earlier:
            each, manual = earlier[-1]["minutes"], earlier[-1]["manual_minutes"]
        stated = _stated(own, "test_received", manual)
        found.append(Tally("test_received", count, count * each, False, manual, stated))
    return found


def _stated(figures: Sequence[Row], kind: str, manual: Decimal | None) -> str:
    """The comparison in the unit's words, for a figure of theirs."""
    if manual is None:
        return ""
    return next(
        (r["reason"] for r in reversed(figures) if r["kind"] == kind and r["manual_minutes"] == manual), ""
    )


def _in_force(figures: Sequence[Row], now: datetime) -> tuple[WorkMinutes, ...]:
    newest = {row["kind"]: row for row in figures if row["valid_from"] <= now}
    return tuple(
        _figure(newest[kind])
        if kind in newest
        else WorkMinutes(kind, _name(kind), float(DEFAULT_MINUTES[kind]), None, "", None, None)
        for kind in WORK_KINDS
    )


def _figure(row: Row) -> WorkMinutes:
    manual = row["manual_minutes"]
    return WorkMinutes(
        row["kind"],
        _name(row["kind"]),
        float(row["minutes"]),
        None if manual is None else float(manual),
        row["reason"],
        row["set_by"],
        row["valid_from"],
    )


def _name(kind: WorkKind) -> Text:
    return Text(NAMES[kind].sv, NAMES[kind].en)

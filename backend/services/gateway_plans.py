"""The plan as the contract carries it to a gateway. Signing and sending are ingest's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from backend.domain.holidays import is_holiday
from backend.domain.plans import read_windows
from backend.services.schedules import schedule_for_gateway
from backend.store.pool import Connection
from contracts.plan import ExcusedWindow, Limits, Plan, RecurringWindow, SingleTest, Span, Term

_HOLIDAYS_AHEAD = timedelta(days=420)
"""How far ahead a gateway is told the holidays: longer than any is expected to be without contact (assumption)."""
_DAY = timedelta(days=1)


def plan_for_gateway(
    conn: Connection, device_id: str, now: datetime, photo_key: str | None = None
) -> Plan | None:
    """The plan of one gateway's client at `now`; None when nothing was ever planned.

    `photo_key`: what pictures are to be sealed for; it is told only to gateways whose plan asks for some.

    Raises NotFound for a gateway that is unknown or revoked, ValueError for a plan the contract cannot carry.
    """
    document = schedule_for_gateway(conn, device_id, now)
    if document["plan_version"] < 1:
        return None
    following = document["following"]
    first = {**document, "valid_to": _end_of_first(document)}
    terms = tuple(_term(one) for one in (first, *following))
    return Plan(
        device_id=device_id,
        plan_version=document["plan_version"],
        made_at=now,
        covers_to=document["covers_to"],
        terms=terms,
        photo_key=photo_key if any(term.limits.photo for term in terms) else None,
        tests=tuple(
            SingleTest(
                kind=one["kind"],
                window_kind=one["window_kind"],
                opens_at=one["opens_at"],
                closes_at=one["closes_at"],
            )
            for one in document["planned_tests"]
        ),
        pauses=tuple(Span(**one) for one in document["pauses"]),
        excused=tuple(ExcusedWindow(**one) for one in document["excused"]),
        holidays=tuple(
            day
            for number in range(-1, _HOLIDAYS_AHEAD // _DAY)
            if is_holiday(day := (now + number * _DAY).date())
        ),
    )


def _end_of_first(document: Mapping[str, Any]) -> Any:
    """Where nothing is in force yet, nothing is asked until the first plan begins."""
    if document["valid_to"] is None and document["following"]:
        return document["following"][0]["valid_from"]
    return document["valid_to"]


def _term(written: Mapping[str, Any]) -> Term:
    rules = written["rules"]
    return Term(
        valid_from=written["valid_from"],
        valid_to=written["valid_to"],
        timezone=written["timezone"],
        windows=tuple(
            RecurringWindow(
                kind=one.kind,
                weekdays=tuple(sorted(one.weekdays)),
                opens=one.opens,
                closes=one.closes,
                holidays=one.holidays,
            )
            for one in read_windows(written["windows"])
        ),
        limits=Limits(
            trace_mg_per_l=str(rules["trace_mg_per_l"]),
            positive_mg_per_l=str(rules["positive_mg_per_l"]),
            retest_after_min=rules["retest_after_min"],
            retest_within_min=rules["retest_within_min"],
            tolerance_mg_per_l=str(rules["tolerance_mg_per_l"]),
            late_grace_min=rules["late_grace_min"],
            test_to_zero=rules["test_to_zero"],
            photo=rules["photo"],
        ),
    )

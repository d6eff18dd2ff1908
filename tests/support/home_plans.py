"""Plans as a gateway holds them: from a few words, and from the scenarios the backend's decisions are held against."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from contracts.plan import ExcusedWindow, Limits, Plan, RecurringWindow, SingleTest, Span, Term
from tests.support.gateway import ORIGIN, START

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
_RED = "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26"
_EVES = "04-04 05-23 06-19 12-24 12-31"
HOLIDAYS = tuple(date.fromisoformat(f"2026-{day}") for day in f"{_RED} {_EVES}".split())
"""Red days of 2026 in Sweden, and the eves that count as such."""


def limits(**changed: Any) -> Limits:
    """The project's defaults."""
    given: dict[str, Any] = {
        "trace_mg_per_l": Decimal("0.05"),
        "positive_mg_per_l": Decimal("0.1"),
        "retest_after_min": 15,
        "retest_within_min": 120,
        "tolerance_mg_per_l": Decimal("0.095"),
        "late_grace_min": 120,
    }
    return Limits(**{**given, **changed})


def daily(opens: str, closes: str, kind: Any = "breath_test") -> RecurringWindow:
    """A window on every day."""
    return RecurringWindow(
        kind=kind, weekdays=EVERY_DAY, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
    )


def plan(*windows: RecurringWindow, version: int = 1, made_at: datetime = START, **changed: Any) -> Plan:
    """A plan in force since long ago, in Stockholm."""
    rules = changed.pop("limits", limits())
    term = Term(valid_from=None, valid_to=None, timezone="Europe/Stockholm", windows=windows, limits=rules)
    given: dict[str, Any] = {
        "device_id": ORIGIN.device_id,
        "plan_version": version,
        "made_at": made_at,
        "covers_to": made_at + timedelta(days=14),
        "terms": (term,),
    }
    return Plan(**{**given, **changed})


def of_scenario(said: dict[str, Any]) -> Plan:
    """The plan that a backend scenario (tests/golden/care) amounts to."""
    terms = [
        Term(
            valid_from=_at(one["from"]),
            valid_to=_at(one["to"]) if one.get("to") else None,
            timezone=one.get("timezone", said["timezone"]),
            windows=tuple(RecurringWindow.model_validate(window) for window in one["windows"]),
            limits=limits(),
        )
        for one in said["plans"]
    ]
    tests = tuple(
        SingleTest(
            kind=one["kind"],
            window_kind="breath_test",
            opens_at=_at(one["opens"]),
            closes_at=_at(one["closes"]),
        )
        for one in said.get("planned", [])
    )
    return plan(
        terms=tuple(sorted(terms, key=lambda term: term.valid_from)),
        tests=tests,
        pauses=tuple(Span(from_at=_at(a), to_at=_at(b)) for a, b in said.get("pauses", [])),
        excused=tuple(
            ExcusedWindow(kind=one["kind"], opens_at=_at(one["opens"])) for one in said.get("excuses", [])
        ),
        holidays=HOLIDAYS,
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

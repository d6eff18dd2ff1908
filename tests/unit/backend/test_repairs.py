"""Alerts about missing tests hear of it when the tests come in after all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from backend.domain.alerting import AlertState, StandingAlert
from backend.domain.assessment import Assessment, ClientFacts, assess
from backend.domain.attendance import Agreed, Window
from backend.domain.plans import Plan, Rules
from backend.domain.results import Blow

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPENED = [NOW - number * DAY for number in (5, 4)]
PLAN = Plan(UUID(int=1), "Europe/Stockholm", NOW - 10 * DAY, None, (), Rules())


def _facts(alert: StandingAlert, *, came: int) -> ClientFacts:
    windows = tuple(
        Window(UUID(int=10 + n), "breath_test", at, at + timedelta(hours=2), "missed")
        for n, at in enumerate(OPENED)
    )
    blows = tuple(
        Blow(("gw", "b", n), at + timedelta(hours=1), NOW, 0.0) for n, at in enumerate(OPENED[:came])
    )
    return ClientFacts(
        "Europe/Stockholm", (PLAN,), NOW, windows, blows=blows, heard_at=NOW, spoken_for=NOW, alerts=(alert,)
    )


def _assess(facts: ClientFacts) -> Assessment:
    ids = count(100)
    return assess(facts, NOW, lambda: UUID(int=next(ids)))


def _alert(state: AlertState = "new", *more: str) -> StandingAlert:
    return StandingAlert(UUID(int=5), "missed_tests", 3, state, frozenset({"missed:1", *more}))


@pytest.mark.parametrize("state", ["new", "seen"])
def test_an_alert_nobody_acted_on_ends_when_the_tests_are_there(state: AlertState) -> None:
    found = _assess(_facts(_alert(state), came=2)).alert
    assert (found.action, found.alert_id, found.state) == ("resolve", UUID(int=5), "closed")


def test_one_somebody_works_on_gets_the_fact_as_evidence_and_stays_as_it_is() -> None:
    found = _assess(_facts(_alert("acting"), came=1)).alert
    assert (found.action, found.tier, found.state) == ("grow", 3, "acting")
    [line] = found.findings
    assert line.text.sv.startswith("Det planerade testet mån 2 mars")
    assert found.began_at is None and not found.ends_snooze


def test_one_with_other_evidence_in_it_is_a_persons_to_close() -> None:
    found = _assess(_facts(_alert("new", "risk:7"), came=2)).alert
    assert (found.action, len(found.findings)) == ("grow", 1)


def test_the_same_fact_is_not_told_twice() -> None:
    alert = _alert("acting")
    [line] = _assess(_facts(alert, came=1)).alert.findings
    again = replace(alert, keys=alert.keys | {line.key})
    assert _assess(_facts(again, came=1)).alert.action == "nothing"


def test_excused_afterwards_counts_as_mended() -> None:
    excused = frozenset(("breath_test", at, 0) for at in OPENED)
    facts = replace(_facts(_alert(), came=0), agreed=Agreed((), excused))  # type: ignore[arg-type]
    assert _assess(facts).alert.action == "resolve"


def test_nothing_came_nothing_changes() -> None:
    assert _assess(_facts(_alert(), came=0)).alert.action == "nothing"

"""The order of the list: where a human is needed comes first, with a reason in plain words."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from backend.domain.triage import GROUPS, ORDER, OpenAlert, TriageFacts, Unsettled, place
from backend.domain.wording import Sentence

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
WHY = Sentence("Orsak", "Reason")


def _facts(alias: str, **more: object) -> TriageFacts:
    known = {
        "timezone": "Europe/Stockholm",
        "reviewed_at": NOW - timedelta(days=1),
        "last_data_at": NOW,
        **more,
    }
    return TriageFacts(alias=alias, **known)  # type: ignore[arg-type]


def _alert(kind: str, hours_ago: float = 1, state: str = "new", tier: int = 2) -> OpenAlert:
    return OpenAlert(kind, tier, state, NOW - timedelta(hours=hours_ago), WHY)  # type: ignore[arg-type]


IN_ORDER = (
    _facts("tier 1", alert=_alert("confirmed_positive", tier=1)),
    _facts("older", alert=_alert("confirmed_positive", 30)),
    _facts("newer", alert=_alert("confirmed_positive", 2)),
    _facts("seen", alert=_alert("confirmed_positive", 40, "seen")),
    _facts("acting", alert=_alert("confirmed_positive", 50, "acting")),
    _facts("worse", alert=_alert("worsening_risk", 20, tier=3)),
    _facts("lost", alert=_alert("lost_contact", 3, tier=3)),
    _facts("battery", battery_level=0),
    _facts("due", reviewed_at=NOW - timedelta(days=9)),
    _facts("Å stable", reviewed_at=NOW - timedelta(days=6)),
)


def test_the_same_clients_always_stand_in_the_same_order() -> None:
    expected = [facts.alias for facts in IN_ORDER]
    for seed in range(20):
        shuffled = list(IN_ORDER)
        Random(seed).shuffle(shuffled)
        found = sorted(shuffled, key=lambda facts: place(facts, NOW).key)
        assert [facts.alias for facts in found] == expected


def test_the_groups_are_explained_in_their_order() -> None:
    assert [
        place(facts, NOW).group
        for facts in IN_ORDER
        if facts.alias not in {"older", "newer", "seen", "acting"}
    ] == list(GROUPS)
    assert len(ORDER) == len(GROUPS) + 1
    assert all(rule.sv and rule.en for rule in ORDER)


def test_an_unconfirmed_positive_needs_a_human_until_somebody_has_looked() -> None:
    unsettled = Unsettled("positive_unconfirmed", NOW - timedelta(hours=5), 0.3)
    waiting = place(_facts("a", unsettled=unsettled), NOW)
    assert waiting.group == "worsening"
    assert "obekräftat" in waiting.why.sv and "0,30 mg/L" in waiting.why.sv
    looked = place(_facts("a", unsettled=unsettled, reviewed_at=NOW - timedelta(hours=1)), NOW)
    assert looked.group == "stable"


@pytest.mark.requirement("I4", "H3")
def test_mouth_alcohol_is_explained_and_not_called_a_relapse() -> None:
    found = place(
        _facts("a", unsettled=Unsettled("abnormal_confirmation", NOW - timedelta(hours=1), 0.2)), NOW
    )
    assert "alkohol i munnen" in found.why.sv and "Alcohol in the mouth" in found.why.en


def test_a_client_nobody_has_looked_at_yet_becomes_due_a_week_after_the_start() -> None:
    fresh = _facts("a", reviewed_at=None, followed_since=NOW - timedelta(days=6))
    old = _facts("a", reviewed_at=None, followed_since=NOW - timedelta(days=7))
    assert (place(fresh, NOW).group, place(old, NOW).group) == ("stable", "review_due")


@pytest.mark.requirement("H1")
def test_a_client_without_data_is_not_called_fine() -> None:
    assert place(_facts("a", last_data_at=None), NOW).why.sv == "Inga data har kommit än."


def test_an_imported_study_is_history_and_never_due() -> None:
    found = place(_facts("a", is_study=True, reviewed_at=None, followed_since=NOW - timedelta(days=900)), NOW)
    assert found.group == "stable" and "För lite data" in found.why.sv

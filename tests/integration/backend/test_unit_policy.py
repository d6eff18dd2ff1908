"""A unit's manager decides hours, limits, budget and the safety text: for the own unit, with a reason, tried first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.access.principal import Principal
from backend.domain.instruments import CutOffs
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import alert_policy, messages, questionnaires, unit_policy, unit_settings
from backend.services.unit_policy import BudgetWish, HoursWish
from backend.store.pool import Database
from tests.support.care import Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
"""A Thursday, ten in the morning in Sweden."""
OFFICE = (time(8), time(16, 30))
DEFAULT = HoursWish("Europe/Stockholm", dict.fromkeys(range(1, 6), OFFICE), time(14), frozenset(), 8)
WHY = "Beslut i ledningsgruppen"


@pytest.fixture
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        yield make_clinic(db)


@pytest.fixture
def chief(clinic: Clinic) -> Principal:
    return add_account(clinic, "chefen", "manager")


def test_nothing_decided_shows_the_defaults(clinic: Clinic, chief: Principal) -> None:
    found = unit_policy.of_unit(clinic.db, chief, now=NOW)
    assert found.hours == DEFAULT and not found.is_split and found.policy == found.default_policy


def test_hours_count_for_messages_and_signals_alike_with_reason_and_history(
    clinic: Clinic, chief: Principal
) -> None:
    wish = replace(
        DEFAULT, days={4: (time(9), time(12))}, closed=frozenset({date(2026, 3, 12)}), reply_within_hours=2
    )
    unit_policy.set_hours(clinic.db, chief, wish, WHY, now=NOW)
    assert unit_policy.of_unit(clinic.db, chief, now=NOW).hours == wish
    policy = alert_policy.policy(clinic.db, chief, clinic.unit_id)
    assert (policy.working_hours, policy.closed_days) == ({"4": ("09:00", "12:00")}, (date(2026, 3, 12),))
    desk = messages.thread(clinic.db, clinic.client, clinic.client_id, now=NOW + timedelta(hours=3)).desk
    assert not desk.is_open
    assert desk.opens_at == datetime(2026, 3, 19, 8, 0, tzinfo=UTC), "the next Thursday is the unit's day off"
    history = unit_settings.settings(clinic.db, chief, now=NOW).history
    assert {(one.name, one.reason, one.by) for one in history} == {
        (name, WHY, chief.display_name) for name in ("working_hours", "reply_within_hours", "alert_policy")
    }


def test_hours_that_were_set_apart_by_a_program_are_said_to_be(clinic: Clinic, chief: Principal) -> None:
    view = replace(
        alert_policy.policy(clinic.db, chief, clinic.unit_id), working_hours={"1": ("08:00", "10:00")}
    )
    alert_policy.set_policy(clinic.db, chief, clinic.unit_id, view, now=NOW)
    assert unit_policy.of_unit(clinic.db, chief, now=NOW).is_split
    unit_policy.set_hours(clinic.db, chief, DEFAULT, WHY, now=NOW)
    assert not unit_policy.of_unit(clinic.db, chief, now=NOW).is_split


def test_the_preview_of_hours_names_holidays_and_says_when_somebody_hears(
    clinic: Clinic, chief: Principal
) -> None:
    easter = datetime(2026, 4, 2, 13, 0, tzinfo=UTC)
    shown = unit_policy.preview_hours(clinic.db, chief, DEFAULT, now=easter)
    days = {one.day.isoformat(): one for one in shown.days}
    assert days["2026-04-02"].why == "half_day"
    assert (days["2026-04-03"].opens, days["2026-04-03"].why) == (None, "Långfredagen")
    assert shown.told_at == datetime(2026, 4, 7, 6, 0, tzinfo=UTC), "after Easter Monday"
    assert unit_policy.of_unit(clinic.db, chief, now=easter).hours == DEFAULT, "a preview changes nothing"


def test_limits_show_how_many_clients_they_would_mark(clinic: Clinic, chief: Principal) -> None:
    questionnaires.enter(
        clinic.db, clinic.anna, clinic.client_id, "phq9", [1, 1, 1, 1, 1, 1, 1, 1, 0], "paper",
        NOW - timedelta(days=2), now=NOW,
    )  # fmt: skip
    limits = {name: getattr(CutOffs(), name) for name in CutOffs.__dataclass_fields__}
    [shown] = unit_policy.preview_cut_offs(clinic.db, chief, {**limits, "phq9": 8}, now=NOW)
    assert (shown.instrument, shown.clients, shown.before, shown.after) == ("phq9", 1, 0, 1)
    with pytest.raises(Invalid):
        unit_policy.preview_cut_offs(clinic.db, chief, {**limits, "audit_harmful": 7}, now=NOW)


def test_a_budget_is_kept_with_its_reason_and_its_preview_is_for_the_whole_unit(
    clinic: Clinic, chief: Principal
) -> None:
    wish = BudgetWish(4.0, 20, 120)
    shown = unit_policy.preview_budget(clinic.db, chief, wish, now=NOW)
    assert shown.clinicians == 1 and [(one.kind, one.after) for one in shown.thresholds] == [
        ("risk", None),
        ("trend", None),
    ]
    unit_policy.set_budget(clinic.db, chief, wish, WHY, now=NOW)
    policy = unit_policy.of_unit(clinic.db, chief, now=NOW).policy
    assert (policy.budget_per_week, policy.now_wait_min, policy.same_day_wait_min) == (4.0, 20, 120)
    [change] = unit_settings.settings(clinic.db, chief, now=NOW).history
    assert (change.name, change.reason, change.value["budget_per_week"]) == ("alert_policy", WHY, 4.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": {}},
        {"days": {1: (time(12), time(9))}},
        {"days": {8: OFFICE}},
        {"timezone": "+01:00"},
        {"timezone": "Nowhere/Atall"},
        {"reply_within_hours": 0},
        {"reply_within_hours": 41},
        {"closed": frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(61))},
    ],
)
def test_hours_that_cannot_be_meant_are_refused(
    clinic: Clinic, chief: Principal, wrong: Mapping[str, object]
) -> None:
    wish = replace(DEFAULT, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        unit_policy.set_hours(clinic.db, chief, wish, WHY, now=NOW)
    assert unit_settings.settings(clinic.db, chief, now=NOW).history == ()


def test_nothing_changes_without_a_reason_or_beyond_the_bounds(clinic: Clinic, chief: Principal) -> None:
    with pytest.raises(Invalid):
        unit_policy.set_hours(clinic.db, chief, DEFAULT, " x ", now=NOW)
    for wish in (BudgetWish(0.1, 30, 240), BudgetWish(10, 4, 240), BudgetWish(10, 30, 20)):
        with pytest.raises(Invalid):
            unit_policy.set_budget(clinic.db, chief, wish, WHY, now=NOW)
    with pytest.raises(Invalid):
        unit_policy.set_budget(clinic.db, chief, BudgetWish(10, 30, 240), "", now=NOW)


def test_only_a_manager_of_a_unit_decides_or_looks(clinic: Clinic) -> None:
    for who in (clinic.anna, clinic.client, add_account(clinic, "olle", "operator")):
        with pytest.raises(Forbidden):
            unit_policy.of_unit(clinic.db, who, now=NOW)
        with pytest.raises(Forbidden):
            unit_policy.set_hours(clinic.db, who, DEFAULT, WHY, now=NOW)
        with pytest.raises(Forbidden):
            unit_policy.preview_budget(clinic.db, who, BudgetWish(10, 30, 240), now=NOW)
    adrift = Principal(clinic.anna.account_id, clinic.tenant_id, "manager", None, None, "X", "sv")
    with pytest.raises(NotFound):
        unit_policy.set_budget(clinic.db, adrift, BudgetWish(10, 30, 240), WHY, now=NOW)

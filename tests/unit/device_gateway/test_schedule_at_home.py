"""The schedule at home comes to the same windows as the backend's, and says in time which step is due."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.plan import SingleTest, Span
from device_gateway.schedule import (
    HomeWindow,
    Step,
    next_window,
    open_now,
    pause_until,
    reminder,
    windows_between,
)
from tests.support.home_plans import daily, of_scenario, plan

CARE = Path(__file__).parents[2] / "golden" / "care"
SCENARIOS = {
    path.stem: said
    for path in sorted(CARE.glob("*.json"))
    if (said := json.loads(path.read_text("utf-8"))).get("plans") and "windows" in said["expect"]
}
DAY = timedelta(days=1)


def _name(window: HomeWindow) -> str:
    single = "" if window.source == "recurring" else f" {window.source}"
    return f"{window.kind} {window.opens_at.isoformat()}{single}"


@pytest.mark.parametrize("said", SCENARIOS.values(), ids=SCENARIOS)
def test_it_comes_to_the_windows_of_the_backends_scenarios(said: dict[str, Any]) -> None:
    now = datetime.fromisoformat(said["now"])
    since = min(datetime.fromisoformat(one["from"]) for one in said["plans"])
    windows = windows_between(of_scenario(said), since, now + 3 * DAY)
    begun = {_name(window) for window in windows if window.opens_at <= now}
    # What is agreed on for windows to come is decided before they open.
    assert begun <= set(said["expect"]["windows"]) <= {_name(window) for window in windows}


@pytest.mark.parametrize("said", SCENARIOS.values(), ids=SCENARIOS)
def test_nothing_is_asked_for_in_what_the_backend_excuses_or_counts_as_paused(said: dict[str, Any]) -> None:
    until = datetime.fromisoformat(said["now"]) + 3 * DAY
    windows = windows_between(of_scenario(said), datetime(2025, 1, 1, tzinfo=UTC), until)
    asked = {_name(window): window.asked for window in windows}
    for name, attendance in said["expect"]["windows"].items():
        if attendance in {"paused", "excused"}:
            assert asked[name] == attendance
        elif attendance in {"missed", "not_received"}:
            assert asked[name] == "asked"


def test_enough_scenarios_tell_of_windows() -> None:
    assert len(SCENARIOS) > 40


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


MORNING = plan(daily("07:00", "09:00"))


@pytest.mark.parametrize(
    ("now", "step"),
    [
        ("2026-03-02T05:44:59", None),
        ("2026-03-02T05:45:00", Step.SOON),
        ("2026-03-02T06:00:00", Step.OPEN),
        ("2026-03-02T07:44:59", Step.OPEN),
        ("2026-03-02T07:45:00", Step.CLOSING),
        ("2026-03-02T08:00:00", None),
    ],
)
def test_reminders_come_before_opening_at_opening_and_before_closing(now: str, step: Step | None) -> None:
    found = reminder(windows_between(MORNING, at(now) - DAY, at(now) + DAY), at(now))
    assert (found.step if found else None) == step


def test_the_reminder_follows_the_wall_clock_into_summer_time() -> None:
    windows = windows_between(MORNING, at("2026-03-28T00:00:00"), at("2026-03-30T00:00:00"))
    assert [window.opens_at for window in windows] == [at("2026-03-28T06:00:00"), at("2026-03-29T05:00:00")]
    assert reminder(windows, at("2026-03-29T04:50:00")) is not None


def test_a_pause_is_silent_and_says_when_it_ends() -> None:
    pause = Span(from_at=at("2026-03-02T00:00:00"), to_at=at("2026-03-04T00:00:00"))
    paused = plan(daily("07:00", "09:00"), pauses=(pause,))
    now = at("2026-03-02T06:30:00")
    windows = windows_between(paused, now - DAY, now + 14 * DAY)
    assert reminder(windows, now) is None and open_now(windows, now) == ()
    assert pause_until(paused, now) == pause.to_at
    coming = next_window(windows, now)
    assert coming is not None and coming.opens_at == at("2026-03-04T06:00:00")


def test_a_random_test_gives_no_sign_before_it_opens_and_is_told_when_it_does() -> None:
    test = SingleTest(
        kind="random",
        window_kind="breath_test",
        opens_at=at("2026-03-02T12:00:00"),
        closes_at=at("2026-03-02T13:30:00"),
    )
    secret = plan(tests=(test,))
    windows = windows_between(secret, at("2026-03-02T00:00:00"), at("2026-03-03T00:00:00"))
    before = at("2026-03-02T11:59:59")
    assert len(windows) == 1
    assert reminder(windows, before) is None and next_window(windows, before) is None
    told = reminder(windows, at("2026-03-02T12:00:00"))
    assert told is not None and told.step is Step.OPEN


def test_a_test_ordered_now_comes_before_the_one_that_is_open_anyway() -> None:
    test = SingleTest(
        kind="on_demand",
        window_kind="breath_test",
        opens_at=at("2026-03-02T06:30:00"),
        closes_at=at("2026-03-02T08:30:00"),
    )
    both = plan(daily("07:00", "09:00"), tests=(test,))
    now = at("2026-03-02T06:30:00")
    found = open_now(windows_between(both, now - DAY, now + DAY), now)
    assert [window.source for window in found] == ["on_demand", "recurring"]

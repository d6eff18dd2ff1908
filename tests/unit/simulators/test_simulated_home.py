"""A simulated home's messages: deterministic, in order, valid, and late exactly when the gateway was offline."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.check_in import CheckIn
from contracts.reading import Outcome, Purpose, Reading
from contracts.topics import Kind
from simulators.archetypes import Archetype, archetype_profile, demo_profiles
from simulators.home import Home, Outgoing
from simulators.person import Person

FIRST_DAY = date(2026, 3, 2)
END = datetime(2026, 4, 20, tzinfo=UTC)


def home(number: int = 3, seed: int = 7) -> Home:
    profile = demo_profiles(seed, number + 1, 40)[number]
    return Home(f"gw-{profile.key.lower()}", Person(profile, seed, FIRST_DAY), seed)


def bodies(messages: list[Outgoing]) -> list[bytes]:
    return [message.build().canonical_bytes() for message in messages]


def test_the_same_home_sends_the_same_bytes() -> None:
    assert bodies(home().due(END)) == bodies(home().due(END))


def test_another_seed_is_another_life() -> None:
    assert bodies(home(seed=7).due(END)) != bodies(home(seed=8).due(END))


def test_asking_in_small_steps_gives_what_asking_at_once_gives() -> None:
    at_once, stepped = home(), home()
    found: list[Outgoing] = []
    at = datetime(2026, 3, 1, tzinfo=UTC)
    while at < END:
        at = min(at + timedelta(hours=7), END)
        found += stepped.due(at)
    expected = at_once.due(END)
    assert [(m.sequence, m.due_at) for m in found] == [(m.sequence, m.due_at) for m in expected]
    assert len(found) > 50


def test_a_heartbeat_comes_daily_in_history_and_hourly_when_live() -> None:
    profile = demo_profiles(7, 2, 40)[1]
    live_from = datetime(2026, 4, 10, tzinfo=UTC)
    living = Home("gw-live", Person(profile, 7, FIRST_DAY), 7, live_from=live_from)
    beats = [m.due_at for m in living.due(END) if m.kind is Kind.STATUS]
    before = [at for at in beats if at < live_from - timedelta(days=2)]
    after = [at for at in beats if at > live_from]
    assert 0.8 < len(before) / 37 <= 1.0
    assert 20 < len(after) / 10 <= 24


def test_every_sequence_number_is_used_once() -> None:
    numbers = [message.sequence for message in home().due(END)]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) == 1


@pytest.mark.parametrize("number", range(8))
def test_every_message_is_valid_and_never_sent_before_it_was_made(number: int) -> None:
    for message in home(number).due(END):
        made = message.build()
        model = type(made)
        assert model.read(made.canonical_bytes()).value == made
        if isinstance(made, Reading):
            assert made.gateway_time <= message.due_at


def test_values_are_what_a_c6_shows_and_convert_at_2100_to_1() -> None:
    readings = [m.build() for m in home(2).due(END) if m.kind is Kind.READING]
    complete = [r for r in readings if isinstance(r, Reading) and r.outcome is Outcome.COMPLETE]
    assert any(r.brac_mg_per_l and r.brac_mg_per_l > Decimal("0.1") for r in complete)
    for reading in complete:
        assert reading.native_value is not None and reading.brac_mg_per_l is not None
        assert abs(reading.native_value / Decimal("0.21") - reading.brac_mg_per_l) <= Decimal("0.0005")
        shown = next(f.hex for f in reading.frames if f.hex.startswith("8006"))
        assert int(shown[6:10], 16) == reading.native_value * 1000


def test_a_person_who_drinks_often_also_retests() -> None:
    readings = [m.build() for m in home(2).due(END) if m.kind is Kind.READING]
    assert any(isinstance(r, Reading) and r.purpose is Purpose.RETEST for r in readings)


def test_what_happens_offline_is_sent_when_the_connection_is_back() -> None:
    profile = archetype_profile(7, 4, Archetype.POOR_COVERAGE, 40)
    offline = Home("gw-offline", Person(profile, 7, FIRST_DAY), 7)
    waits = []
    for message in offline.due(END):
        made = message.build()
        if isinstance(made, (Reading, CheckIn)):
            created = made.measured_at if isinstance(made, Reading) else made.answered_at
            waits.append(message.due_at - created)
    assert max(waits) > timedelta(hours=1)
    assert min(waits) >= timedelta(0)

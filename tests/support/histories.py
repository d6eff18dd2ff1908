"""Made-up histories for tests of the relapse model: seeded, with late arrivals, gaps and several zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from relapse_model.frame import History
from relapse_model.gather import HistoryBuilder

START = datetime(2025, 3, 10, 4, tzinfo=UTC)
ZONES = ("Europe/Stockholm", "America/New_York", "UTC")
ITEMS = ("craving", "mood_valence", "self_efficacy")


def builder_with(people: int, days: int, seed: int) -> HistoryBuilder:
    """A builder filled with people who drink, answer, blow and go missing at their own rates."""
    builder = HistoryBuilder()
    random = np.random.default_rng(seed)
    for number in range(people):
        name = f"person-{number:03}"
        end = START + timedelta(days=days)
        sex = ("f", "m")[number % 2]
        builder.person(name, ZONES[number % len(ZONES)], START, end, {"sex": sex})
        rate = random.beta(0.6, 4)
        heeds = random.beta(6, 2)
        for day in range(days):
            _add_day(builder, random, name, START + timedelta(days=day), rate, heeds)
    return builder


def _add_day(
    builder: HistoryBuilder,
    random: np.random.Generator,
    name: str,
    day: datetime,
    rate: float,
    heeds: float,
) -> None:
    drinks = random.random() < rate
    if drinks:
        started = day + timedelta(hours=15, minutes=int(random.integers(0, 59)))
        known = started + timedelta(hours=int(random.choice([2, 14, 14, 60])))
        builder.drinking(name, started, known, "self_report", amount_g=float(random.integers(1, 9)) * 12)
    for hour in (3, 14):
        opens = day + timedelta(hours=hour)
        answered = opens + timedelta(minutes=20) if random.random() < heeds - 0.3 * drinks else None
        late = timedelta(hours=30 if random.random() < 0.1 else 0)
        builder.prompt(
            name,
            "breath_test",
            opens,
            opens + timedelta(hours=2),
            answered,
            answered + late if answered else None,
        )
        if answered:
            brac = 0.3 if drinks and hour == 14 and random.random() < 0.3 else 0.0
            builder.breath_test(name, answered, answered + late, brac, "positive_confirmed" if brac else "ok")
    if random.random() < heeds:
        at = day + timedelta(hours=5)
        builder.prompt(name, "check_in", at, at + timedelta(hours=4), at + timedelta(hours=1))
        for k, item in enumerate(ITEMS):
            sign = 1 if item == "craving" else -1
            value = float(np.clip(5 + sign * 2 * drinks + random.normal(0, 2) + k, 0, 10))
            builder.answer(name, at + timedelta(hours=1), item, round(value, 2), 0, 10)


def make_history(people: int = 12, days: int = 40, seed: int = 1) -> History:
    """The history of `builder_with`."""
    return builder_with(people, days, seed).build()


def add_rows_known_after(builder: HistoryBuilder, people: int, at: datetime, seed: int) -> None:
    """Add rows of every kind that happened before and after `at` but were all known only after it."""
    random = np.random.default_rng(seed)
    for number in range(people):
        name = f"person-{number:03}"
        for _ in range(5):
            happened = at + timedelta(hours=float(random.uniform(-200, 100)))
            known = max(happened, at) + timedelta(hours=float(random.uniform(0.001, 90)))
            builder.drinking(name, happened, known, "breath_test", ended_at=happened + timedelta(hours=5))
            builder.answer(name, happened, "craving", 10, 0, 10, known_at=known)
            builder.answer(name, happened, "an_item_of_tomorrow", 1, 0, 1, known_at=known)
            builder.breath_test(name, happened, known, 1.5, "positive_confirmed")
            opens = at + timedelta(hours=float(random.uniform(-10, 50)))
            builder.prompt(name, "breath_test", opens, max(opens, at) + timedelta(hours=1))

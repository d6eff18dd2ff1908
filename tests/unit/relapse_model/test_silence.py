"""Silence is never sobriety: it never lowers a risk as sober answers would."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from relapse_model.artifact import cold_start
from relapse_model.frame import Floats, History, micros
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import Decisions
from relapse_model.predict import probabilities, score
from tests.support.histories import START

ACTIVE_DAYS = 35


def client(zone: str, drinks_every: int, quiet_days: int, keeps_on: bool, prompted: bool = True) -> History:
    """A client who tests and answers for 35 days, then goes silent or keeps on, sober, for `quiet_days`."""
    builder = HistoryBuilder()
    builder.person("ann", zone, START, START + timedelta(days=ACTIVE_DAYS + quiet_days + 5))
    for day in range(ACTIVE_DAYS + quiet_days):
        active = day < ACTIVE_DAYS or keeps_on
        morning = START + timedelta(days=day, hours=4)
        for hours in (0, 12):
            opens = morning + timedelta(hours=hours)
            if active or prompted:
                answered = opens + timedelta(minutes=5) if active else None
                builder.prompt("ann", "breath_test", opens, opens + timedelta(hours=1), answered)
            if active:
                builder.breath_test(
                    "ann", opens + timedelta(minutes=5), opens + timedelta(minutes=5), 0.0, "ok"
                )
        if active:
            builder.answer("ann", morning, "craving", 3, 0, 10)
        if day < ACTIVE_DAYS and day % drinks_every == 0:
            evening = morning + timedelta(hours=11)
            builder.drinking("ann", evening, evening + timedelta(hours=10))
    return builder.build()


def risks(history: History, days: list[int]) -> dict[int, Floats]:
    at = np.array([micros(START + timedelta(days=ACTIVE_DAYS + day)) for day in days], dtype=np.int64)
    return probabilities(cold_start(), history, Decisions(np.zeros(len(days), np.int64), at))


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "UTC"])
@pytest.mark.parametrize("drinks_every", [2, 7, 100])
@pytest.mark.parametrize("prompted", [True, False])
def test_a_silent_client_is_not_scored_as_a_sober_one(zone: str, drinks_every: int, prompted: bool) -> None:
    days = [1, 2, 3, 7, 14, 28]
    silent = risks(client(zone, drinks_every, 30, keeps_on=False, prompted=prompted), days)
    sober = risks(client(zone, drinks_every, 30, keeps_on=True), days)
    for hours in (24, 72):
        assert (silent[hours] > sober[hours]).all()


@pytest.mark.parametrize("drinks_every", [2, 7, 100])
@pytest.mark.parametrize("prompted", [True, False])
def test_more_silence_never_lowers_the_risk(drinks_every: int, prompted: bool) -> None:
    # Without a calendar the weekday says nothing, so only silence can move the score.
    history = client("UTC", drinks_every, 60, keeps_on=False, prompted=prompted)
    weekly = [0, *range(7, 57, 7)]  # the own weekday pattern repeats each week
    for hours, risk in risks(history, weekly).items():
        assert (np.diff(risk) >= -1e-12).all(), (hours, risk)


def test_a_month_of_silence_is_too_little_to_say() -> None:
    history = client("Europe/Stockholm", 7, 60, keeps_on=False)
    (result,) = score(cold_start(), history, START + timedelta(days=ACTIVE_DAYS + 40))
    assert result.coverage.level == "too_little"
    assert result.coverage.sv.startswith("För lite data för att säga: inget hört på 40 dagar")
    assert all(h.probability is None and h.low is None and h.high is None for h in result.horizons)
    assert result.reasons == result.counter_evidence == ()


def test_a_few_silent_days_are_a_reason_in_words() -> None:
    history = client("Europe/Stockholm", 7, 60, keeps_on=False)
    (result,) = score(cold_start(), history, START + timedelta(days=ACTIVE_DAYS + 9))
    assert result.coverage.level == "little"
    said = {r.item: r for r in result.reasons}
    assert "silence" in said or "missed" in said
    assert not {r.item for r in result.counter_evidence} & {"silence", "missed", "usual_missed", "mtbt"}

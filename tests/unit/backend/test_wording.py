"""What is said to people: local time, decimal comma in Swedish, and no certainty that is not there."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.permille import estimated_permille
from backend.domain.wording import Sentence, breath, hours, local_time, sentences


def test_a_moment_is_told_on_the_clients_clock() -> None:
    said = local_time(datetime(2026, 8, 4, 18, 14, tzinfo=UTC), "Europe/Stockholm")
    assert (said.sv, said.en) == ("tis 4 aug 20:14", "Tue 4 Aug 20:14")


def test_the_hour_that_comes_twice_says_which_one() -> None:
    first = local_time(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Stockholm")
    second = local_time(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Stockholm")
    assert (first.sv, second.sv) == ("sön 25 okt 02:30 (sommartid)", "sön 25 okt 02:30 (normaltid)")
    spring = local_time(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Stockholm")
    assert spring.sv == "sön 29 mars 03:30"


@pytest.mark.requirement("H7")
def test_a_breath_value_carries_its_unit_and_the_estimate_says_so() -> None:
    said = breath(0.42)
    assert said.sv == "0,42 mg/L (beräknat 0,84 ‰)"
    assert said.en == "0.42 mg/L (computed 0.84 ‰)"
    with pytest.raises(ValueError, match="below zero"):
        estimated_permille(-0.01)


def test_statements_that_stand_together_are_sentences() -> None:
    said = sentences(
        [Sentence("Sug 6 av 10", "Craving 6 of 10"), Sentence("Två test missade.", "Two tests missed.")]
    )
    assert said == Sentence("Sug 6 av 10. Två test missade.", "Craving 6 of 10. Two tests missed.")
    assert sentences([]) == Sentence("", "")


def test_long_times_are_told_in_days() -> None:
    assert hours(timedelta(hours=25)).sv == "25 tim"
    assert hours(timedelta(hours=73)).en == "3 days"

"""People of a study under pseudonyms: what stays the same, and what can no longer be read."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relapse_model.frame import NEVER, History, instant
from relapse_model.gather import HistoryBuilder
from relapse_model.pseudonyms import LEAST_PEOPLE, pseudonym, pseudonymised

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGUN = datetime(2026, 3, 20, 4, 0, tzinfo=STOCKHOLM)
"""A Friday, nine days before the clock changes."""


def study(people: int = 6, zone: str = "Europe/Stockholm") -> History:
    builder = HistoryBuilder()
    for number in range(people):
        who = f"anna.andersson.{number}"
        groups = {"sex": "f" if number else "m", "age_band": "30-39", "name": f"Anna Andersson {number}"}
        builder.person(who, zone, BEGUN + timedelta(days=number), BEGUN + timedelta(days=40), groups)
        night = datetime(2026, 4, 3, 20, 0, tzinfo=STOCKHOLM)
        builder.drinking(
            who, night, night + timedelta(hours=13), "self_report", night + timedelta(hours=3), 48.0
        )
        opens = datetime(2026, 4, 3, 7, 0, tzinfo=STOCKHOLM)
        builder.prompt(who, "check_in", opens, opens + timedelta(hours=2), opens + timedelta(hours=1))
        builder.prompt(who, "visit", opens, opens + timedelta(hours=9))
        builder.answer(who, opens, "craving", 3, 0, 10)
        builder.answer(who, opens, "Hur mår du, Anna?", 3, 0, 10)
        builder.breath_test(who, opens, opens, 0.42, "complete")
        builder.breath_test(who, opens, opens, 0.0, "Anna blåste hos grannen")
    return builder.build()


def text_of(history: History) -> str:
    tables = (
        history.drinking.sources,
        history.prompts.kinds,
        history.answers.items,
        history.breath_tests.outcomes,
    )
    return f"{history.people} {tables}"


def test_a_pseudonym_is_the_same_for_the_same_key_study_and_person_and_no_other() -> None:
    one = pseudonym(KEY, "dora", "a")
    assert one == pseudonym(KEY, "dora", "a") and len(one) == 22 and one.startswith("p-")
    others = {pseudonym(OTHER, "dora", "a"), pseudonym(KEY, "other", "a"), pseudonym(KEY, "dora", "b")}
    assert len(others | {one}) == 4
    assert pseudonym(KEY, "a\0b", "c") != pseudonym(KEY, "a", "bc")
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonym(b"short", "dora", "a")


def test_no_identity_word_or_date_is_left() -> None:
    made = pseudonymised(study(), KEY, "s", groups=("sex", "age_band"))
    told = text_of(made.history)
    for planted in ("anna", "Anna", "Andersson", "grannen", "Stockholm"):
        assert planted not in told
    assert made.answers_left_out == 6 and made.history.answers.items == ("craving",)
    years = {instant(at).year for at in made.history.people.observed_from.tolist()}
    assert years == {2001}
    assert list(made.history.people.person_id) == sorted(made.history.people.person_id)


def test_weekday_and_time_of_day_stay_also_past_a_change_of_the_clock() -> None:
    before, after = study(), pseudonymised(study(), KEY, "s").history
    assert set(after.people.timezone) == {"UTC"}

    def clocks(history: History, zone: ZoneInfo) -> Counter[tuple[int, int, int]]:
        times = [instant(at).astimezone(zone) for at in history.prompts.opens_at.tolist()]
        return Counter((one.weekday(), one.hour, one.minute) for one in times)

    assert clocks(before, STOCKHOLM) == clocks(after, ZoneInfo("UTC")) == {(4, 7, 0): 12}
    assert {instant(at).strftime("%G-%V") for at in after.people.observed_from.tolist()} <= {"2001-01"}
    lengths = sorted((after.drinking.ended_at - after.drinking.started_at).tolist())
    assert lengths == sorted((before.drinking.ended_at - before.drinking.started_at).tolist())
    assert (after.prompts.answered_at == NEVER).sum() == 6


def test_what_too_few_share_is_left_out() -> None:
    made = pseudonymised(study(), KEY, "s", groups=("sex", "age_band", "name"))
    groups = made.history.people.groups
    assert sorted(groups["sex"]) == ["", "f", "f", "f", "f", "f"], "the only man is not told apart"
    assert set(groups["name"]) == {""} and made.blanked >= 7
    assert pseudonymised(study(), KEY, "s").history.people.groups == {}
    with pytest.raises(ValueError, match="hide nobody"):
        pseudonymised(study(LEAST_PEOPLE - 1), KEY, "s")
    with pytest.raises(ValueError, match="shoe_size"):
        pseudonymised(study(), KEY, "s", groups=("shoe_size",))


def test_dates_stay_where_they_may() -> None:
    before, after = study(), pseudonymised(study(), KEY, "s", keeps_dates=True).history
    assert sorted(after.people.observed_from.tolist()) == sorted(before.people.observed_from.tolist())
    assert set(after.people.timezone) == {"Europe/Stockholm"}


@given(
    st.lists(
        st.tuples(st.sampled_from("fm"), st.sampled_from(("20", "30", "40"))),
        min_size=LEAST_PEOPLE,
        max_size=40,
    ),
    st.integers(0, 400),
)
def test_no_group_that_is_told_whole_is_smaller_than_the_least(
    people: list[tuple[str, str]], day: int
) -> None:
    builder = HistoryBuilder()
    begun = datetime(2026, 1, 1, 4, 0, tzinfo=UTC) + timedelta(days=day)
    for number, (sex, age) in enumerate(people):
        builder.person(str(number), "Europe/Stockholm", begun, begun, {"sex": sex, "age_band": age})
    made = pseudonymised(builder.build(), KEY, "s", groups=("sex", "age_band")).history.people
    whole = Counter(
        pair for pair in zip(made.groups["sex"], made.groups["age_band"], strict=True) if all(pair)
    )
    assert all(size >= LEAST_PEOPLE for size in whole.values())
    assert len(made) == len(people)

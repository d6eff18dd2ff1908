"""Where the demo's clock stops while history is played."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from nykter.demo.history import steps_between

START = datetime(2026, 3, 20, 23, tzinfo=UTC)
END = datetime(2026, 4, 5, 14, 20, tzinfo=UTC)


def test_the_last_step_is_the_end_and_all_rise() -> None:
    steps = list(steps_between(START, END))
    assert steps[-1] == END
    assert steps == sorted(set(steps))
    assert steps[0] > START


def test_days_long_ago_take_one_step_each_and_recent_hours_finer_ones() -> None:
    steps = list(steps_between(START, END))
    long_ago = [at for at in steps if END - at > timedelta(hours=36)]
    assert all((at.hour, at.minute) == (0, 30) for at in long_ago)
    last_hours = [at for at in steps if END - at < timedelta(hours=13)]
    assert [later - at for at, later in pairwise(last_hours)][:-1] == [timedelta(hours=3)] * (
        len(last_hours) - 2
    )
    assert len(last_hours) > 3


def test_no_step_skips_more_than_a_day_even_over_the_change_to_summer_time() -> None:
    steps = [START, *steps_between(START, END)]
    assert all(later - at <= timedelta(days=1) for at, later in pairwise(steps))


def test_nothing_to_play_gives_no_step() -> None:
    assert list(steps_between(END, END)) == []
    assert list(steps_between(END, START)) == []

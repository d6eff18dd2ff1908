"""The practice client's story comes out the same by the real rules, whatever day it is."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from backend.access.principal import Principal, Role
from backend.domain.practice import story
from backend.errors import NotFound
from backend.services import practice

DAYS = [
    datetime(2026, 3, 18, 7, 5, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # summer time begins within the hour
    datetime(2026, 10, 25, 22, 50, tzinfo=UTC),  # the day that winter time began
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]


def who(role: Role) -> Principal:
    return Principal(uuid4(), "kommun", role, None, None, "Anna", "sv")


@pytest.mark.parametrize("now", DAYS)
def test_the_story_holds_a_relapse_missed_tests_an_outage_and_retests(now: datetime) -> None:
    told = story(now)
    tests = {w.window_id for w in told.assessment.new_windows if w.kind == "breath_test"}
    attendance = Counter(told.assessment.verdicts[name].attendance for name in tests)
    assert (attendance["missed"], attendance["late"], attendance["outage"]) == (6, 2, 1)
    results = Counter(one.state for one in told.assessment.judgements)
    assert results["positive_confirmed"] == 2
    assert results["positive_unconfirmed"] == results["trace"] == results["incomplete"] == 1
    assert results["ok"] > 140


@pytest.mark.parametrize("now", DAYS)
def test_one_signal_opens_with_missed_tests_and_is_raised_by_the_confirmed_breath(now: datetime) -> None:
    steps = [(one.action, one.kind) for _, one in story(now).opened]
    assert steps == [("open", "missed_tests"), ("grow", "testing_stopped"), ("grow", "confirmed_positive")]


def test_nothing_of_the_story_lies_ahead_of_now() -> None:
    now = DAYS[0].replace(hour=5, minute=0)
    told = story(now)
    assert max(b.received_at for b in told.blows) <= now
    assert max(a.at for a in told.answered) <= now


@pytest.mark.parametrize("now", DAYS)
def test_the_views_agree_with_each_other(now: datetime) -> None:
    found = practice.client(who("clinician"), now - timedelta(days=84), now, "sv", now=now)
    (row,) = found.list.rows
    alert = found.overview.alert
    assert alert is not None and alert == row.alert
    assert row.since == alert.began_at == min(
        r.measured_at for r in found.series.readings if r.state == "positive_confirmed"
    )  # fmt: skip
    assert [mark.state for mark in row.strip][-2:][0] == "positive"
    assert len(row.strip) == 28
    assert "2 positiva, bekräftade" in found.record
    assert "10 av 14" in found.record


@pytest.mark.parametrize("role", ["client", "relative", "researcher"])
def test_the_practice_client_is_for_staff_alone(role: Role) -> None:
    with pytest.raises(NotFound):
        practice.client(who(role), DAYS[0] - timedelta(days=1), DAYS[0], "sv", now=DAYS[0])

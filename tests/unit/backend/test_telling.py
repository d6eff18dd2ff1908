"""When and where somebody is told: quiet hours, bundling, the next place, the next try."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from backend.domain.telling import Place, Quiet, Route, held_until, route, wait_before_next_try

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NIGHT = Quiet(time(22), time(7), STOCKHOLM)
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_night_is_quiet_until_the_morning() -> None:
    assert NIGHT.until(at("2026-03-02T21:30:00+00:00")) == at("2026-03-03T06:00:00+00:00")
    assert NIGHT.until(at("2026-03-03T05:59:59+00:00")) == at("2026-03-03T06:00:00+00:00")
    assert NIGHT.until(at("2026-03-03T06:00:00+00:00")) is None
    assert NIGHT.until(at("2026-03-02T20:59:59+00:00")) is None


def test_quiet_hours_inside_one_day() -> None:
    lunch = Quiet(time(12), time(13), STOCKHOLM)
    assert lunch.until(at("2026-07-01T10:30:00+00:00")) == at("2026-07-01T11:00:00+00:00")
    assert lunch.until(at("2026-07-01T11:00:00+00:00")) is None


def test_the_quiet_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    assert NIGHT.until(at("2026-03-28T21:00:00+00:00")) == at("2026-03-29T05:00:00+00:00")
    assert NIGHT.until(at("2026-10-24T20:00:00+00:00")) == at("2026-10-25T06:00:00+00:00")


def test_an_end_that_the_clock_skips_or_repeats_still_comes() -> None:
    early = Quiet(time(22), time(2, 30), STOCKHOLM)
    # 02:30 does not exist on this night: quiet until the clock says 03:30 at the latest
    assert early.until(at("2026-03-29T00:30:00+00:00")) == at("2026-03-29T01:30:00+00:00")
    # 02:10 the second time is quiet again
    assert early.until(at("2026-10-25T00:10:00+00:00")) == at("2026-10-25T00:30:00+00:00")
    assert early.until(at("2026-10-25T01:10:00+00:00")) == at("2026-10-25T01:30:00+00:00")


def test_quiet_always_ends_and_never_later_than_the_night_is_long() -> None:
    for hour in range(0, 24 * 370, 5):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=17)
        until = NIGHT.until(moment)
        assert until is None or moment < until <= moment + timedelta(hours=10)


def test_the_first_place_that_is_neither_tried_nor_quiet_is_taken() -> None:
    phone, mail = Place(uuid4(), "sms", NIGHT), Place(uuid4(), "email", None)
    late = at("2026-03-02T22:30:00+00:00")
    assert route([phone, mail], [], 2, NOW) == Route(phone)
    assert route([phone, mail], [], 2, late) == Route(mail)
    assert route([phone, mail], [phone.contact_point_id], 2, NOW) == Route(mail)
    assert route([phone], [], 2, late) == Route(None, at("2026-03-03T06:00:00+00:00"))
    assert route([phone, mail], [phone.contact_point_id, mail.contact_point_id], 2, NOW) == Route(None)


def test_what_cannot_wait_passes_quiet_hours() -> None:
    phone = Place(uuid4(), "sms", NIGHT)
    assert route([phone], [], 1, at("2026-03-02T23:30:00+00:00")) == Route(phone)


def test_messages_to_one_person_keep_their_distance() -> None:
    assert held_until(None, 3, NOW) is None
    assert held_until(NOW - timedelta(minutes=10), 2, NOW) == NOW + timedelta(minutes=5)
    assert held_until(NOW - timedelta(minutes=15), 2, NOW) is None
    assert held_until(NOW - timedelta(minutes=1), 1, NOW) is None
    assert held_until(NOW - timedelta(minutes=20), 3, NOW) == NOW + timedelta(minutes=40)


def test_tries_grow_apart_and_end() -> None:
    assert [wait_before_next_try(n, 2) for n in (1, 2, 3, 4)] == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        None,
    ]
    assert [wait_before_next_try(n, 1) for n in (1, 2, 3)] == [
        timedelta(seconds=30),
        timedelta(seconds=60),
        None,
    ]


def test_a_server_that_asks_for_patience_gets_some() -> None:
    assert wait_before_next_try(1, 2, timedelta(minutes=10)) == timedelta(minutes=10)
    assert wait_before_next_try(2, 2, timedelta(seconds=1)) == timedelta(minutes=5)
    assert wait_before_next_try(1, 2, timedelta(hours=2)) is None
    assert wait_before_next_try(1, 1, timedelta(minutes=6)) is None


def test_a_place_outside_its_hours_waits_for_them_and_for_its_quiet_to_end() -> None:
    opens = at("2026-03-03T07:00:00+00:00")
    shut = Place(uuid4(), "email", None, closed_until=opens)
    assert route([shut], (), 2, NOW) == Route(None, opens)
    open_one = Place(uuid4(), "sms", None)
    assert route([shut, open_one], (), 2, NOW) == Route(open_one)
    late_at_night = at("2026-03-02T22:00:00+00:00")
    both = Place(uuid4(), "sms", Quiet(time(22), time(9), STOCKHOLM), closed_until=opens)
    assert route([both], (), 3, late_at_night) == Route(None, at("2026-03-03T08:00:00+00:00"))


def test_what_cannot_wait_takes_a_place_inside_its_hours_before_any_other_and_any_other_before_none() -> None:
    shut = Place(uuid4(), "email", None, closed_until=at("2026-03-03T07:00:00+00:00"))
    quiet = Place(uuid4(), "sms", Quiet(time(0), time(23), STOCKHOLM))
    assert route([shut, quiet], (), 1, NOW) == Route(quiet)
    assert route([shut, quiet], (quiet.contact_point_id,), 1, NOW) == Route(shut)
    assert route([shut], (shut.contact_point_id,), 1, NOW) == Route(None)

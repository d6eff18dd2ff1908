"""A certificate is renewed before it ends; while that fails the waits grow, and a person is told in time."""

from datetime import timedelta
from pathlib import Path

import pytest

from device_gateway import renewal
from device_gateway.errors import EnrolmentError
from device_gateway.renewal import FIRST_WAIT, LONGEST_WAIT, LOOK_EVERY, Renewal
from tests.support.gateway import START, HandClock

LIFE = timedelta(days=180)


class Home:
    """A renewal whose certificate and server are the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.troubles, self.asked = HandClock(), list[str](), 0
        self.ends, self.works = START + LIFE, True
        monkeypatch.setattr(renewal, "certificate_life", lambda _folder, now: (self.ends - now) / LIFE)
        monkeypatch.setattr(renewal, "renew", self._renew)
        self.one = Renewal(
            Path("/nowhere"), "https://x", None, self.clock.now, on_trouble=self.troubles.append
        )

    def _renew(self, *_: object, **__: object) -> None:
        self.asked += 1
        if not self.works:
            raise EnrolmentError("the server cannot be reached")
        self.ends = self.clock.now() + LIFE


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


def test_nothing_is_asked_while_more_than_a_third_is_left(home: Home) -> None:
    home.clock.advance(days=119)
    assert not home.one.look()
    assert home.asked == 0
    assert not home.one.is_time()
    home.clock.advance(seconds=LOOK_EVERY.total_seconds() * 1.3)
    assert home.one.is_time()


def test_it_is_renewed_once_when_a_third_is_left(home: Home) -> None:
    home.clock.advance(days=121)
    assert home.one.look()
    home.clock.advance(days=1)
    assert not home.one.look()
    assert home.asked == 1
    assert home.troubles == []


def test_while_it_fails_the_waits_grow_to_a_day_and_a_person_is_told_a_month_before(home: Home) -> None:
    home.works = False
    home.clock.advance(days=121)
    waits, urgent_from = [], None
    while home.clock.now() < home.ends + timedelta(days=2):
        assert not home.one.look()
        began = home.clock.now()
        while not home.one.is_time():
            home.clock.advance(minutes=5)
        waits.append(home.clock.now() - began)
        urgent_from = urgent_from or (home.clock.now() if home.one.is_urgent else None)
    assert waits[0] <= FIRST_WAIT * 1.25 + timedelta(minutes=5)
    assert max(waits) <= LONGEST_WAIT * 1.25 + timedelta(minutes=5)
    assert waits[1] > waits[0]
    assert 50 < home.asked < 120
    assert set(home.troubles) == {"renewal_failed"}
    assert urgent_from is not None
    assert timedelta(days=27) < home.ends - urgent_from <= timedelta(days=30)
    home.works = True  # and it works again although the certificate has run out
    assert home.one.look()
    assert not home.one.is_urgent


def test_a_clock_set_back_by_years_does_not_silence_it(home: Home) -> None:
    home.one.look()
    home.clock.advance(days=-3000)
    assert home.one.is_time()

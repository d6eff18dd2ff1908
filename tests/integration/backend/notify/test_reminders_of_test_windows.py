"""A client with a confirmed place is reminded of each window in time, neutrally, never of what needs no reminder."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from backend.access.principal import SYSTEM
from backend.errors import Forbidden
from backend.notify.channel import Channels, Message
from backend.services import assessment, contact_points, window_reminders
from backend.services.contact_points import Preference
from backend.services.deliveries import deliver_due
from backend.store.pool import Database
from tests.support.care import START, Clinic, make_clinic

MINUTE = timedelta(minutes=1)
OPENS = START.replace(hour=18)
"""The evening's breath test, 19 to 21 o'clock in Stockholm; check-in opens an hour before and closes an hour after."""


class Evening:
    """A clinic whose client reads mail, and a clock that workers sweep by."""

    def __init__(self, clinic: Clinic, *, quiet: tuple[time, time] | None = None) -> None:
        self.clinic = clinic
        self.messages: list[tuple[datetime, Message]] = []
        assessment.sweep(clinic.db, now=START)
        assessment.assess_due(clinic.db, now=START)
        wishes = Preference(quiet_from=quiet[0], quiet_to=quiet[1]) if quiet else Preference()
        self.place = contact_points.add(clinic.db, clinic.client, "email", "k@example.org", wishes, now=START)
        self.clinic.rows("DELETE FROM delivery RETURNING 1")

    def confirm(self) -> None:
        self.clinic.rows("UPDATE contact_point SET confirmed_at = %s RETURNING 1", START)

    def send(self, message: Message, *, now: datetime) -> None:
        self.messages.append((now, message))

    def live(self, since: datetime, until: datetime) -> None:
        """Sweep and send every minute, as a worker does more often."""
        now = since
        while now <= until:
            window_reminders.remind(self.clinic.db, SYSTEM, now=now)
            deliver_due(self.clinic.db, Channels({"email": self}, "https://x.example"), now=now)
            now += MINUTE

    @property
    def minutes(self) -> list[int]:
        """When messages came, in minutes from the opening of the breath test."""
        return [round((at - OPENS) / MINUTE) for at, _ in self.messages]


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    with Database(postgres_database) as db:
        yield make_clinic(db)


def test_before_at_the_opening_and_before_the_close_in_neutral_words(clinic: Clinic) -> None:
    evening = Evening(clinic)
    evening.confirm()
    clinic.rows("DELETE FROM test_window WHERE kind <> 'breath_test' RETURNING 1")
    evening.live(OPENS - 30 * MINUTE, OPENS + 150 * MINUTE)
    assert evening.minutes == [-15, 0, 105]
    for _, message in evening.messages:
        assert "planerat" in message.text
        assert not {"alkohol", "blås", "test", "nykter"} & set(message.text.lower().split())


def test_nobody_without_a_confirmed_place_and_nothing_twice(clinic: Clinic) -> None:
    evening = Evening(clinic)
    evening.live(OPENS - 20 * MINUTE, OPENS - 10 * MINUTE)
    assert clinic.rows("SELECT 1 FROM notice") == []
    evening.confirm()
    assert window_reminders.remind(clinic.db, SYSTEM, now=OPENS) == 1
    assert window_reminders.remind(clinic.db, SYSTEM, now=OPENS + MINUTE) == 0
    assert window_reminders.remind(clinic.db, SYSTEM, now=OPENS + 20 * MINUTE) == 0, (
        "a moment that has passed"
    )
    with pytest.raises(Forbidden):
        window_reminders.remind(clinic.db, clinic.anna, now=OPENS)


@pytest.mark.parametrize("settled", ["met", "paused", "excused", "disabled"])
def test_what_is_done_excused_or_paused_is_not_reminded_of(clinic: Clinic, settled: str) -> None:
    evening = Evening(clinic)
    evening.confirm()
    clinic.rows("DELETE FROM test_window WHERE kind <> 'breath_test' RETURNING 1")
    if settled == "met":
        clinic.blow(OPENS - 10 * MINUTE, 0.0)
        clinic.rows("UPDATE test_window SET met_at = %s WHERE opens_at = %s RETURNING 1", OPENS, OPENS)
    elif settled == "paused":
        clinic.rows(
            "INSERT INTO pause (pause_id, tenant_id, client_id, from_at, to_at, reason, state, requested_at,"
            " decided_at) VALUES (%s, 'kommun', %s, %s, %s, 'Resa', 'granted', %s, %s) RETURNING 1",
            uuid4(), clinic.client_id, OPENS - 60 * MINUTE, OPENS + 60 * MINUTE, START, START,
        )  # fmt: skip
    elif settled == "excused":
        clinic.rows(
            "INSERT INTO excuse (excuse_id, tenant_id, client_id, kind, opens_at, reason, granted_at)"
            " VALUES (%s, 'kommun', %s, 'breath_test', %s, 'Tandläkare', %s) RETURNING 1",
            uuid4(), clinic.client_id, OPENS, START,
        )  # fmt: skip
    else:
        clinic.rows("UPDATE account SET disabled_at = %s WHERE role = 'client' RETURNING 1", START)
    evening.live(OPENS - 20 * MINUTE, OPENS + 130 * MINUTE)
    assert evening.messages == []


def test_what_quiet_hours_hold_back_beyond_the_window_is_cancelled(clinic: Clinic) -> None:
    evening = Evening(clinic, quiet=(time(18, 0), time(23, 30)))
    evening.confirm()
    evening.live(OPENS - 20 * MINUTE, OPENS + 300 * MINUTE)
    assert evening.messages == []
    states = {row["state"] for row in clinic.rows("SELECT state FROM notice")}
    assert states == {"cancelled"}


def test_a_test_nobody_could_know_of_is_reminded_of_from_its_opening_on(clinic: Clinic) -> None:
    evening = Evening(clinic)
    evening.confirm()
    clinic.rows("DELETE FROM test_window RETURNING 1")
    window: UUID = uuid4()
    clinic.rows(
        "INSERT INTO test_window (window_id, tenant_id, client_id, kind, opens_at, closes_at, local_day)"
        " VALUES (%s, 'kommun', %s, 'breath_test', %s, %s, '2026-03-01') RETURNING 1",
        window, clinic.client_id, OPENS, OPENS + 60 * MINUTE,
    )  # fmt: skip
    evening.live(OPENS, OPENS + 70 * MINUTE)
    assert evening.minutes == [0, 45]

"""Whoever cannot be reached costs an alert no time: the next person is told at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend.domain.rota import Weekly
from backend.notify.channel import Channels
from backend.services import alert_policy, assessment, contact_points, escalations
from backend.services.contact_points import Preference
from backend.services.deliveries import deliver_due
from backend.store.pool import Database
from tests.support.care import START, Clinic, _account, make_clinic

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NO_CHANNELS = Channels({}, "https://x.example")
"""Nothing is set up, so that a confirmed address reaches nobody."""


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        clinic = make_clinic(db)
        manager = _account(db, clinic.tenant_id, clinic.unit_id, "mona", "manager", START)
        week = Weekly(1, datetime.min.time(), 1, datetime.min.time())
        alert_policy.add_duty(db, manager, clinic.unit_id, 1, clinic.bo.account_id, week, now=START)
        for minutes in (0, 17):
            clinic.blow(MONDAY + timedelta(minutes=minutes), 0.42)
        assessment.sweep(db, now=MONDAY + timedelta(minutes=18))
        assessment.assess_due(db, now=MONDAY + timedelta(minutes=18))
        yield clinic


def told(clinic: Clinic) -> list[object]:
    rows = clinic.rows(
        "SELECT a.username FROM notice n JOIN account a USING (account_id) ORDER BY n.due_at, 1"
    )
    return [row["username"] for row in rows]


def give_an_address_that_reaches_nobody(clinic: Clinic) -> UUID:
    made = contact_points.add(
        clinic.db, clinic.anna, "email", "anna@mail.example", Preference(position=1), now=START
    )
    clinic.rows("UPDATE contact_point SET confirmed_at = %s RETURNING 1", START)
    clinic.rows("DELETE FROM delivery RETURNING 1")
    return made


@pytest.mark.requirement("H9")
def test_the_next_person_is_told_when_no_place_reaches_the_first(clinic: Clinic) -> None:
    give_an_address_that_reaches_nobody(clinic)
    now = MONDAY + timedelta(minutes=20)
    escalations.escalate_due(clinic.db, now=now)
    assert told(clinic) == ["anna-kommun"]
    for minute in range(3):
        deliver_due(clinic.db, NO_CHANNELS, now=now + timedelta(minutes=minute))
    assert clinic.rows("SELECT state FROM notice") == [{"state": "unreachable"}]
    escalations.escalate_due(clinic.db, now=now + timedelta(minutes=4))
    assert told(clinic) == ["anna-kommun", "bo-kommun"]


def test_one_who_is_reached_keeps_the_time_that_was_promised(clinic: Clinic) -> None:
    now = MONDAY + timedelta(minutes=20)
    escalations.escalate_due(clinic.db, now=now)
    deliver_due(clinic.db, NO_CHANNELS, now=now)
    escalations.escalate_due(clinic.db, now=now + timedelta(minutes=4))
    assert told(clinic) == ["anna-kommun"]

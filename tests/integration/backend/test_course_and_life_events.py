"""Beside a client's course: changed verdicts, measures, medication and events, the next contact; and to whom."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from backend.access.principal import Principal
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import access_log, assessment, clients, life_events
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_account, make_clinic, stranger
from tests.support.servers import TestDatabases

NOW = START + timedelta(days=3)
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        late = START + timedelta(hours=7, minutes=30)
        made.status(START + timedelta(hours=11))
        made.blow(START + timedelta(days=1, hours=8), 0.0)
        for at in (START + timedelta(hours=12), NOW - timedelta(hours=1)):
            assessment.sweep(db, now=at)
            assessment.assess_due(db, now=at)
        made.blow(late, 0.0, received_at=NOW - timedelta(minutes=30))
        assessment.assess_due(db, now=NOW)
        yield made


def test_a_verdict_that_was_overturned_stands_beside_the_test_with_what_it_was(clinic: Clinic) -> None:
    series = clients.series(clinic.db, clinic.anna, clinic.client_id, START, NOW, now=NOW)
    [change] = [one for one in series.verdicts if one.old == "missed"]
    [window] = [w for w in series.windows if w.window_id == change.window_id]
    assert (change.new, change.reason) == (window.attendance, "arrived_late")
    assert window.met_at == START + timedelta(hours=7, minutes=30)


def test_a_corrected_clock_is_told_with_what_the_gateway_said(clinic: Clinic) -> None:
    sequence = clinic.blow(NOW - timedelta(hours=5), 0.0, received_at=NOW - timedelta(minutes=20))
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE reading SET clock_correction_ms = 7200000 WHERE sequence = %s", (sequence,))
    series = clients.series(clinic.db, clinic.anna, clinic.client_id, START, NOW, now=NOW)
    assert [r.clock_correction_ms for r in series.readings if r.sequence == sequence] == [7_200_000]


def test_measures_cover_one_and_four_weeks(clinic: Clinic) -> None:
    one, four = clients.overview(clinic.db, clinic.anna, clinic.client_id, now=NOW).measures
    assert (one.days, four.days) == (7, 28)
    assert one.planned > one.ok >= 2
    assert one.longest_ok_gap >= one.longest_gap > timedelta(hours=20)


def test_an_event_is_noted_shown_to_client_and_staff_taken_back_and_logged(clinic: Clinic) -> None:
    note = ("medication", DAY, None, "Antabus 200 mg")
    event = life_events.add(clinic.db, clinic.anna, clinic.client_id, *note, now=NOW)  # type: ignore[arg-type]
    for person in (clinic.anna, clinic.client):
        seen = clients.series(clinic.db, person, clinic.client_id, START, NOW, now=NOW).events
        assert [(e.text, e.by) for e in seen] == [("Antabus 200 mg", "Anna-Kommun")]
    life_events.withdraw(clinic.db, clinic.anna, event, now=NOW)
    assert not clients.series(clinic.db, clinic.anna, clinic.client_id, START, NOW, now=NOW).events
    with pytest.raises(NotFound):
        life_events.withdraw(clinic.db, clinic.anna, event, now=NOW)
    done = {e.action for e in access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)}
    assert {"life_event_added", "life_event_withdrawn"} <= done


def test_only_who_gives_care_notes_anything(clinic: Clinic) -> None:
    manager = add_account(clinic, "chef", "manager")
    event = life_events.add(clinic.db, clinic.anna, clinic.client_id, "life", DAY, DAY, "Flyttade", now=NOW)
    tries: list[tuple[Principal, type[Exception]]] = [
        (clinic.bo, NotFound), (stranger(), NotFound), (manager, NotFound), (clinic.client, Forbidden),
    ]  # fmt: skip
    for person, refused in tries:
        with pytest.raises(refused):
            life_events.add(clinic.db, person, clinic.client_id, "life", DAY, None, "Flyttade", now=NOW)
        with pytest.raises(refused):
            life_events.withdraw(clinic.db, person, event, now=NOW)
        with pytest.raises(refused):
            life_events.plan_contact(clinic.db, person, clinic.client_id, NOW, now=NOW)


def test_the_newest_next_contact_stands_until_it_is_replaced(clinic: Clinic) -> None:
    for days in (5, 2):
        life_events.plan_contact(
            clinic.db, clinic.anna, clinic.client_id, NOW + timedelta(days=days), now=NOW
        )
    later = NOW + timedelta(days=4)
    found = clients.overview(clinic.db, clinic.anna, clinic.client_id, now=later).next_contact
    assert found is not None and (found.at, found.by) == (NOW + timedelta(days=2), "Anna-Kommun")
    life_events.plan_contact(clinic.db, clinic.anna, clinic.client_id, None, now=NOW)
    assert clients.overview(clinic.db, clinic.anna, clinic.client_id, now=NOW).next_contact is None


def test_days_turned_round_and_times_in_the_past_are_refused(clinic: Clinic) -> None:
    with pytest.raises(Invalid):
        life_events.add(
            clinic.db, clinic.anna, clinic.client_id, "life", DAY, DAY - timedelta(days=1), "x y", now=NOW
        )
    with pytest.raises(Invalid):
        life_events.plan_contact(clinic.db, clinic.anna, clinic.client_id, NOW - timedelta(days=1), now=NOW)

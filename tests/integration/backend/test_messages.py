"""Messages there and back: who may, what is kept, who is told and when, and whether anybody reads now."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import enrolment, messages, unit_settings
from backend.services.messages import AlreadyCorrected
from backend.store.pool import Database
from tests.support.care import Clinic, add_account, make_clinic, stranger

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, plan=False)


def colleague(clinic: Clinic) -> Principal:
    """Bo joins the team around the client."""
    enrolment.assign(clinic.db, SYSTEM, clinic.bo.account_id, clinic.client_id, now=MONDAY)
    return clinic.bo


def send(clinic: Clinic, who: Principal, body: str, at: datetime = MONDAY, **more: object) -> object:
    return messages.send(clinic.db, who, clinic.client_id, body, now=at, **more)  # type: ignore[arg-type]


def test_words_go_there_and_back(clinic: Clinic) -> None:
    send(clinic, clinic.client, "  Kan vi flytta torsdagens tid? ")
    send(clinic, clinic.anna, "Ja, till fredag.", MONDAY + timedelta(minutes=5))
    for reader in (clinic.anna, clinic.client):
        thread = messages.thread(clinic.db, reader, clinic.client_id, now=MONDAY + timedelta(minutes=6))
        assert [m.body for m in thread.messages] == ["Kan vi flytta torsdagens tid?", "Ja, till fredag."]
        assert [m.mine for m in thread.messages] == [reader.is_client, not reader.is_client]


def test_an_answer_says_that_one_has_read_and_by_whom_and_when(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Hej")
    assert messages.unread(clinic.db, clinic.anna, now=MONDAY) == {clinic.client_id: 1}
    at = MONDAY + timedelta(minutes=5)
    send(clinic, clinic.anna, "Hej själv", at)
    thread = messages.thread(clinic.db, clinic.client, clinic.client_id, now=at)
    assert [(r.by, r.at) for r in thread.messages[0].readers] == [("Anna-Kommun", at)]
    assert (thread.unread, thread.reply_due_at) == (1, None)
    assert messages.unread(clinic.db, clinic.anna, now=at) == {}
    assert messages.mark_read(clinic.db, clinic.client, clinic.client_id, now=at) == 1
    assert messages.mark_read(clinic.db, clinic.client, clinic.client_id, now=at) == 0


def test_looking_is_not_reading_and_only_what_was_shown_is_marked(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Ett")
    shown_at = MONDAY + timedelta(minutes=1)
    messages.thread(clinic.db, clinic.anna, clinic.client_id, now=shown_at)
    assert messages.unread(clinic.db, clinic.anna, now=shown_at) == {clinic.client_id: 1}
    send(clinic, clinic.client, "Två", MONDAY + timedelta(minutes=2))
    later = MONDAY + timedelta(minutes=3)
    assert messages.mark_read(clinic.db, clinic.anna, clinic.client_id, up_to=shown_at, now=later) == 1
    assert messages.unread(clinic.db, clinic.anna, now=later) == {clinic.client_id: 1}


def test_a_colleagues_reading_counts_for_the_team(clinic: Clinic) -> None:
    bo = colleague(clinic)
    send(clinic, clinic.client, "Hej")
    messages.mark_read(clinic.db, bo, clinic.client_id, now=MONDAY)
    assert messages.unread(clinic.db, clinic.anna, now=MONDAY) == {}
    [waiting] = messages.waiting(clinic.db, clinic.anna, now=MONDAY)
    assert (waiting.client_id, waiting.messages, waiting.unread) == (clinic.client_id, 1, 0)


def test_strangers_find_nothing_and_nobody_else_takes_part(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Hej")
    charlie = add_account(clinic, "charlie", "clinician", unit="Andra enheten")
    for other in (clinic.bo, charlie, stranger("annan")):
        for call in (messages.thread, messages.mark_read):
            with pytest.raises(NotFound):
                call(clinic.db, other, clinic.client_id, now=MONDAY)
        with pytest.raises(NotFound):
            send(clinic, other, "Hej")
        assert messages.unread(clinic.db, other, now=MONDAY) == {}
    with pytest.raises(Forbidden):
        send(clinic, SYSTEM, "Hej")
    with pytest.raises(Forbidden):
        messages.waiting(clinic.db, clinic.client, now=MONDAY)
    operator = add_account(clinic, "drift", "operator")
    assert messages.unread(clinic.db, operator, now=MONDAY) == {}


def test_a_correction_is_a_new_message_and_the_old_one_stays(clinic: Clinic) -> None:
    first = send(clinic, clinic.anna, "Tiden är torsdag 9.")
    second = send(clinic, clinic.anna, "Tiden är fredag 9.", MONDAY + timedelta(minutes=1), corrects=first)
    thread = messages.thread(clinic.db, clinic.client, clinic.client_id, now=MONDAY)
    assert [(m.body, m.corrected, m.corrects) for m in thread.messages] == [
        ("Tiden är torsdag 9.", True, None),
        ("Tiden är fredag 9.", False, first),
    ]
    with pytest.raises(AlreadyCorrected):
        send(clinic, clinic.anna, "Tiden är lördag 9.", corrects=first)
    for other in (clinic.client, colleague(clinic)):
        with pytest.raises(NotFound):
            send(clinic, other, "Nej", corrects=second)


def test_what_was_sent_cannot_be_changed_even_by_a_query(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Hej")
    messages.mark_read(clinic.db, clinic.anna, clinic.client_id, now=MONDAY)
    for query in ("UPDATE message SET body = 'x'", "UPDATE message_read SET read_at = now()"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            clinic.rows(query)


def test_a_button_pressed_twice_sends_once(clinic: Clinic) -> None:
    first = send(clinic, clinic.client, "Hej", once_key="form-1")
    assert send(clinic, clinic.client, "Hej", MONDAY + timedelta(seconds=1), once_key="form-1") == first
    assert len(clinic.rows("SELECT 1 FROM message")) == 1
    other = enrolment.create_client(
        clinic.db, SYSTEM, clinic.unit_id, alias="K-02", timezone="Europe/Stockholm", started_on=MONDAY.date(),
        now=MONDAY,
    )  # fmt: skip
    enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, other, now=MONDAY)
    send(clinic, clinic.anna, "Till den ena", once_key="form-2")
    with pytest.raises(Conflict):
        messages.send(clinic.db, clinic.anna, other, "Till den andra", once_key="form-2", now=MONDAY)


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001])
def test_nothing_and_too_much_are_refused(clinic: Clinic, body: str) -> None:
    with pytest.raises(Invalid):
        send(clinic, clinic.client, body)


@pytest.mark.requirement("H15")
def test_out_of_hours_nobody_is_said_to_read_and_the_promise_counts_working_time(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Hej", SATURDAY)
    desk = messages.thread(clinic.db, clinic.client, clinic.client_id, now=SATURDAY).desk
    monday = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    assert (desk.is_open, desk.opens_at, desk.reply_by) == (False, monday, monday + timedelta(hours=8))
    assert messages.thread(clinic.db, clinic.client, clinic.client_id, now=MONDAY).desk.is_open


def test_a_red_day_is_no_working_day(clinic: Clinic) -> None:
    good_friday = datetime(2026, 4, 3, 9, 0, tzinfo=UTC)
    desk = messages.thread(clinic.db, clinic.client, clinic.client_id, now=good_friday).desk
    assert (desk.is_open, desk.opens_at) == (False, datetime(2026, 4, 7, 6, 0, tzinfo=UTC))


def test_the_unit_sets_its_own_hours_and_promise(clinic: Clinic) -> None:
    chief = add_account(clinic, "chefen", "manager")
    hours = {"timezone": "Europe/Stockholm", "days": {"6": [["18:00", "22:00"]]}}
    unit_settings.set_one(clinic.db, chief, "working_hours", hours, "Lördagsöppet", now=MONDAY)
    unit_settings.set_one(clinic.db, chief, "reply_within_hours", 1, "Vi hinner", now=MONDAY)
    desk = messages.thread(clinic.db, clinic.client, clinic.client_id, now=SATURDAY).desk
    assert (desk.is_open, desk.reply_by) == (True, SATURDAY + timedelta(hours=1))
    assert [c.name for c in unit_settings.settings(clinic.db, chief, now=MONDAY).history] == [
        "reply_within_hours",
        "working_hours",
    ]
    with pytest.raises(Forbidden):
        unit_settings.set_one(clinic.db, clinic.anna, "reply_within_hours", 2, "Nej", now=MONDAY)
    with pytest.raises(Invalid):
        unit_settings.set_one(clinic.db, chief, "reply_within_hours", 0, "Alltid", now=MONDAY)


def test_the_team_is_told_when_the_unit_opens_and_not_at_all_once_somebody_has_read(clinic: Clinic) -> None:
    colleague(clinic)
    send(clinic, clinic.client, "Hej", SATURDAY)
    planned = clinic.rows("SELECT account_id, due_at, tier FROM notice ORDER BY due_at")
    assert {p["account_id"] for p in planned} == {clinic.anna.account_id, clinic.bo.account_id}
    assert {str(p["due_at"]) for p in planned} == {"2026-03-09 07:00:00+00:00"}
    messages.mark_read(clinic.db, clinic.anna, clinic.client_id, now=SATURDAY)
    assert clinic.rows("SELECT 1 FROM notice WHERE state <> 'cancelled'") == []


def test_the_client_is_told_at_once(clinic: Clinic) -> None:
    send(clinic, clinic.anna, "Hej", SATURDAY)
    [told] = clinic.rows("SELECT account_id, due_at FROM notice")
    assert (told["account_id"], told["due_at"]) == (clinic.client.account_id, SATURDAY)


def test_each_step_stands_in_the_access_log(clinic: Clinic) -> None:
    send(clinic, clinic.client, "Hej")
    messages.thread(clinic.db, clinic.anna, clinic.client_id, now=MONDAY)
    messages.mark_read(clinic.db, clinic.anna, clinic.client_id, now=MONDAY)
    actions = [row["action"] for row in clinic.rows("SELECT action FROM access_log ORDER BY entry_id")]
    assert actions[-3:] == ["message_sent", "messages_opened", "messages_read"]

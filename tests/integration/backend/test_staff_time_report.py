"""Work is logged where it is done, with the minutes of its moment, and reported to the manager without names."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from backend.errors import Forbidden, Invalid, NotFound
from backend.services import assessment, clients, contacts, messages, staff_time
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def events(clinic: Clinic) -> list[tuple[object, ...]]:
    rows = clinic.rows("SELECT kind, minutes::float AS minutes, measured FROM work_event ORDER BY event_id")
    return [(row["kind"], row["minutes"], row["measured"]) for row in rows]


def phone(clinic: Clinic, at: datetime = NOW, **more: object) -> object:
    given = {"duration_min": None, "outcome": None, **more}
    return contacts.add(clinic.db, clinic.anna, clinic.client_id, "phone", True, "", at, now=at, **given)  # type: ignore[arg-type]


def test_work_is_logged_with_measured_minutes_or_the_units_own(clinic: Clinic) -> None:
    phone(clinic)
    phone(clinic, duration_min=23, direction="incoming", outcome="talked")
    messages.send(clinic.db, clinic.anna, clinic.client_id, "Hej", now=NOW)
    messages.send(clinic.db, clinic.client, clinic.client_id, "Hej", now=NOW)
    clients.mark_reviewed(clinic.db, clinic.anna, clinic.client_id, now=NOW)
    assert events(clinic) == [
        ("contact_phone", 10.0, False),
        ("contact_phone", 23.0, True),
        ("message_sent", 4.0, False),
        ("review", 3.0, False),
    ]


def test_a_corrected_contact_keeps_what_it_said_and_counts_anew(clinic: Clinic) -> None:
    contact_id = phone(clinic, duration_min=5)
    contacts.correct(
        clinic.db, clinic.anna, contact_id, "visit", True, "Det var ett besök", NOW,  # type: ignore[arg-type]
        duration_min=50, outcome="talked", reason="Fel kanal", now=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert events(clinic) == [("contact_visit", 50.0, True)]
    [note] = contacts.of_client(clinic.db, clinic.anna, clinic.client_id, now=NOW)
    assert (note.channel, note.duration_min, note.outcome, note.corrections) == ("visit", 50, "talked", 1)
    [before] = contacts.corrections(clinic.db, clinic.anna, contact_id, now=NOW)  # type: ignore[arg-type]
    assert (before.by, before.reason, before.before["channel"], before.before["duration_min"]) == (
        "Anna-Kommun", "Fel kanal", "phone", 5,
    )  # fmt: skip


def test_an_outcome_goes_with_whether_somebody_was_reached(clinic: Clinic) -> None:
    for wrong in (
        {"outcome": "no_answer"},
        {"duration_min": 601},
        {"duration_min": -1},
        {"direction": "sideways"},
    ):
        with pytest.raises(Invalid):
            phone(clinic, **wrong)
    assert events(clinic) == []


def test_strangers_can_neither_correct_nor_read_what_was_corrected(clinic: Clinic) -> None:
    contact_id = phone(clinic)
    for call in (
        lambda p: contacts.of_client(clinic.db, p, clinic.client_id, now=NOW),
        lambda p: contacts.corrections(clinic.db, p, contact_id, now=NOW),  # type: ignore[arg-type]
        lambda p: contacts.correct(clinic.db, p, contact_id, "phone", True, "", NOW, reason="Nej", now=NOW),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotFound):
            call(clinic.bo)
    with pytest.raises(Forbidden):
        contacts.correct(clinic.db, clinic.client, contact_id, "phone", True, "", NOW, reason="Nej", now=NOW)  # type: ignore[arg-type]


def test_the_month_is_counted_with_the_figures_of_each_moment(clinic: Clinic) -> None:
    chief = add_account(clinic, "chefen", "manager")
    phone(clinic)
    later = NOW + timedelta(days=7)
    staff_time.set_minutes(
        clinic.db, chief, "contact_phone", Decimal(6), Decimal(9), "Uppmätt vecka 11", now=later
    )
    phone(clinic, later + timedelta(days=1))
    month = staff_time.month_report(clinic.db, chief, 2026, 3, now=later + timedelta(days=2))
    assert [(line.tally.minutes, line.freed) for line in month.report.lines] == [
        (Decimal(6), Decimal(3)),
        (Decimal(10), None),
    ]
    assert "Uppmätt vecka 11" in month.report.lines[0].formula.sv
    assert not month.is_whole
    assert staff_time.month_report(clinic.db, chief, 2026, 2, now=later).report.lines == ()
    [figure] = [one for one in month.settings if one.kind == "contact_phone"]
    assert (figure.minutes, figure.manual_minutes, figure.set_by) == (6.0, 9.0, "Chefen")


def test_tests_received_are_counted_from_the_ledger_and_compared_only_when_the_unit_says_with_what(
    clinic: Clinic,
) -> None:
    chief = add_account(clinic, "chefen", "manager")
    assessment.sweep(clinic.db, now=START)
    assessment.assess_due(clinic.db, now=START)
    evening = START.replace(hour=18, minute=30)
    clinic.blow(evening, 0.0)
    assessment.assess_due(clinic.db, now=evening + timedelta(minutes=1))
    month = staff_time.month_report(clinic.db, chief, 2026, 3, now=NOW)
    [line] = month.report.lines
    assert (line.tally.kind, line.tally.count, line.freed) == ("test_received", 1, None)
    staff_time.set_minutes(
        clinic.db, chief, "test_received", Decimal(0), Decimal(2), "Personal läser testet", now=START
    )
    [line] = staff_time.month_report(clinic.db, chief, 2026, 3, now=NOW).report.lines
    assert line.freed == Decimal(2)


def test_only_the_units_manager_sees_the_report_and_sets_its_figures(clinic: Clinic) -> None:
    chief = add_account(clinic, "chefen", "manager")
    other = add_account(clinic, "annan", "manager", unit="Andra enheten")
    phone(clinic)
    assert len(staff_time.month_report(clinic.db, chief, 2026, 3, now=NOW).report.lines) == 1
    assert staff_time.month_report(clinic.db, other, 2026, 3, now=NOW).report.lines == ()
    for who in (clinic.anna, clinic.client, add_account(clinic, "drift", "operator")):
        with pytest.raises(Forbidden):
            staff_time.month_report(clinic.db, who, 2026, 3, now=NOW)
        with pytest.raises(Forbidden):
            staff_time.set_minutes(clinic.db, who, "review", Decimal(1), None, "Nej", now=NOW)


def test_figures_without_words_or_out_of_range_are_refused(clinic: Clinic) -> None:
    chief = add_account(clinic, "chefen", "manager")
    for kind, minutes, reason in (
        ("review", "1", ""),
        ("review", "-1", "Ord"),
        ("review", "NaN", "Ord"),
        ("nap", "1", "Ord"),
    ):
        with pytest.raises(Invalid):
            staff_time.set_minutes(clinic.db, chief, kind, Decimal(minutes), None, reason, now=NOW)
    for year, month in ((2026, 0), (2026, 13), (1999, 1)):
        with pytest.raises(Invalid):
            staff_time.month_report(clinic.db, chief, year, month, now=NOW)
    assert staff_time.read_minutes("2,5") == Decimal("2.5")
    with pytest.raises(Invalid):
        staff_time.read_minutes("två")

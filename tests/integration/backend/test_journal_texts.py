"""A text for the record is computed, edited, signed by a named person, and frozen."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import assessment, contacts, journal_pdf, journal_texts
from backend.services.journal_texts import AlreadySigned
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic, stranger

DAY = date(2026, 3, 1)
EVENING = START.replace(hour=18, minute=30)
NOW = START + timedelta(days=1)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        made = make_clinic(db)
        assessment.sweep(db, now=START)
        assessment.assess_due(db, now=START)
        for minutes, brac in ((0, 0.42), (17, 0.40)):
            made.blow(EVENING + timedelta(minutes=minutes), brac)
        made.status(NOW)
        contacts.add(db, made.anna, made.client_id, "phone", True, "Ringde", EVENING, now=EVENING)
        assessment.sweep(db, now=NOW)
        assessment.assess_due(db, now=NOW)
        yield made


def drafted(clinic: Clinic, who: Principal | None = None, **more: Any) -> UUID:
    given = {"since": DAY, "until": DAY, "length": "half_page", "now": NOW, **more}
    return journal_texts.draft(clinic.db, who or clinic.anna, clinic.client_id, **given)


def test_the_draft_holds_what_the_ledger_holds(clinic: Clinic) -> None:
    text = journal_texts.one(clinic.db, clinic.anna, drafted(clinic), now=NOW)
    windows = clinic.rows(
        "SELECT attendance FROM test_window WHERE kind = 'breath_test' AND local_day = '2026-03-01'"
    )
    assert sorted(str(w["attendance"]) for w in windows) == ["on_time"]
    for said in (
        "Täckning 100 % (1 av 1 test gjorda)",
        "positiv",
        "0,42 mg/L (beräknat 0,84 ‰)",
        "Kontakter: 1 telefonsamtal",
        "C6",
        "Underlag, ej bedömning.",
    ):
        assert said in text.body, (said, text.body)
    assert (text.body, text.signed_by, text.is_genuine) == (text.draft, None, None)


@pytest.mark.requirement("L9")
def test_a_signed_text_is_frozen_beside_its_draft(clinic: Clinic) -> None:
    journal_id = drafted(clinic, length="three_lines")
    journal_texts.save(clinic.db, clinic.anna, journal_id, "Min egen bedömning.", now=NOW)
    journal_texts.sign(clinic.db, clinic.anna, journal_id, "Min egen bedömning: lugn vecka.", now=NOW)
    [text] = journal_texts.of_client(clinic.db, clinic.anna, clinic.client_id, now=NOW)
    assert (text.body, text.signed_by, text.signed_at) == (
        "Min egen bedömning: lugn vecka.",
        "Anna-Kommun",
        NOW,
    )
    assert text.is_genuine
    assert "Underlag" in text.draft
    for call in (journal_texts.save, journal_texts.sign):
        with pytest.raises(AlreadySigned):
            call(clinic.db, clinic.anna, journal_id, "Något annat", now=NOW)
    with pytest.raises(psycopg.errors.RestrictViolation):
        clinic.rows("UPDATE journal_text SET body = 'x'")


def test_the_draft_itself_can_never_be_rewritten(clinic: Clinic) -> None:
    drafted(clinic)
    with pytest.raises(psycopg.errors.RestrictViolation):
        clinic.rows("UPDATE journal_text SET draft = 'x'")
    with pytest.raises(psycopg.errors.CheckViolation):
        clinic.rows("UPDATE journal_text SET signed_at = now()")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        clinic.rows(
            "UPDATE journal_text SET signed_at = now(), signed_by = %s, sha256 = sha256('')",
            SYSTEM.account_id,
        )


def test_a_text_that_was_tampered_with_is_shown_as_such(clinic: Clinic) -> None:
    journal_id = drafted(clinic)
    journal_texts.sign(clinic.db, clinic.anna, journal_id, "Signerat", now=NOW)
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("ALTER TABLE journal_text DISABLE TRIGGER journal_text_is_kept")
        conn.execute("UPDATE journal_text SET body = 'Omskrivet'")
    assert journal_texts.one(clinic.db, clinic.anna, journal_id, now=NOW).is_genuine is False


@pytest.mark.requirement("L9")
def test_only_staff_with_a_care_relation_draft_and_sign(clinic: Clinic) -> None:
    journal_id = drafted(clinic)
    charlie = add_account(clinic, "charlie", "clinician", unit="Andra enheten")
    refused = [
        (clinic.bo, NotFound),
        (charlie, NotFound),
        (stranger("annan"), NotFound),
        (clinic.client, Forbidden),
        (SYSTEM, Forbidden),
    ]
    for who, error in refused:
        for call in (
            lambda p: drafted(clinic, p),
            lambda p: journal_texts.one(clinic.db, p, journal_id, now=NOW),
            lambda p: journal_texts.of_client(clinic.db, p, clinic.client_id, now=NOW),
            lambda p: journal_texts.save(clinic.db, p, journal_id, "x", now=NOW),
            lambda p: journal_texts.sign(clinic.db, p, journal_id, "x", now=NOW),
        ):
            with pytest.raises(error):
                call(who)
    assert clinic.rows("SELECT 1 FROM journal_text WHERE signed_at IS NOT NULL") == []


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (DAY, DAY - timedelta(days=1)),
        (DAY, DAY + timedelta(days=100)),
        (DAY + timedelta(days=9), DAY + timedelta(days=9)),
    ],
)
def test_a_period_turned_round_too_long_or_not_begun_is_refused(
    clinic: Clinic, since: date, until: date
) -> None:
    with pytest.raises(Invalid):
        drafted(clinic, since=since, until=until)


def test_an_empty_text_cannot_be_signed(clinic: Clinic) -> None:
    with pytest.raises(Invalid):
        journal_texts.sign(clinic.db, clinic.anna, drafted(clinic), "  ", now=NOW)


def test_a_signed_text_becomes_a_file_with_its_fonts_and_its_digest_is_found_again(clinic: Clinic) -> None:
    journal_id = drafted(clinic)
    with pytest.raises(Conflict):
        journal_pdf.pdf(clinic.db, clinic.anna, journal_id, now=NOW)
    journal_texts.sign(clinic.db, clinic.anna, journal_id, "Åsa Öhrn höll 0,20 ‰ → bra.", now=NOW)
    made = journal_pdf.pdf(clinic.db, clinic.anna, journal_id, now=NOW)
    assert (
        made.content.startswith(b"%PDF") and b"DejaVuSans" in made.content and b"/FontFile2" in made.content
    )
    assert "K-01" not in made.filename
    signed = journal_texts.one(clinic.db, clinic.anna, journal_id, now=NOW)
    assert signed.sha256 is not None
    for principal in (clinic.anna, SYSTEM):
        found = journal_texts.verify(clinic.db, principal, f" {signed.sha256.upper()} ", now=NOW)
        assert found is not None and found.is_genuine
    assert journal_texts.verify(clinic.db, clinic.bo, signed.sha256, now=NOW) is None
    assert journal_texts.verify(clinic.db, clinic.anna, "0" * 64, now=NOW) is None
    with pytest.raises(Invalid):
        journal_texts.verify(clinic.db, clinic.anna, "abc", now=NOW)
    with pytest.raises(NotFound):
        journal_pdf.pdf(clinic.db, clinic.bo, journal_id, now=NOW)
    assert len(clinic.rows("SELECT 1 FROM access_log WHERE action = 'journal_printed'")) == 1

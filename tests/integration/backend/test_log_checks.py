"""Checks of the access log: what is drawn and why, what is kept of it, who is reminded, who has read the routine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import access_log, clients, emergencies, enrolment, log_checks, triage
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, add_client, make_clinic

MARCH = date(2026, 3, 1)
NOW = datetime(2026, 4, 2, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)
WORDS = "Hon ringde och lät illa däran"


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    with Database(postgres_database) as db:
        yield make_clinic(db)


@pytest.fixture
def chief(clinic: Clinic) -> Principal:
    return add_account(clinic, "chefen", "manager")


def looks(clinic: Clinic, who: Principal, at: datetime, client: UUID | None = None) -> None:
    clients.overview(clinic.db, who, client or clinic.client_id, now=at)


def drawn(
    clinic: Clinic, chief: Principal, month: date = MARCH, seed: int = 1
) -> list[log_checks.DrawnEntry]:
    check = log_checks.draw(clinic.db, chief, month, now=NOW, rng=Random(seed))
    return list(log_checks.one(clinic.db, chief, check)[1])


@pytest.mark.requirement("L1", "L10")
def test_every_emergency_and_what_is_worth_a_question_is_drawn_and_some_of_the_rest(
    clinic: Clinic, chief: Principal
) -> None:
    for minutes in range(30):
        looks(clinic, clinic.anna, NOON + timedelta(minutes=minutes))
    looks(clinic, clinic.anna, NIGHT)
    emergencies.open_emergency(clinic.db, clinic.bo, "K-01", "acute_risk", WORDS, now=NOON)
    looks(clinic, clinic.bo, NOON)
    looks(clinic, clinic.client, NOON)
    found = drawn(clinic, chief)
    by_why = {why: [one for one in found if one.why == why] for why in ("emergency", "at_night", "random")}
    assert {one.action for one in by_why["emergency"]} == {"emergency_opened", "client_overview"}
    assert [(one.at, one.by, one.alias) for one in by_why["at_night"]] == [(NIGHT, "Anna-Kommun", "K-01")]
    assert len(by_why["random"]) == log_checks.BY_CHANCE and len(found) == log_checks.BY_CHANCE + 3
    assert all(one.role != "client" for one in found), "what clients do themselves is nobody's to check"
    assert [one.why for one in found][-log_checks.BY_CHANCE :] == ["random"] * log_checks.BY_CHANCE
    [check] = log_checks.of_unit(clinic.db, chief)
    assert (check.entries, check.drawn, check.month) == (33, len(found), MARCH)


@pytest.mark.requirement("L10")
def test_who_opens_unusually_many_clients_on_one_day_is_drawn(clinic: Clinic, chief: Principal) -> None:
    for number in range(log_checks.MANY_CLIENTS):
        client = add_client(clinic.db, clinic.unit_id, f"M-{number:02}", now=START)
        enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client, now=START)
        looks(clinic, clinic.anna, NOON + timedelta(minutes=number), client)
    looks(clinic, clinic.anna, NOON + timedelta(days=1))
    triage.triage_list(
        clinic.db, clinic.anna, now=NOON + timedelta(days=2)
    )  # the list itself is no unusual look
    whys = [one.why for one in drawn(clinic, chief)]
    assert whys.count("many_clients") == log_checks.OF_EACH_KIND
    assert "emergency" not in whys and "at_night" not in whys


def test_a_month_begins_and_ends_at_midnight_where_the_unit_is(clinic: Clinic, chief: Principal) -> None:
    last_of_february = datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
    first_of_march = last_of_february + timedelta(seconds=1)  # midnight in Stockholm
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("UPDATE assignment SET from_at = '2026-01-01'")
    for at in (last_of_february, first_of_march, datetime(2026, 3, 31, 21, 59, tzinfo=UTC)):
        looks(clinic, clinic.anna, at)
    looks(clinic, clinic.anna, datetime(2026, 3, 31, 22, 0, tzinfo=UTC))  # April, summer time
    assert {one.at for one in drawn(clinic, chief)} == {
        first_of_march,
        datetime(2026, 3, 31, 21, 59, tzinfo=UTC),
    }


def test_another_units_looks_and_another_tenants_are_not_drawn(clinic: Clinic, chief: Principal) -> None:
    abroad = make_clinic(clinic.db, tenant_id="annan")
    looks(abroad, abroad.anna, NOON)
    other = add_account(clinic, "chef2", "manager", unit="Andra enheten")
    looks(clinic, clinic.anna, NOON)
    assert [one.alias for one in drawn(clinic, chief)] == ["K-01"]
    assert drawn(clinic, other) == []
    mine = log_checks.of_unit(clinic.db, chief)[0].check_id
    for stranger in (other, add_account(abroad, "chef3", "manager")):
        assert mine not in {one.check_id for one in log_checks.of_unit(clinic.db, stranger)}
        with pytest.raises(NotFound):
            log_checks.one(clinic.db, stranger, mine)
        with pytest.raises(NotFound):
            log_checks.finish(clinic.db, stranger, mine, "nothing_found", "Inget", now=NOW)


@pytest.mark.requirement("L1", "L10")
def test_a_check_is_finished_once_in_words_and_then_kept_as_it_was(clinic: Clinic, chief: Principal) -> None:
    looks(clinic, clinic.anna, NOON)
    check = log_checks.draw(clinic.db, chief, date(2026, 3, 17), now=NOW)
    with pytest.raises(Conflict):
        log_checks.draw(clinic.db, chief, MARCH, now=NOW)
    for outcome, words in (("fine", "Allt väl"), ("nothing_found", " x ")):
        with pytest.raises(Invalid):
            log_checks.finish(clinic.db, chief, check, outcome, words, now=NOW)  # type: ignore[arg-type]
    log_checks.finish(clinic.db, chief, check, "followed_up", "Talade  med Anna", now=NOW)
    [kept] = log_checks.of_unit(clinic.db, chief)
    assert (kept.outcome, kept.words, kept.done_by, kept.done_at) == (
        "followed_up", "Talade med Anna", "Chefen", NOW,
    )  # fmt: skip
    with pytest.raises(NotFound):
        log_checks.finish(clinic.db, chief, check, "nothing_found", "Inget ändå", now=NOW)
    for change in ("UPDATE log_check SET words = 'annat'", "DELETE FROM log_check_entry"):
        with pytest.raises(psycopg.errors.RaiseException), psycopg.connect(clinic.db.conninfo) as conn:
            conn.execute(change.encode())
    log_checks.draw(clinic.db, chief, MARCH, now=NOW)  # another one of the same month may follow


def test_only_a_units_manager_checks_and_only_months_that_have_begun(
    clinic: Clinic, chief: Principal
) -> None:
    for who in (clinic.anna, clinic.client, add_account(clinic, "olle", "operator"), SYSTEM):
        with pytest.raises(Forbidden):
            log_checks.draw(clinic.db, who, MARCH, now=NOW)
        with pytest.raises(Forbidden):
            log_checks.of_unit(clinic.db, who)
        with pytest.raises(Forbidden):
            log_checks.one(clinic.db, who, uuid4())
        with pytest.raises(Forbidden):
            log_checks.finish(clinic.db, who, uuid4(), "nothing_found", "Inget", now=NOW)
    with pytest.raises(Invalid):
        log_checks.draw(clinic.db, chief, date(2026, 5, 1), now=NOW)
    assert drawn(clinic, chief, date(2026, 4, 1)) == []


def test_the_same_chance_draws_the_same_and_a_sample_holds_nothing_twice() -> None:
    found = [{"entry_id": number, "why": "at_night" if number % 3 else None} for number in range(200)]
    one, again, other = (log_checks.sample(found, Random(seed)) for seed in (1, 1, 2))
    assert one == again and one != other
    assert len(one) == log_checks.OF_EACH_KIND + log_checks.BY_CHANCE
    few = log_checks.sample(found[:4], Random(1))
    assert set(few) == {0, 1, 2, 3} and few[0] == "random" and few[1] == "at_night"
    assert log_checks.sample([], Random(1)) == {}


@pytest.mark.requirement("L10")
def test_a_manager_is_reminded_once_until_last_month_is_finished(clinic: Clinic, chief: Principal) -> None:
    empty = add_account(clinic, "chef2", "manager", unit="Tom enhet")
    with pytest.raises(Forbidden):
        log_checks.remind(clinic.db, chief, now=NOW)
    assert log_checks.remind(clinic.db, SYSTEM, now=NOW) == 1, "a unit without clients has nothing to check"
    assert log_checks.remind(clinic.db, SYSTEM, now=NOW + timedelta(days=1)) == 0
    [told] = clinic.rows("SELECT account_id, client_id, subject_kind FROM notice")
    assert told == {"account_id": chief.account_id, "client_id": None, "subject_kind": "reminder"}
    assert empty.account_id != chief.account_id
    looks(clinic, clinic.anna, NOON + timedelta(days=31))
    check = log_checks.draw(clinic.db, chief, date(2026, 4, 1), now=NOW + timedelta(days=20))
    may = datetime(2026, 5, 2, 8, 0, tzinfo=UTC)
    assert log_checks.remind(clinic.db, SYSTEM, now=may) == 1, "a check that is only drawn is not made"
    log_checks.finish(clinic.db, chief, check, "nothing_found", "Inget att anmärka", now=may)
    june = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
    june_check = log_checks.draw(clinic.db, chief, date(2026, 5, 1), now=june)
    log_checks.finish(clinic.db, chief, june_check, "nothing_found", "Inget att anmärka", now=june)
    assert log_checks.remind(clinic.db, SYSTEM, now=june) == 0


@pytest.mark.requirement("L3")
def test_staff_are_pointed_to_the_routine_until_they_have_read_this_version(
    clinic: Clinic, chief: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (clinic.anna, chief, add_account(clinic, "olle", "operator")):
        assert log_checks.must_read(clinic.db, who)
        log_checks.note_read(clinic.db, who, now=NOW)
        log_checks.note_read(clinic.db, who, now=NOW + timedelta(days=1))
        assert not log_checks.must_read(clinic.db, who)
    kept = clinic.rows(
        "SELECT version, read_at FROM log_routine_read WHERE account_id = %s", chief.account_id
    )
    assert kept == [{"version": log_checks.ROUTINE_VERSION, "read_at": NOW}], "the first time counts"
    monkeypatch.setattr(log_checks, "ROUTINE_VERSION", log_checks.ROUTINE_VERSION + 1)
    assert log_checks.must_read(clinic.db, clinic.anna), "a new version is read anew"
    assert not log_checks.must_read(clinic.db, clinic.client)
    with pytest.raises(Forbidden):
        log_checks.note_read(clinic.db, clinic.client, now=NOW)


@pytest.mark.requirement("L1")
def test_what_is_drawn_is_what_the_client_reads_too(clinic: Clinic, chief: Principal) -> None:
    looks(clinic, clinic.anna, NOON)
    [entry] = drawn(clinic, chief)
    told = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert (entry.at, entry.unit, entry.role, entry.action) in {
        (one.at, one.unit, one.role, one.action) for one in told
    }

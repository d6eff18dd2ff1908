"""Blocks, emergencies and protected identity: who sees a client, and what stands where for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import (
    access_log,
    blocks,
    clients,
    emergencies,
    enrolment,
    erasure,
    gateways,
    messages,
    phones,
    triage,
)
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, add_client, make_clinic, stranger
from tests.support.servers import TestDatabases

NOW = START + timedelta(hours=9)
WORDS = "Hon ringde och lät illa däran"


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        make_clinic(db, tenant_id="annan")
        yield made


@pytest.fixture(scope="module")
def elsewhere(clinic: Clinic) -> Principal:
    """A clinician of another unit who has the client, too."""
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    enrolment.assign(clinic.db, SYSTEM, eva.account_id, clinic.client_id, now=START)
    return eva


@pytest.fixture(scope="module")
def chief(clinic: Clinic) -> Principal:
    return add_account(clinic, "chefen", "manager")


def sees(clinic: Clinic, who: Principal, at: object = NOW) -> bool:
    try:
        clients.overview(clinic.db, who, clinic.client_id, now=at)  # type: ignore[arg-type]
    except NotFound:
        return False
    return True


@pytest.mark.requirement("L5")
def test_a_client_keeps_other_units_out_and_lets_them_in_again(clinic: Clinic, elsewhere: Principal) -> None:
    assert sees(clinic, elsewhere)
    for other in (clinic.bo, stranger("annan")):
        with pytest.raises(NotFound):
            blocks.set_block(clinic.db, other, clinic.client_id, "Nej", now=NOW)
    with pytest.raises(Forbidden):
        blocks.set_block(clinic.db, elsewhere, clinic.client_id, "Jag bestämmer", now=NOW)
    blocks.set_block(clinic.db, clinic.client, clinic.client_id, "Min granne arbetar där", now=NOW)
    assert not sees(clinic, elsewhere) and sees(clinic, clinic.anna) and sees(clinic, clinic.client)
    assert triage.triage_list(clinic.db, elsewhere, now=NOW).rows == ()
    with pytest.raises(NotFound):
        blocks.lift_block(clinic.db, elsewhere, clinic.client_id, "Vi vill", now=NOW)
    with pytest.raises(Conflict):
        blocks.set_block(clinic.db, clinic.anna, clinic.client_id, "Igen", now=NOW)
    with pytest.raises(Conflict):
        enrolment.assign(clinic.db, SYSTEM, elsewhere.account_id, clinic.client_id, now=NOW)
    with pytest.raises(Invalid):
        blocks.lift_block(clinic.db, clinic.anna, clinic.client_id, " x ", now=NOW)
    blocks.lift_block(clinic.db, clinic.anna, clinic.client_id, "Hon vill inte längre", now=NOW)
    assert not sees(clinic, elsewhere), "a relation that ended does not come back by itself"
    enrolment.assign(clinic.db, SYSTEM, elsewhere.account_id, clinic.client_id, now=NOW)
    assert sees(clinic, elsewhere)
    [told] = blocks.of_client(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert (told.unit, told.set_by_client, told.lift_words) == ("Öppenvården", True, "Hon vill inte längre")


def test_who_moves_to_another_unit_takes_no_client_along(clinic: Clinic) -> None:
    frida = add_account(clinic, "frida", "clinician")
    enrolment.assign(clinic.db, SYSTEM, frida.account_id, clinic.client_id, now=START)
    assert sees(clinic, frida)
    other = enrolment.create_unit(clinic.db, SYSTEM, clinic.tenant_id, "Tredje enheten")
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("UPDATE account SET unit_id = %s WHERE account_id = %s", (other, frida.account_id))
    assert not sees(clinic, frida)


@pytest.mark.requirement("D7")
def test_an_emergency_opens_one_client_for_an_hour_and_no_longer(clinic: Clinic, chief: Principal) -> None:
    assert not sees(clinic, clinic.bo)
    opened = emergencies.open_emergency(clinic.db, clinic.bo, " K-01 ", "acute_risk", WORDS, now=NOW)
    assert (opened.client_id, opened.ends_at) == (clinic.client_id, NOW + timedelta(hours=1))
    assert sees(clinic, clinic.bo) and sees(clinic, clinic.bo, NOW + timedelta(minutes=59))
    assert not sees(clinic, clinic.bo, NOW + timedelta(minutes=60))
    assert emergencies.in_force(clinic.db, clinic.bo, clinic.client_id, now=NOW) is not None
    assert emergencies.in_force(clinic.db, clinic.anna, clinic.client_id, now=NOW) is None
    with pytest.raises(emergencies.SeenAlready):
        emergencies.open_emergency(clinic.db, clinic.bo, "K-01", "other", WORDS, now=NOW)
    notices = clinic.rows(
        "SELECT account_id, client_id FROM notice WHERE subject_id = %s", opened.emergency_id
    )
    assert notices == [{"account_id": chief.account_id, "client_id": None}]
    emergencies.end(clinic.db, clinic.bo, clinic.client_id, now=NOW + timedelta(minutes=5))
    assert not sees(clinic, clinic.bo, NOW + timedelta(minutes=6))


@pytest.mark.requirement("L5", "D7")
def test_an_emergency_goes_past_a_block_and_says_so(clinic: Clinic, chief: Principal) -> None:
    eva = add_account(clinic, "eva2", "clinician", unit="Fjärde enheten")
    client = add_client(clinic.db, clinic.unit_id, "K-09", now=NOW)
    enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client, now=NOW)
    blocks.set_block(clinic.db, clinic.anna, client, "På klientens önskan", now=NOW)
    emergencies.open_emergency(clinic.db, eva, "K-09", "client_asked", WORDS, now=NOW)
    assert clients.overview(clinic.db, eva, client, now=NOW).alias == "K-09"
    [found] = [one for one in emergencies.of_unit(clinic.db, chief, now=NOW) if one.alias == "K-09"]
    assert found.past_block and found.by_unit == "Fjärde enheten"
    assert ("client_overview", 1) in found.actions


@pytest.mark.parametrize("alias", ["K-99", "K-0", "", "%"])
def test_an_alias_that_is_nobodys_here_opens_nothing(clinic: Clinic, alias: str) -> None:
    with pytest.raises(NotFound):
        emergencies.open_emergency(clinic.db, clinic.bo, alias, "acute_risk", WORDS, now=NOW)


@pytest.mark.requirement("D7")
def test_only_clinicians_with_a_reason_and_words_may(clinic: Clinic, chief: Principal) -> None:
    for other in (clinic.client, chief, add_account(clinic, "olle", "operator"), SYSTEM):
        with pytest.raises(Forbidden):
            emergencies.open_emergency(clinic.db, other, "K-01", "acute_risk", WORDS, now=NOW)
    for reason, words in (("bored", WORDS), ("other", "kort")):
        with pytest.raises(Invalid):
            emergencies.open_emergency(clinic.db, clinic.bo, "K-01", reason, words, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        emergencies.open_emergency(clinic.db, stranger("annan"), "K-09", "acute_risk", WORDS, now=NOW)


@pytest.mark.requirement("D7")
def test_the_manager_reviews_each_once_and_nobody_reviews_their_own(clinic: Clinic, chief: Principal) -> None:
    waiting = [one for one in emergencies.of_unit(clinic.db, chief, now=NOW) if one.reviewed_at is None]
    assert waiting
    one = waiting[0].emergency_id
    for other in (clinic.anna, clinic.client):
        with pytest.raises(Forbidden):
            emergencies.of_unit(clinic.db, other, now=NOW)
        with pytest.raises(Forbidden):
            emergencies.review(clinic.db, other, one, "justified", WORDS, now=NOW)
    abroad = add_account(clinic, "chef2", "manager", unit="Femte enheten")
    assert emergencies.of_unit(clinic.db, abroad, now=NOW) == ()
    with pytest.raises(NotFound):
        emergencies.review(clinic.db, abroad, one, "justified", WORDS, now=NOW)
    emergencies.review(clinic.db, chief, one, "not_justified", WORDS, now=NOW)
    with pytest.raises(NotFound):
        emergencies.review(clinic.db, chief, one, "justified", WORDS, now=NOW)


@pytest.mark.requirement("D7", "L6")
def test_the_client_reads_which_looks_were_emergencies(clinic: Clinic) -> None:
    seen = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    marked = {one.action for one in seen if one.in_emergency}
    assert {"emergency_opened", "client_overview", "emergency_ended"} <= marked
    assert not any(one.in_emergency for one in seen if one.role == "client")
    assert all(one.name is None for one in seen)


def test_names_stand_in_the_clients_log_where_the_tenant_says_so(clinic: Clinic) -> None:
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute(
            "UPDATE tenant SET settings = '{\"names_in_access_log\": true}' WHERE tenant_id = 'kommun'"
        )
    seen = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert {one.name for one in seen if one.role == "clinician"} >= {"Anna-Kommun", "Bo-Kommun"}
    assert {one.name for one in seen if one.role == "client"} == {None}


def test_a_protected_name_stands_in_no_list(clinic: Clinic) -> None:
    client = enrolment.create_client(
        clinic.db, SYSTEM, clinic.unit_id, alias="K-77", timezone="Europe/Stockholm", started_on=NOW.date(),
        display_name="Kim Hemlig", now=NOW,
    )  # fmt: skip
    enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client, now=NOW)
    assert "Kim Hemlig" in {
        row.display_name for row in triage.triage_list(clinic.db, clinic.anna, now=NOW).rows
    }
    blocks.set_protected(clinic.db, clinic.anna, client, is_on=True, now=NOW)
    assert "Kim Hemlig" not in str(triage.triage_list(clinic.db, clinic.anna, now=NOW))
    assert "Kim Hemlig" not in str(messages.waiting(clinic.db, clinic.anna, now=NOW))
    assert blocks.is_protected(clinic.db, clinic.anna, client, now=NOW)
    for other in (clinic.bo, clinic.client):
        with pytest.raises(NotFound):
            blocks.set_protected(clinic.db, other, client, is_on=False, now=NOW)


@pytest.mark.requirement("D7")
def test_an_emergency_opens_nothing_that_outlasts_it(clinic: Clinic) -> None:
    """A phone let in, a gateway enrolled or words erased would stay when the hour is over, also past a block."""
    gun = add_account(clinic, "gun", "clinician", unit="Femte enheten")
    client = clinic.client_id
    emergencies.open_emergency(clinic.db, gun, "K-01", "acute_risk", WORDS, now=NOW)
    wish = erasure.ask(clinic.db, clinic.client, "own_words", now=NOW)
    turned = not blocks.is_protected(clinic.db, clinic.anna, client, now=NOW)
    things: tuple[Callable[[Principal], object], ...] = (
        lambda who: phones.issue_link(clinic.db, who, client, now=NOW, machine_now=NOW),
        lambda who: gateways.issue_code(clinic.db, who, client, now=NOW),
        lambda who: blocks.set_protected(clinic.db, who, client, is_on=turned, now=NOW),
        lambda who: erasure.decide(clinic.db, who, wish, "Det beviljas", now=NOW),
    )
    for lasting in things:
        with pytest.raises(Forbidden):
            lasting(gun)
        lasting(clinic.anna)


@pytest.mark.requirement("D7")
def test_managers_are_reminded_of_an_emergency_nobody_reviews_until_somebody_does(
    postgres_server: TestDatabases,
) -> None:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        chief, second = (add_account(clinic, name, "manager") for name in ("chefen", "chefen-2"))
        add_account(clinic, "chef-annan", "manager", unit="Annan enhet")
        one = emergencies.open_emergency(db, clinic.bo, "K-01", "acute_risk", WORDS, now=NOW).emergency_id

        def told() -> list[tuple[object, object]]:
            rows = clinic.rows("SELECT account_id, step FROM notice WHERE subject_id = %s ORDER BY step", one)
            return [(row["account_id"], row["step"]) for row in rows]

        def remind(days: float) -> int:
            return emergencies.remind(db, SYSTEM, now=NOW + timedelta(days=days))

        assert {who for who, _ in told()} == {chief.account_id, second.account_id}
        assert remind(2.9) == 0
        assert remind(3) == 2 and remind(3.5) == 0, "once in three days, however often it is asked"
        assert remind(10) == 2, "days on which nothing ran are made up for"
        assert {step for _, step in told()} == {0, 1, 3}
        assert not clinic.rows("SELECT 1 FROM notice WHERE subject_id = %s AND client_id IS NOT NULL", one)
        with pytest.raises(Forbidden):
            emergencies.remind(db, chief, now=NOW)
        emergencies.review(db, second, one, "justified", WORDS, now=NOW + timedelta(days=10))
        assert remind(20) == 0
        waiting = "SELECT 1 FROM notice WHERE subject_id = %s AND state = 'planned'"
        assert not clinic.rows(waiting, one), "what nobody was told yet is not told any more"

"""A client's phone, let in by staff in person."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.errors import Forbidden, NotFound
from backend.services import account_codes, auth, phones
from backend.services.account_codes import CodeRefused
from backend.services.phones import PhoneForgotten
from backend.services.sign_in_steps import Asker
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, add_client, make_clinic, stranger
from tests.support.servers import TestDatabases

PHONE = Asker("10.0.0.9", "Chrome, Android")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        yield make_clinic(db, plan=False)


def link(clinic: Clinic) -> str:
    made = phones.issue_link(clinic.db, clinic.anna, clinic.client_id, now=START, machine_now=START)
    return made.code


def let_in(clinic: Clinic) -> str:
    _, secret = phones.let_in(clinic.db, link(clinic), "", asker=PHONE, now=START)
    return secret


def test_a_link_lets_one_phone_in_once_and_looking_at_it_uses_nothing_up(clinic: Clinic) -> None:
    code = link(clinic)
    for _ in range(3):
        assert phones.greet(clinic.db, code, asker=PHONE, now=START) == "Klient-Kommun"
    login, secret = phones.let_in(clinic.db, code, "", asker=PHONE, now=START)
    found = auth.principal_for(clinic.db, login.token, now=START)
    assert found is not None
    assert found[0].client_id == clinic.client_id
    assert secret
    with pytest.raises(CodeRefused):
        phones.let_in(clinic.db, code, "", asker=PHONE, now=START)


def test_a_link_ends_after_a_quarter_of_an_hour_and_with_a_newer_one(clinic: Clinic) -> None:
    older, newer = link(clinic), link(clinic)
    for code, at in ((older, START), (newer, START + timedelta(minutes=15)), ("fel", START)):
        with pytest.raises(CodeRefused):
            phones.let_in(clinic.db, code, "", asker=Asker("10.0.3.3"), now=at)


def test_a_code_for_a_password_lets_no_phone_in_and_the_other_way_round(clinic: Clinic) -> None:
    with pytest.raises(CodeRefused):
        account_codes.use_for_password(clinic.db, link(clinic), asker=Asker("10.0.3.4"), now=START)


@pytest.mark.requirement("D5")
def test_who_may_let_a_phone_in(clinic: Clinic) -> None:
    researcher = add_account(clinic, "forskaren", "researcher")
    for who in (clinic.bo, stranger(), researcher):
        with pytest.raises(NotFound):
            phones.issue_link(clinic.db, who, clinic.client_id, now=START, machine_now=START)
        with pytest.raises(NotFound):
            phones.of_client(clinic.db, who, clinic.client_id, now=START, machine_now=START)
    with pytest.raises(Forbidden):
        phones.issue_link(clinic.db, clinic.client, clinic.client_id, now=START, machine_now=START)
    with pytest.raises(NotFound):
        phones.own(clinic.db, clinic.anna)


def test_a_phone_signs_in_by_itself_for_years_and_its_secret_changes_each_time(clinic: Clinic) -> None:
    secret, seen, at = let_in(clinic), set(), START
    for _ in range(5):
        at += 20 * DAY
        login, following = phones.renew(clinic.db, secret, asker=PHONE, now=at)
        assert auth.principal_for(clinic.db, login.token, now=at + timedelta(hours=23)) is not None
        assert auth.principal_for(clinic.db, login.token, now=at + timedelta(hours=24)) is None
        assert following not in seen
        seen.add(secret)
        secret = following


def test_an_answer_that_was_lost_locks_nobody_out(clinic: Clinic) -> None:
    first = let_in(clinic)
    phones.renew(clinic.db, first, asker=PHONE, now=START + DAY)  # the answer never arrives
    _, again = phones.renew(clinic.db, first, asker=PHONE, now=START + 2 * DAY)
    assert phones.renew(clinic.db, again, asker=PHONE, now=START + 3 * DAY)[1]


def test_two_pages_opened_at_once_keep_the_phone_in(clinic: Clinic) -> None:
    first, at = let_in(clinic), START + DAY
    _, second = phones.renew(clinic.db, first, asker=PHONE, now=at)
    login, unchanged = phones.renew(clinic.db, first, asker=PHONE, now=at + timedelta(seconds=1))
    assert unchanged == ""
    assert auth.principal_for(clinic.db, login.token, now=at) is not None
    assert phones.renew(clinic.db, second, asker=PHONE, now=at + DAY)[1]


@pytest.mark.requirement("D5")
def test_a_copied_secret_ends_the_phone_when_both_are_used(clinic: Clinic) -> None:
    copied = let_in(clinic)
    _, second = phones.renew(clinic.db, copied, asker=PHONE, now=START + DAY)
    login, third = phones.renew(clinic.db, second, asker=PHONE, now=START + 2 * DAY)
    with pytest.raises(PhoneForgotten):
        phones.renew(clinic.db, copied, asker=Asker("10.6.6.6"), now=START + 3 * DAY)
    with pytest.raises(PhoneForgotten):
        phones.renew(clinic.db, third, asker=PHONE, now=START + 3 * DAY)
    assert auth.principal_for(clinic.db, login.token, now=START + 2 * DAY) is None
    seen = phones.of_client(clinic.db, clinic.anna, clinic.client_id, now=START, machine_now=START + 3 * DAY)
    assert any(one.was_copied for one in seen.phones)


def test_staff_and_the_client_see_a_phone_and_close_it_at_once(clinic: Clinic) -> None:
    for by_staff in (True, False):
        login, secret = phones.let_in(clinic.db, link(clinic), "Mammas gamla", asker=PHONE, now=START)
        one = next(
            phone for phone in phones.own(clinic.db, clinic.client)
            if phone.name == "Mammas gamla" and phone.ended_at is None
        )  # fmt: skip
        assert one.let_in_by == clinic.anna.display_name
        with pytest.raises(NotFound):
            phones.end_for_client(
                clinic.db, clinic.bo, clinic.client_id, one.phone_id, now=START, machine_now=START
            )
        if by_staff:
            phones.end_for_client(
                clinic.db, clinic.anna, clinic.client_id, one.phone_id, now=START, machine_now=START
            )
        else:
            phones.end_own(clinic.db, clinic.client, one.phone_id, now=START)
        assert auth.principal_for(clinic.db, login.token, now=START) is None
        with pytest.raises(PhoneForgotten):
            phones.renew(clinic.db, secret, asker=PHONE, now=START)


def test_a_client_without_a_login_gets_one_without_a_password(clinic: Clinic) -> None:
    client_id = add_client(clinic.db, clinic.unit_id, "K-09", now=START)
    from backend.access.principal import SYSTEM
    from backend.services import enrolment

    enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client_id, now=START)
    made = phones.issue_link(clinic.db, clinic.anna, client_id, now=START, machine_now=START)
    login, _ = phones.let_in(clinic.db, made.code, "", asker=PHONE, now=START)
    found = auth.principal_for(clinic.db, login.token, now=START)
    assert found is not None
    assert found[0].client_id == client_id
    [row] = clinic.rows("SELECT password_hash FROM account WHERE client_id = %s", client_id)
    assert row["password_hash"] is None

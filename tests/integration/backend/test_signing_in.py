"""Passwords, tokens and guessing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.errors import Invalid, SignInFailed
from backend.services import auth
from backend.services.passwords import hash_password
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import PASSWORD, START, Clinic, make_clinic


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, plan=False)


def test_the_right_password_gives_a_token_that_stands_for_the_person(clinic: Clinic) -> None:
    login = auth.sign_in(clinic.db, " Anna-Kommun ", PASSWORD, now=START)
    found = auth.principal_for(clinic.db, login.token, now=START + timedelta(minutes=5))
    assert found is not None
    principal, csrf_token = found
    assert (principal, csrf_token) == (clinic.anna, login.csrf_token)
    assert len(login.token) >= 43
    stored = clinic.rows("SELECT token_sha256 FROM login")
    assert login.token.encode() not in bytes(stored[0]["token_sha256"])  # type: ignore[call-overload]


def test_a_wrong_password_and_an_unknown_name_fail_alike(clinic: Clinic) -> None:
    with pytest.raises(SignInFailed) as wrong:
        auth.sign_in(clinic.db, "anna-kommun", "fel lösenord", now=START)
    with pytest.raises(SignInFailed) as unknown:
        auth.sign_in(clinic.db, "nobody", PASSWORD, now=START)
    assert str(wrong.value) == str(unknown.value)
    assert clinic.rows("SELECT 1 FROM login") == []


def test_staff_are_signed_out_when_idle_and_after_half_a_day_clients_after_a_month(clinic: Clinic) -> None:
    staff = auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    client = auth.sign_in(clinic.db, "klient-kommun", PASSWORD, now=START)
    at = START
    for _ in range(28):
        at += timedelta(minutes=25)
        assert auth.principal_for(clinic.db, staff.token, now=at) is not None
    assert auth.principal_for(clinic.db, staff.token, now=START + timedelta(hours=12)) is None
    again = auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=at)
    assert auth.principal_for(clinic.db, again.token, now=at + timedelta(minutes=31)) is None
    assert auth.principal_for(clinic.db, client.token, now=START + timedelta(days=29)) is not None
    assert auth.principal_for(clinic.db, client.token, now=START + timedelta(days=30)) is None


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(clinic: Clinic) -> None:
    login = auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    for minutes in range(2, 30, 2):
        at = START + timedelta(minutes=minutes)
        assert auth.principal_for(clinic.db, login.token, now=at, is_refresh=True) is not None
    idle = START + timedelta(minutes=30)
    assert auth.principal_for(clinic.db, login.token, now=idle, is_refresh=True) is None


def test_signing_out_ends_the_login(clinic: Clinic) -> None:
    login = auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    auth.sign_out(clinic.db, login.token, now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is None
    auth.sign_out(clinic.db, login.token, now=START)


def test_guessing_is_slowed_down_and_nobody_is_locked_out(clinic: Clinic) -> None:
    at = START
    for _ in range(auth.FREE_ATTEMPTS):
        with pytest.raises(SignInFailed):
            auth.sign_in(clinic.db, "anna-kommun", "gissning", now=at)
    with pytest.raises(auth.TooManyAttempts) as slowed:
        auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=at)
    assert 1 <= slowed.value.retry_after_s <= 61
    assert auth.sign_in(clinic.db, "klient-kommun", PASSWORD, now=at).token
    assert auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=at + auth.LONGEST_WAIT).token
    with pytest.raises(SignInFailed) as forgotten:
        auth.sign_in(clinic.db, "anna-kommun", "gissning", now=at + auth.LONGEST_WAIT)
    assert not isinstance(forgotten.value, auth.TooManyAttempts)


def test_a_disabled_account_is_out_at_once(clinic: Clinic) -> None:
    login = auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE account SET disabled_at = now() WHERE username = 'anna-kommun'")
    assert auth.principal_for(clinic.db, login.token, now=START) is None
    with pytest.raises(SignInFailed):
        auth.sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(Invalid):
        hash_password("kort")

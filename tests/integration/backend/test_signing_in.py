"""Passwords, tokens and guessing."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from backend.errors import SignInFailed
from backend.services import auth
from backend.services.sign_in_steps import OPTIONAL, Asker
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import PASSWORD, START, Clinic, make_clinic

sign_in = partial(auth.sign_in, policy=OPTIONAL)
principal_for = partial(auth.principal_for, policy=OPTIONAL)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, plan=False)


def test_the_right_password_gives_a_token_that_stands_for_the_person(clinic: Clinic) -> None:
    login = sign_in(clinic.db, " Anna-Kommun ", PASSWORD, now=START)
    found = principal_for(clinic.db, login.token, now=START + timedelta(minutes=5))
    assert found is not None
    principal, csrf_token = found
    assert (principal, csrf_token) == (clinic.anna, login.csrf_token)
    assert len(login.token) >= 43
    stored = clinic.rows("SELECT token_sha256 FROM login")
    assert login.token.encode() not in bytes(stored[0]["token_sha256"])  # type: ignore[call-overload]


@pytest.mark.requirement("D5")
def test_a_wrong_password_and_an_unknown_name_fail_alike(clinic: Clinic) -> None:
    with pytest.raises(SignInFailed) as wrong:
        sign_in(clinic.db, "anna-kommun", "fel lösenord", now=START)
    with pytest.raises(SignInFailed) as unknown:
        sign_in(clinic.db, "nobody", PASSWORD, now=START)
    assert str(wrong.value) == str(unknown.value)
    assert clinic.rows("SELECT 1 FROM login") == []


@pytest.mark.requirement("D5")
def test_staff_are_signed_out_when_idle_and_after_half_a_day_clients_after_a_month(clinic: Clinic) -> None:
    staff = sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    client = sign_in(clinic.db, "klient-kommun", PASSWORD, now=START)
    at = START
    for _ in range(28):
        at += timedelta(minutes=25)
        assert principal_for(clinic.db, staff.token, now=at) is not None
    assert principal_for(clinic.db, staff.token, now=START + timedelta(hours=12)) is None
    again = sign_in(clinic.db, "anna-kommun", PASSWORD, now=at)
    assert principal_for(clinic.db, again.token, now=at + timedelta(minutes=31)) is None
    assert principal_for(clinic.db, client.token, now=START + timedelta(days=29)) is not None
    assert principal_for(clinic.db, client.token, now=START + timedelta(days=30)) is None


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(clinic: Clinic) -> None:
    login = sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    for minutes in range(2, 30, 2):
        at = START + timedelta(minutes=minutes)
        assert principal_for(clinic.db, login.token, now=at, is_refresh=True) is not None
    idle = START + timedelta(minutes=30)
    assert principal_for(clinic.db, login.token, now=idle, is_refresh=True) is None


def test_signing_out_ends_the_login(clinic: Clinic) -> None:
    login = sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    auth.sign_out(clinic.db, login.token, now=START)
    assert principal_for(clinic.db, login.token, now=START) is None
    auth.sign_out(clinic.db, login.token, now=START)


@pytest.mark.requirement("D5")
def test_guessing_is_slowed_down_and_nobody_is_locked_out(clinic: Clinic) -> None:
    at = START
    for _ in range(auth.FREE_ATTEMPTS):
        with pytest.raises(SignInFailed):
            sign_in(clinic.db, "anna-kommun", "gissning", now=at)
    with pytest.raises(auth.TooManyAttempts) as slowed:
        sign_in(clinic.db, "anna-kommun", PASSWORD, now=at)
    assert 1 <= slowed.value.retry_after_s <= 61
    assert sign_in(clinic.db, "klient-kommun", PASSWORD, now=at).token
    assert sign_in(clinic.db, "anna-kommun", PASSWORD, now=at + auth.LONGEST_WAIT).token
    with pytest.raises(SignInFailed) as forgotten:
        sign_in(clinic.db, "anna-kommun", "gissning", now=at + auth.LONGEST_WAIT)
    assert not isinstance(forgotten.value, auth.TooManyAttempts)


def test_a_disabled_account_is_out_at_once(clinic: Clinic) -> None:
    login = sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE account SET disabled_at = now() WHERE username = 'anna-kommun'")
    assert principal_for(clinic.db, login.token, now=START) is None
    with pytest.raises(SignInFailed):
        sign_in(clinic.db, "anna-kommun", PASSWORD, now=START)


def test_a_strangers_guesses_slow_nobody_down_in_a_browser_that_is_known(clinic: Clinic) -> None:
    first = sign_in(clinic.db, "anna-kommun", PASSWORD, asker=Asker("10.0.0.1"), now=START)
    at = START + timedelta(minutes=1)
    for _ in range(auth.FREE_ATTEMPTS):
        with pytest.raises(SignInFailed):
            sign_in(clinic.db, "anna-kommun", "gissning", asker=Asker("10.9.9.9"), now=at)
    with pytest.raises(auth.TooManyAttempts):
        sign_in(clinic.db, "anna-kommun", PASSWORD, asker=Asker("10.0.0.1"), now=at)
    known = Asker("10.0.0.1", known=first.known_browser)
    assert sign_in(clinic.db, "anna-kommun", PASSWORD, asker=known, now=at).known_browser == known.known
    # It is known for its owner only, and its own wrong guesses count there, whoever else signs in with it.
    for _ in range(auth.FREE_ATTEMPTS):
        with pytest.raises(SignInFailed):
            sign_in(clinic.db, "anna-kommun", "gissning", asker=known, now=at)
    assert sign_in(clinic.db, "bo-kommun", PASSWORD, asker=Asker("10.0.0.2", known=known.known), now=at).token
    with pytest.raises(auth.TooManyAttempts):
        sign_in(clinic.db, "anna-kommun", PASSWORD, asker=known, now=at)


def test_one_place_that_tries_many_names_is_slowed_down_too(clinic: Clinic) -> None:
    asker = Asker("2001:db8:1:2::5")
    for number in range(40):
        with pytest.raises(SignInFailed):
            sign_in(clinic.db, f"namn{number}", "gissning", asker=asker, now=START)
    with pytest.raises(auth.TooManyAttempts):
        sign_in(clinic.db, "anna-kommun", PASSWORD, asker=Asker("2001:db8:1:2:ffff::1"), now=START)
    assert sign_in(clinic.db, "anna-kommun", PASSWORD, asker=Asker("2001:db8:9::1"), now=START).token

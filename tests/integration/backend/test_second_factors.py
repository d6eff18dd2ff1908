"""Authenticator apps, recovery codes, codes handed over in person, and what ends a login."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pyotp
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound, SignInFailed
from backend.services import account_codes, accounts, auth, enrolment, own_logins, second_factors
from backend.services.account_codes import CodeRefused
from backend.services.guessing import TooManyAttempts
from backend.services.password_rules import PasswordRefused
from backend.services.sign_in_steps import NOWHERE, REQUIRED, Asker, ProofNeeded, StepNeeded, StepOver
from backend.services.views import LoginResult
from backend.store.pool import Database
from tests.support.care import PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases

_NUMBERS = count()
HERE = Asker("10.0.0.1", "Firefox, Linux")


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        yield make_clinic(db, plan=False)


@pytest.fixture
def staff(clinic: Clinic) -> Principal:
    return add_account(clinic, f"ny{next(_NUMBERS)}", "clinician")


@pytest.fixture
def manager(clinic: Clinic) -> Principal:
    return add_account(clinic, f"chef{next(_NUMBERS)}", "manager")


def username(who: Principal) -> str:
    return who.display_name.lower()


def first_step(clinic: Clinic, who: Principal, password: str = PASSWORD) -> StepNeeded:
    with pytest.raises(StepNeeded) as needed:
        auth.sign_in(clinic.db, username(who), password, asker=HERE, now=START)
    return needed.value


def with_app(clinic: Clinic, who: Principal) -> tuple[pyotp.TOTP, tuple[str, ...], LoginResult]:
    """Staff with an authenticator app, enrolled as the sign-in asks for; its first code is used up."""
    step = first_step(clinic, who)
    assert step.kind == "enrol"
    app = pyotp.TOTP(second_factors.offer_totp(clinic.db, who, now=START).secret)
    codes, login = second_factors.enrol_totp(clinic.db, step.token, app.at(START), asker=HERE, now=START)
    return app, codes, login


@pytest.mark.requirement("D5")
def test_a_password_alone_opens_nothing_for_staff(clinic: Clinic, staff: Principal) -> None:
    step = first_step(clinic, staff)
    assert step.kind == "enrol"
    assert auth.principal_for(clinic.db, step.token, now=START) is None
    with pytest.raises(StepOver):
        second_factors.show_code(clinic.db, step.token, "000000", asker=HERE, now=START)
    with pytest.raises(StepOver):
        second_factors.enrol_totp(clinic.db, "x" * 43, "000000", asker=HERE, now=START)


def test_a_login_from_before_the_second_factor_was_asked_for_is_over(
    clinic: Clinic, staff: Principal
) -> None:
    from backend.services.sign_in_steps import OPTIONAL

    weak = auth.sign_in(clinic.db, username(staff), PASSWORD, policy=OPTIONAL, now=START)
    assert auth.principal_for(clinic.db, weak.token, policy=OPTIONAL, now=START) is not None
    assert auth.principal_for(clinic.db, weak.token, policy=REQUIRED, now=START) is None
    assert auth.principal_for(clinic.db, weak.token, policy=OPTIONAL, now=START) is None


@pytest.mark.requirement("D5")
def test_after_enrolling_the_code_is_asked_for_and_each_counts_once(clinic: Clinic, staff: Principal) -> None:
    app, codes, login = with_app(clinic, staff)
    assert len(set(codes)) == 8
    assert auth.principal_for(clinic.db, login.token, now=START) is not None
    step = first_step(clinic, staff)
    assert step.kind == "second_factor"
    with pytest.raises(SignInFailed):  # the code that enrolled is used up
        second_factors.show_code(clinic.db, step.token, app.at(START), asker=HERE, now=START)
    later = START + timedelta(seconds=30)
    assert second_factors.show_code(clinic.db, step.token, app.at(later), asker=HERE, now=later).token
    with pytest.raises(StepOver):
        second_factors.show_code(clinic.db, step.token, app.at(later), asker=HERE, now=later)
    again = first_step(clinic, staff)
    with pytest.raises(SignInFailed):
        second_factors.show_code(clinic.db, again.token, app.at(later), asker=HERE, now=later)
    with pytest.raises(SignInFailed):  # and so is every earlier one
        second_factors.show_code(
            clinic.db, again.token, app.at(later - timedelta(seconds=30)), asker=HERE, now=later
        )


def test_two_who_show_the_same_code_at_once_are_one_too_many(clinic: Clinic, staff: Principal) -> None:
    app, _, _ = with_app(clinic, staff)
    later = START + timedelta(seconds=60)
    steps = [first_step(clinic, staff).token for _ in range(4)]

    def show(token: str) -> bool:
        try:
            second_factors.show_code(clinic.db, token, app.at(later), asker=HERE, now=later)
        except SignInFailed:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(show, steps)) == 1


@pytest.mark.parametrize(("seconds", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(clinic: Clinic, staff: Principal, seconds: int, fits: bool) -> None:
    app, _, _ = with_app(clinic, staff)
    at = START + timedelta(minutes=3)
    step = first_step(clinic, staff)
    code = app.at(at + timedelta(seconds=seconds))
    if fits:
        assert second_factors.show_code(clinic.db, step.token, code, asker=HERE, now=at).token
    else:
        with pytest.raises(SignInFailed):
            second_factors.show_code(clinic.db, step.token, code, asker=HERE, now=at)


def test_a_recovery_code_works_once_and_only_for_its_owner(clinic: Clinic, staff: Principal) -> None:
    _, codes, _ = with_app(clinic, staff)
    other = add_account(clinic, f"annan{next(_NUMBERS)}", "clinician")
    with_app(clinic, other)
    with pytest.raises(SignInFailed):
        second_factors.show_code(clinic.db, first_step(clinic, other).token, codes[0], asker=HERE, now=START)
    typed = f" {codes[0].upper()} "
    assert second_factors.show_code(
        clinic.db, first_step(clinic, staff).token, typed, asker=HERE, now=START
    ).token
    with pytest.raises(SignInFailed):
        second_factors.show_code(clinic.db, first_step(clinic, staff).token, codes[0], asker=HERE, now=START)
    kept = clinic.rows("SELECT code_sha256 FROM recovery_code WHERE account_id = %s", staff.account_id)
    assert len(kept) == 8
    assert all(codes[0].encode() not in bytes(one["code_sha256"]) for one in kept)  # type: ignore[call-overload]


def test_guessing_codes_slows_down_but_not_in_a_browser_that_is_known(
    clinic: Clinic, staff: Principal
) -> None:
    app, _, login = with_app(clinic, staff)
    at = START + timedelta(minutes=10) - timedelta(seconds=1)
    step, stranger = first_step(clinic, staff), Asker("10.9.9.9")
    for _ in range(5):
        with pytest.raises(SignInFailed):
            second_factors.show_code(clinic.db, step.token, "000000", asker=stranger, now=at)
    with pytest.raises(TooManyAttempts):
        second_factors.show_code(clinic.db, step.token, app.at(at), asker=stranger, now=at)
    known = Asker("10.0.0.1", known=login.known_browser)
    assert second_factors.show_code(
        clinic.db, first_step(clinic, staff).token, app.at(at), asker=known, now=at
    ).token


def test_guessing_many_at_the_same_moment_gets_no_more_tries(clinic: Clinic, staff: Principal) -> None:
    with_app(clinic, staff)
    at = START + timedelta(minutes=2)
    steps = [first_step(clinic, staff).token for _ in range(12)]

    def guess(token: str) -> bool:
        try:
            second_factors.show_code(clinic.db, token, "000000", asker=Asker("10.9.9.8"), now=at)
        except TooManyAttempts:
            return False
        except SignInFailed:
            return True
        raise AssertionError("that was not the code")

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(guess, steps)) == 5


def test_a_step_ends_after_ten_minutes_and_with_the_account(
    clinic: Clinic, staff: Principal, manager: Principal
) -> None:
    app, _, _ = with_app(clinic, staff)
    step, late = first_step(clinic, staff), START + timedelta(minutes=10)
    with pytest.raises(StepOver):
        second_factors.show_code(clinic.db, step.token, app.at(late), asker=HERE, now=late)
    accounts.set_disabled(clinic.db, manager, staff.account_id, is_disabled=True, now=START)
    with pytest.raises(StepOver):
        second_factors.show_code(clinic.db, step.token, app.at(START), asker=HERE, now=START)


def test_a_factor_in_use_is_not_replaced_by_asking_for_another(clinic: Clinic, staff: Principal) -> None:
    with_app(clinic, staff)
    with pytest.raises(Conflict):
        second_factors.offer_totp(clinic.db, staff, now=START)


def test_changing_the_account_asks_who_it_is_after_ten_minutes(clinic: Clinic, staff: Principal) -> None:
    _, _, login = with_app(clinic, staff)
    own_logins.require_proved(clinic.db, staff, login.token, now=START + timedelta(minutes=10))
    later = START + timedelta(minutes=11)
    with pytest.raises(ProofNeeded):
        own_logins.require_proved(clinic.db, staff, login.token, now=later)
    with pytest.raises(SignInFailed):
        own_logins.prove(clinic.db, staff, login.token, "fel", now=later)
    new = own_logins.prove(clinic.db, staff, login.token, PASSWORD, now=later)
    assert auth.principal_for(clinic.db, login.token, now=later) is None
    found = auth.principal_for(clinic.db, new.token, now=later)
    assert found is not None
    assert found[1] == new.csrf_token != login.csrf_token
    own_logins.require_proved(clinic.db, staff, new.token, now=later)


def test_a_new_password_ends_every_other_login_and_renews_this_one(clinic: Clinic, staff: Principal) -> None:
    app, _, here = with_app(clinic, staff)
    later = START + timedelta(minutes=2)
    there = second_factors.show_code(
        clinic.db, first_step(clinic, staff).token, app.at(later), asker=HERE, now=later
    )
    change = own_logins.change_password
    with pytest.raises(SignInFailed):
        change(clinic.db, staff, here.token, "fel", "två blå igelkottar", asker=HERE, now=later)
    with pytest.raises(PasswordRefused) as same:
        change(clinic.db, staff, here.token, PASSWORD, PASSWORD, asker=HERE, now=later)
    assert same.value.why == "same"
    with pytest.raises(PasswordRefused):
        change(clinic.db, staff, here.token, PASSWORD, "sommar2026!", asker=HERE, now=later)
    new = change(clinic.db, staff, here.token, PASSWORD, "två blå igelkottar", asker=HERE, now=later)
    assert auth.principal_for(clinic.db, here.token, now=later) is None
    assert auth.principal_for(clinic.db, there.token, now=later) is None
    assert auth.principal_for(clinic.db, new.token, now=later) is not None
    assert first_step(clinic, staff, "två blå igelkottar").kind == "second_factor"


@pytest.mark.requirement("D5")
def test_ones_own_logins_are_seen_and_ended(clinic: Clinic, staff: Principal) -> None:
    app, _, here = with_app(clinic, staff)
    for minutes in (1, 2):
        at = START + timedelta(minutes=minutes)
        second_factors.show_code(
            clinic.db, first_step(clinic, staff).token, app.at(at), asker=Asker("", "Safari, iPhone"), now=at
        )
    seen = own_logins.overview(clinic.db, staff, here.token, now=at)
    assert [one.is_this for one in seen.logins].count(True) == 1
    assert {one.browser for one in seen.logins} == {"Firefox, Linux", "Safari, iPhone"}
    other = next(one for one in seen.logins if not one.is_this)
    with pytest.raises(NotFound):  # somebody else's
        own_logins.end_one(clinic.db, clinic.bo, other.login_id, now=at)
    own_logins.end_one(clinic.db, staff, other.login_id, now=at)
    assert own_logins.end_others(clinic.db, staff, here.token, now=at) == 1
    assert auth.principal_for(clinic.db, here.token, now=at) is not None


def test_an_invitation_sets_a_password_and_then_asks_for_a_second_factor(
    clinic: Clinic, manager: Principal
) -> None:
    name = f"inbjuden{next(_NUMBERS)}"
    made = accounts.invite(clinic.db, manager, name, "Inbjuden Person", "clinician", now=START)
    with pytest.raises(SignInFailed):
        auth.sign_in(clinic.db, name, "", now=START)
    with pytest.raises(CodeRefused):
        account_codes.use_for_password(clinic.db, "abcd-efgh-jkmn", asker=HERE, now=START)
    with pytest.raises(StepNeeded) as step:
        account_codes.use_for_password(clinic.db, made.code.upper().replace("-", " "), asker=HERE, now=START)
    assert step.value.kind == "password"
    with pytest.raises(CodeRefused):
        account_codes.use_for_password(clinic.db, made.code, asker=HERE, now=START)
    with pytest.raises(PasswordRefused):
        account_codes.choose_password(clinic.db, step.value.token, f"{name}2026", asker=HERE, now=START)
    with pytest.raises(StepNeeded) as enrol:
        account_codes.choose_password(
            clinic.db, step.value.token, "två blå igelkottar", asker=HERE, now=START
        )
    assert enrol.value.kind == "enrol"


@pytest.mark.requirement("D5")
def test_a_code_for_a_new_password_never_stands_for_the_second_factor(
    clinic: Clinic, staff: Principal, manager: Principal
) -> None:
    _, _, login = with_app(clinic, staff)
    made = accounts.issue_code(clinic.db, manager, staff.account_id, "password", now=START)
    with pytest.raises(StepNeeded) as step:
        account_codes.use_for_password(clinic.db, made.code, asker=HERE, now=START)
    with pytest.raises(StepNeeded) as second:
        account_codes.choose_password(
            clinic.db, step.value.token, "två blå igelkottar", asker=HERE, now=START
        )
    assert second.value.kind == "second_factor"
    assert auth.principal_for(clinic.db, login.token, now=START) is None


def test_a_new_start_removes_the_second_factor_and_asks_for_a_new_one(
    clinic: Clinic, staff: Principal, manager: Principal
) -> None:
    _, _, login = with_app(clinic, staff)
    made = accounts.issue_code(clinic.db, manager, staff.account_id, "restart", now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is not None, "only its use removes anything"
    with pytest.raises(StepNeeded) as step:
        account_codes.use_for_password(clinic.db, made.code, asker=HERE, now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is None
    with pytest.raises(SignInFailed) as old:
        auth.sign_in(clinic.db, username(staff), PASSWORD, asker=HERE, now=START)
    assert not isinstance(old.value, StepNeeded), (
        "who knows the old password could set up a factor of their own"
    )
    with pytest.raises(StepNeeded) as enrol:
        account_codes.choose_password(
            clinic.db, step.value.token, "två blå igelkottar", asker=HERE, now=START
        )
    assert enrol.value.kind == "enrol"
    events = own_logins.overview(clinic.db, staff, "", now=START).events
    assert any(one.kind == "code_restart" and one.by == manager.display_name for one in events)


def test_codes_end_with_time_with_a_newer_one_and_with_the_account(
    clinic: Clinic, staff: Principal, manager: Principal
) -> None:
    old = accounts.issue_code(clinic.db, manager, staff.account_id, "password", now=START)
    new = accounts.issue_code(clinic.db, manager, staff.account_id, "password", now=START)
    place = Asker("10.0.7.7")
    for code, at in ((old.code, START), (new.code, new.ends_at)):
        with pytest.raises(CodeRefused):
            account_codes.use_for_password(clinic.db, code, asker=place, now=at)
    accounts.set_disabled(clinic.db, manager, staff.account_id, is_disabled=True, now=START)
    with pytest.raises(CodeRefused):
        account_codes.use_for_password(clinic.db, new.code, asker=place, now=START)
    for _ in range(10):
        with pytest.raises((CodeRefused, TooManyAttempts)):
            account_codes.use_for_password(clinic.db, "fel", asker=place, now=START)
    with pytest.raises(TooManyAttempts):
        account_codes.use_for_password(clinic.db, "fel", asker=place, now=START)


@pytest.mark.requirement("D5")
def test_a_disabled_account_is_out_everywhere_at_once_and_comes_back_without_its_logins(
    clinic: Clinic, staff: Principal, manager: Principal
) -> None:
    _, _, login = with_app(clinic, staff)
    accounts.set_disabled(clinic.db, manager, staff.account_id, is_disabled=True, now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is None
    accounts.set_disabled(clinic.db, manager, staff.account_id, is_disabled=False, now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is None


def test_who_may_look_after_accounts(clinic: Clinic, staff: Principal, manager: Principal) -> None:
    operator = add_account(clinic, f"op{next(_NUMBERS)}", "operator")
    elsewhere = add_account(clinic, f"chef{next(_NUMBERS)}", "manager", unit=f"Enhet {next(_NUMBERS)}")
    for nobody in (staff, clinic.client):
        with pytest.raises(NotFound):
            accounts.of_staff(clinic.db, nobody, now=START)
    seen = {one.account_id for one in accounts.of_staff(clinic.db, manager, now=START)}
    assert staff.account_id in seen
    assert elsewhere.account_id not in seen
    assert clinic.client.account_id not in seen
    assert {staff.account_id, elsewhere.account_id} <= {
        one.account_id for one in accounts.of_staff(clinic.db, operator, now=START)
    }
    accounts.end_logins(clinic.db, operator, staff.account_id, now=START)
    for nobody in (operator, elsewhere, clinic.bo):  # no code from an operator, another unit, a colleague
        with pytest.raises(NotFound):
            accounts.issue_code(clinic.db, nobody, staff.account_id, "restart", now=START)
    with pytest.raises(NotFound):
        accounts.issue_code(clinic.db, manager, clinic.client.account_id, "password", now=START)
    with pytest.raises(NotFound):
        accounts.issue_code(clinic.db, manager, operator.account_id, "restart", now=START)
    with pytest.raises(Forbidden):
        accounts.issue_code(clinic.db, manager, manager.account_id, "restart", now=START)
    with pytest.raises(NotFound):
        accounts.invite(clinic.db, operator, "xx", "Xx", "clinician", now=START)
    with pytest.raises(Invalid):
        accounts.invite(clinic.db, manager, "xx", "Xx", "operator", now=START)


def test_another_tenants_manager_finds_nothing(clinic: Clinic, staff: Principal) -> None:
    enrolment.create_tenant(clinic.db, SYSTEM, "granne", "Grannkommun", "municipality", now=START)
    unit = enrolment.create_unit(clinic.db, SYSTEM, "granne", "Öppenvården")
    other = enrolment.create_account(
        clinic.db, SYSTEM, "granne", username="grannchef", display_name="G", role="manager",
        password=PASSWORD, unit_id=unit, now=START,
    )  # fmt: skip
    neighbour = Principal(other, "granne", "manager", unit, None, "G", "sv")
    assert {one.account_id for one in accounts.of_staff(clinic.db, neighbour, now=START)} == {other}
    for act in (
        lambda: accounts.end_logins(clinic.db, neighbour, staff.account_id, now=START),
        lambda: accounts.issue_code(clinic.db, neighbour, staff.account_id, "restart", now=START),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_client_needs_no_second_factor_but_keeps_one_they_set_up(clinic: Clinic) -> None:
    login = auth.sign_in(clinic.db, "klient-kommun", PASSWORD, asker=NOWHERE, now=START)
    assert auth.principal_for(clinic.db, login.token, now=START) is not None
    app = pyotp.TOTP(second_factors.offer_totp(clinic.db, clinic.client, now=START).secret)
    second_factors.confirm_totp(clinic.db, clinic.client, app.at(START), asker=HERE, now=START)
    with pytest.raises(StepNeeded):
        auth.sign_in(clinic.db, "klient-kommun", PASSWORD, now=START)
    second_factors.remove_totp(clinic.db, clinic.client, asker=HERE, now=START)
    assert auth.sign_in(clinic.db, "klient-kommun", PASSWORD, now=START).token

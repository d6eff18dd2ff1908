"""Where it takes two, one person with two accounts is one, however the second was come by (decision 0019)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from backend.access.principal import Principal
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import account_codes, accounts, auth, deletion, emergencies, own_logins
from backend.services.sign_in_steps import NOWHERE, OPTIONAL, StepNeeded
from backend.services.two_persons import APART, SameHand, SamePerson, hands
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases

LATER = START + timedelta(days=12 * 365)
"""Every record may go by now."""
WORDS = "Hon ringde och lät illa däran"
_NUMBERS = count()


@pytest.fixture(scope="module")
def shared(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        yield make_clinic(db)


@pytest.fixture
def clinic(shared: Clinic) -> Iterator[Clinic]:
    """One clinic for all tests; what a test that failed left open is taken back."""
    yield shared
    chief = manager(shared)
    for case in deletion.cases(shared.db, chief):
        if case.withdrawn_at is None:
            deletion.withdraw(shared.db, chief, case.case_id, now=LATER)


def manager(clinic: Clinic) -> Principal:
    """A manager whom nobody let in: the platform's own command did."""
    return add_account(clinic, f"chef{next(_NUMBERS)}", "manager")


def let_in(clinic: Clinic, code: str, name: str) -> Principal:
    """Whoever holds the code sets the password and signs in; that may be anybody."""
    with pytest.raises(StepNeeded) as step:
        account_codes.use_for_password(clinic.db, code, asker=NOWHERE, now=LATER)
    login = account_codes.choose_password(
        clinic.db,
        step.value.token,
        f"två blå igelkottar {next(_NUMBERS)}",
        asker=NOWHERE,
        policy=OPTIONAL,
        now=LATER,
    )
    found = auth.principal_for(clinic.db, login.token, policy=OPTIONAL, now=LATER)
    assert found is not None
    assert found[0].display_name == name
    return found[0]


def invited(clinic: Clinic, by: Principal, role: str = "manager") -> Principal:
    name = f"Ny {next(_NUMBERS)}"
    made = accounts.invite(clinic.db, by, f"ny{next(_NUMBERS)}", name, role, now=LATER)
    return let_in(clinic, made.code, name)


def again(clinic: Clinic, by: Principal, whose: Principal, purpose: str) -> Principal:
    made = accounts.issue_code(clinic.db, by, whose.account_id, purpose, now=LATER)
    return let_in(clinic, made.code, whose.display_name)


def refused(clinic: Clinic, first: Principal, second: Principal) -> None:
    """Neither can agree to what the other proposed."""
    for one, other in ((first, second), (second, first)):
        case = deletion.propose(clinic.db, one, clinic.client_id, "Tiden är ute", now=LATER)
        with pytest.raises(SameHand):
            deletion.approve(clinic.db, other, case, now=LATER)
        deletion.withdraw(clinic.db, one, case, now=LATER)


@pytest.mark.requirement("L7", "H16")
def test_an_account_one_invited_oneself_is_no_second_person(clinic: Clinic) -> None:
    alone = manager(clinic)
    refused(clinic, alone, invited(clinic, alone))


@pytest.mark.requirement("L7")
@pytest.mark.parametrize("purpose", ["restart", "password"])
def test_a_colleagues_account_one_gave_a_code_for_is_no_second_person(clinic: Clinic, purpose: str) -> None:
    alone, colleague = manager(clinic), manager(clinic)
    case = deletion.propose(clinic.db, alone, clinic.client_id, "Tiden är ute", now=LATER)
    taken = again(clinic, alone, colleague, purpose)
    with pytest.raises(SameHand):
        deletion.approve(clinic.db, taken, case, now=LATER)
    deletion.withdraw(clinic.db, alone, case, now=LATER)
    refused(clinic, alone, taken)


@pytest.mark.requirement("L7")
def test_neither_a_chain_of_invitations_nor_two_invited_by_one_help(clinic: Clinic) -> None:
    alone = manager(clinic)
    one, two = invited(clinic, alone), invited(clinic, alone)
    refused(clinic, one, two)
    refused(clinic, alone, invited(clinic, one))
    assert hands({}, alone.account_id) == {alone.account_id}


@pytest.mark.requirement("L7")
def test_a_second_manager_or_technical_support_confirms_and_nobody_in_the_same_hands(clinic: Clinic) -> None:
    alone, colleague = manager(clinic), manager(clinic)
    new = invited(clinic, alone)
    puppet = invited(clinic, alone)
    [line] = [
        one for one in accounts.of_staff(clinic.db, alone, now=LATER) if one.account_id == new.account_id
    ]
    assert (line.let_in_by, line.can_confirm) == ((alone.display_name,), False)
    for same in (alone, puppet):
        with pytest.raises(SameHand):
            accounts.confirm(clinic.db, same, new.account_id, now=LATER)
    with pytest.raises(Forbidden):
        accounts.confirm(clinic.db, new, new.account_id, now=LATER)
    elsewhere = add_account(clinic, f"chef{next(_NUMBERS)}", "manager", unit=f"Enhet {next(_NUMBERS)}")
    for stranger in (elsewhere, clinic.anna, clinic.client):
        with pytest.raises(NotFound):
            accounts.confirm(clinic.db, stranger, new.account_id, now=LATER)
    refused(clinic, alone, new)

    [line] = [
        one for one in accounts.of_staff(clinic.db, colleague, now=LATER) if one.account_id == new.account_id
    ]
    assert line.can_confirm
    accounts.confirm(clinic.db, colleague, new.account_id, now=LATER)
    case = deletion.propose(clinic.db, alone, clinic.client_id, "Tiden är ute", now=LATER)
    deletion.approve(clinic.db, new, case, now=LATER)
    deletion.withdraw(clinic.db, alone, case, now=LATER)
    events = own_logins.overview(clinic.db, new, "", now=LATER).events
    assert [one.by for one in events if one.kind == "confirmed"] == [colleague.display_name]

    # A code after that counts again; technical support, which hands out no codes, may confirm, too.
    later = LATER + timedelta(seconds=1)
    made = accounts.issue_code(clinic.db, alone, new.account_id, "restart", now=later)
    support = add_account(clinic, f"it{next(_NUMBERS)}", "operator")
    with pytest.raises(StepNeeded) as step:
        account_codes.use_for_password(clinic.db, made.code, asker=NOWHERE, now=later)
    with pytest.raises(Invalid):  # who will choose the password is not known yet
        accounts.confirm(clinic.db, support, new.account_id, now=later)
    account_codes.choose_password(
        clinic.db, step.value.token, "tre blå igelkottar", asker=NOWHERE, policy=OPTIONAL, now=later
    )
    case = deletion.propose(clinic.db, alone, clinic.client_id, "Tiden är ute", now=later)
    with pytest.raises(SameHand):
        deletion.approve(clinic.db, new, case, now=later)
    accounts.confirm(clinic.db, support, new.account_id, now=later)
    deletion.approve(clinic.db, new, case, now=later)
    deletion.withdraw(clinic.db, alone, case, now=later)


@pytest.mark.requirement("L7")
def test_after_ninety_days_it_counts_and_an_unused_code_never_did(clinic: Clinic) -> None:
    alone, colleague = manager(clinic), manager(clinic)
    new = invited(clinic, alone)
    accounts.issue_code(clinic.db, alone, colleague.account_id, "restart", now=LATER)
    for second, at in ((new, LATER + APART), (colleague, LATER)):
        case = deletion.propose(clinic.db, alone, clinic.client_id, "Tiden är ute", now=at)
        deletion.approve(clinic.db, second, case, now=at)
        deletion.withdraw(clinic.db, alone, case, now=at)
    case = deletion.propose(clinic.db, alone, clinic.client_id, "Tiden är ute", now=LATER)
    with pytest.raises(SameHand):
        deletion.approve(clinic.db, new, case, now=LATER + APART - timedelta(seconds=1))
    with pytest.raises(SamePerson):
        deletion.approve(clinic.db, alone, case, now=LATER + APART)


@pytest.mark.requirement("L5", "D7")
def test_a_manager_does_not_review_what_an_account_they_let_in_looked_at(clinic: Clinic) -> None:
    alone, colleague = manager(clinic), manager(clinic)
    look = invited(clinic, alone, "clinician")
    opened = emergencies.open_emergency(clinic.db, look, "K-01", "acute_risk", WORDS, now=LATER)
    with pytest.raises(SameHand):
        emergencies.review(clinic.db, alone, opened.emergency_id, "justified", WORDS, now=LATER)
    assert _waits(clinic, alone, opened)
    emergencies.review(clinic.db, colleague, opened.emergency_id, "not_justified", WORDS, now=LATER)
    assert not _waits(clinic, alone, opened)


def _waits(clinic: Clinic, chief: Principal, opened: emergencies.Emergency) -> bool:
    waiting = emergencies.of_unit(clinic.db, chief, now=LATER)
    return any(one.emergency_id == opened.emergency_id and one.reviewed_at is None for one in waiting)


def test_an_invitation_is_for_an_account_nobody_uses_yet(clinic: Clinic) -> None:
    chief = manager(clinic)
    waiting = accounts.invite(clinic.db, chief, f"ny{next(_NUMBERS)}", "Ny Kollega", "clinician", now=LATER)
    [line] = [
        one for one in accounts.of_staff(clinic.db, chief, now=LATER) if one.display_name == "Ny Kollega"
    ]
    accounts.issue_code(clinic.db, chief, line.account_id, "invite", now=LATER)  # the first one was lost
    with pytest.raises(account_codes.CodeRefused):
        account_codes.use_for_password(clinic.db, waiting.code, asker=NOWHERE, now=LATER)
    for used in (clinic.anna, invited(clinic, chief, "clinician")):
        with pytest.raises(accounts.StartedAlready):
            accounts.issue_code(clinic.db, chief, used.account_id, "invite", now=LATER)
        events = own_logins.overview(clinic.db, used, "", now=LATER).events
        assert [one.kind for one in events].count("code_invite") <= 1, "nothing was made"

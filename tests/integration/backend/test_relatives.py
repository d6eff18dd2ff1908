"""Relatives see what the client shares, while it is shared, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID, uuid4

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import BackendError, Forbidden, Invalid, NotFound
from backend.services import access_log, alerts, assessment, clients, enrolment, messages, relatives, triage
from backend.services.relative_views import SCOPES, RelativeView, Scope, SharedSeries
from backend.store.pool import Database
from tests.support.care import PASSWORD, START, Clinic, add_client, make_clinic, stranger
from tests.support.servers import TestDatabases

NOW = START + timedelta(hours=9)


@pytest.fixture(scope="module")
def shared_clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        made.blow(NOW - timedelta(minutes=40), 0.42)
        made.blow(NOW - timedelta(minutes=20), 0.42)
        assessment.sweep(db, now=NOW)
        assessment.assess_due(db, now=NOW)
        yield made


@pytest.fixture
def clinic(shared_clinic: Clinic) -> Clinic:
    """The clinic, and a client who has no relative."""
    db, client = shared_clinic.db, shared_clinic.client
    for one in relatives.of_client(db, client, shared_clinic.client_id, now=NOW):
        if one.state != "ended":
            relatives.end(db, client, one.relative_id, now=NOW)
    return shared_clinic


def invited(clinic: Clinic, *scopes: Scope) -> tuple[Principal, UUID]:
    relative_id, token, _ = relatives.invite(clinic.db, clinic.client, "Mamma", "Kim", scopes, now=NOW)
    account_id = accepted(clinic, token, f"mamma-{uuid4()}")
    return Principal(account_id, clinic.tenant_id, "relative", None, None, "Karin", "sv"), relative_id


def accepted(clinic: Clinic, token: str, username: str) -> UUID:
    return relatives.accept(
        clinic.db, token, username=username, display_name="Karin", password=PASSWORD, now=NOW
    )


def in_force(clinic: Clinic) -> list[RelativeView]:
    found = relatives.of_client(clinic.db, clinic.anna, clinic.client_id, now=NOW)
    return [one for one in found if one.state != "ended"]


def seen(clinic: Clinic, who: Principal, now: datetime = NOW) -> SharedSeries:
    return relatives.shared_series(
        clinic.db,
        who,
        clinic.client_id,
        START,
        NOW + timedelta(days=1),
        now=now,
    )


def test_nothing_is_shared_until_the_client_says_so(clinic: Clinic) -> None:
    mother, _ = invited(clinic)
    with pytest.raises(NotFound):
        seen(clinic, mother)
    [client] = relatives.shared_with_me(clinic.db, mother, now=NOW)
    assert (client.client_id, client.shown_as, dict(client.scopes)) == (clinic.client_id, "Kim", {})


@pytest.mark.parametrize("scope", SCOPES)
def test_each_thing_shared_shows_itself_and_nothing_more(clinic: Clinic, scope: Scope) -> None:
    mother, _ = invited(clinic, scope)
    series = seen(clinic, mother)
    assert bool(series.coming) == (scope == "plan")
    assert bool(series.past) == (scope == "attendance")
    assert bool(series.readings) == (scope in {"results", "values"})
    assert all((one.brac_mg_per_l is not None) == (scope == "values") for one in series.readings)
    assert set(series.client.scopes) == {scope}


def test_what_is_taken_back_or_past_its_end_is_gone_at_once(clinic: Clinic) -> None:
    mother, relative_id = invited(clinic, "results")
    until = NOW + timedelta(days=2)
    relatives.share(clinic.db, clinic.client, relative_id, "plan", ends_at=until, now=NOW)
    assert seen(clinic, mother).coming and seen(clinic, mother).readings
    relatives.stop_sharing(clinic.db, clinic.client, relative_id, "results", now=NOW)
    assert seen(clinic, mother).readings == ()
    with pytest.raises(NotFound):
        seen(clinic, mother, until)
    [told] = in_force(clinic)
    assert set(told.on) == {"plan"}
    assert sorted(one.scope for one in told.history) == ["plan", "results"]
    relatives.end(clinic.db, clinic.client, relative_id, now=NOW)
    assert relatives.shared_with_me(clinic.db, mother, now=NOW) == ()
    with pytest.raises(NotFound):
        relatives.share(clinic.db, clinic.client, relative_id, "plan", now=NOW)


def test_a_relative_finds_nothing_anywhere_else(clinic: Clinic) -> None:
    mother, _ = invited(clinic, *SCOPES)
    for call in (
        lambda: clients.overview(clinic.db, mother, clinic.client_id, now=NOW),
        lambda: clients.series(clinic.db, mother, clinic.client_id, START, NOW, now=NOW),
        lambda: clients.mark_reviewed(clinic.db, mother, clinic.client_id, now=NOW),
        lambda: messages.thread(clinic.db, mother, clinic.client_id, now=NOW),
        lambda: relatives.of_client(clinic.db, mother, clinic.client_id, now=NOW),
        lambda: relatives.invite(clinic.db, mother, "Pappa", "Kim", now=NOW),
    ):
        with pytest.raises(NotFound):
            call()
    for list_ in (triage.triage_list, alerts.open_alerts):
        with pytest.raises(Forbidden):
            list_(clinic.db, mother, now=NOW)
    other = add_client(clinic.db, clinic.unit_id, "K-02", now=NOW)
    with pytest.raises(NotFound):
        relatives.shared_series(clinic.db, mother, other, START, NOW, now=NOW)


def test_only_the_client_decides_what_is_shared(clinic: Clinic) -> None:
    _, relative_id = invited(clinic, "plan")
    for who in (clinic.anna, clinic.bo, stranger(), stranger("annan"), SYSTEM):
        with pytest.raises(NotFound):
            relatives.share(clinic.db, who, relative_id, "values", now=NOW)
        with pytest.raises(NotFound):
            relatives.end(clinic.db, who, relative_id, now=NOW)
    for who in (clinic.bo, stranger("annan")):
        with pytest.raises(NotFound):
            relatives.of_client(clinic.db, who, clinic.client_id, now=NOW)
    with pytest.raises(Forbidden):
        relatives.shared_with_me(clinic.db, clinic.anna, now=NOW)
    with pytest.raises(Invalid):
        enrolment.create_account(
            clinic.db, SYSTEM, clinic.tenant_id, username="x1", display_name="X", role="relative",
            password=PASSWORD, now=NOW,
        )  # fmt: skip


def test_an_invitation_works_once_and_not_for_ever(clinic: Clinic) -> None:
    _, token, ends_at = relatives.invite(clinic.db, clinic.client, " Min  syster ", "Kim", now=NOW)
    assert relatives.open_invitation(clinic.db, token, now=NOW).called == "Min syster"
    for wrong in (token, token[:-1], ""):
        with pytest.raises(NotFound):
            relatives.open_invitation(clinic.db, wrong, now=ends_at)
    accepted(clinic, token, "syster")
    with pytest.raises(NotFound):
        accepted(clinic, token, "annan")


@pytest.mark.parametrize(
    ("called", "scopes", "days"),
    [("", (), None), ("x" * 81, (), None), ("M", ("all",), None), ("M", ("plan",), 0)],
)
def test_an_impossible_invitation_is_refused_and_leaves_nothing(
    clinic: Clinic, called: str, scopes: tuple[Scope, ...], days: int | None
) -> None:
    ends_at = None if days is None else NOW + timedelta(days=days)
    with pytest.raises(BackendError):
        relatives.invite(clinic.db, clinic.client, called, "Kim", scopes, ends_at=ends_at, now=NOW)
    assert all(
        one.state == "ended"
        for one in relatives.of_client(clinic.db, clinic.client, clinic.client_id, now=NOW)
    )


def test_one_relative_can_have_two_clients(clinic: Clinic) -> None:
    mother, _ = invited(clinic, "plan")
    other = add_client(clinic.db, clinic.unit_id, "K-03", now=NOW)
    account = enrolment.create_account(
        clinic.db, SYSTEM, clinic.tenant_id, username="k2", display_name="K2", role="client", password=PASSWORD,
        client_id=other, now=NOW,
    )  # fmt: skip
    second = Principal(account, clinic.tenant_id, "client", None, other, "K2", "sv")
    _, token, _ = relatives.invite(clinic.db, second, "Mor", "Lo", now=NOW)
    relatives.accept_signed_in(clinic.db, mother, token, now=NOW)
    assert [one.shown_as for one in relatives.shared_with_me(clinic.db, mother, now=NOW)] == ["Kim", "Lo"]


def test_what_relatives_see_and_clients_decide_stands_in_the_log(clinic: Clinic) -> None:
    mother, relative_id = invited(clinic, "plan")
    seen(clinic, mother)
    relatives.end(clinic.db, clinic.client, relative_id, now=NOW)
    logged = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert {(one.role, one.action) for one in logged} >= {
        ("client", "relative_invited"),
        ("client", "sharing_given"),
        ("relative", "relative_accepted"),
        ("relative", "shared_with_relative"),
        ("client", "relative_ended"),
    }


def test_a_consent_is_never_rewritten(clinic: Clinic) -> None:
    invited(clinic, "plan")
    with psycopg.connect(clinic.db.conninfo) as conn, pytest.raises(psycopg.errors.RaiseException):
        conn.execute("UPDATE sharing SET scope = 'values'")


def test_the_scopes_are_those_of_the_table(clinic: Clinic) -> None:
    assert set(get_args(Scope)) == set(SCOPES)
    [row] = clinic.rows(
        "SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint WHERE conname = 'sharing_scope_check'"
    )
    assert all(f"'{scope}'" in str(row["said"]) for scope in SCOPES)

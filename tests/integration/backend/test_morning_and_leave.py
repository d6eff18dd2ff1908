"""The clinician's morning: what changed, filters, saved views; and a colleague on leave. Who may, and who may not."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.domain.triage_filter import TriageFilter
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import (
    access_log,
    alerts,
    assessment,
    clients,
    contacts,
    enrolment,
    leave_cover,
    morning,
    triage,
)
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_account, add_client, make_clinic, stranger
from tests.support.servers import TestDatabases

NOW = START.replace(hour=18, minute=30)
LATER = NOW + timedelta(hours=2)
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        for after, brac in ((0, 0.42), (17, 0.40)):
            at = NOW + timedelta(minutes=after)
            made.blow(at, brac)
            assessment.sweep(db, now=at + timedelta(seconds=3))
            assessment.assess_due(db, now=at + timedelta(seconds=3))
        yield made


@pytest.fixture(scope="module")
def chef(clinic: Clinic) -> Principal:
    return add_account(clinic, "chef", "manager")


def kinds(clinic: Clinic, person: Principal, now: object) -> set[str]:
    return {item.kind for item in morning.summary(clinic.db, person, now=now).items}  # type: ignore[arg-type]


def test_the_summary_tells_what_came_and_begins_anew_when_gone_through(clinic: Clinic) -> None:
    assert kinds(clinic, clinic.anna, LATER) == {"opened", "joined"}
    morning.gone_through(clinic.db, clinic.anna, now=LATER)
    assert kinds(clinic, clinic.anna, LATER + timedelta(minutes=1)) == set()


def test_mine_goes_by_the_account_and_not_by_the_name(clinic: Clinic) -> None:
    namesake = add_account(clinic, "anna-2", "clinician")
    client_id = add_client(clinic.db, clinic.unit_id, "K-77", now=START)
    for who in (clinic.anna, namesake):
        enrolment.assign(clinic.db, SYSTEM, who.account_id, client_id, now=START)
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute(
            "UPDATE account SET display_name = %s WHERE account_id = %s",
            (clinic.anna.display_name, namesake.account_id),
        )
    mine = morning.filtered(triage.triage_list(clinic.db, namesake, now=LATER), TriageFilter(whose="mine"))
    assert [row.alias for row in mine] == ["K-77"], "the second of two clinicians has the client, too"
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(b"UPDATE assignment SET to_at = from_at WHERE client_id = %s", (client_id,))


def test_whoever_sees_no_client_hears_of_none(clinic: Clinic) -> None:
    assert kinds(clinic, clinic.bo, LATER) == set()
    for person in (clinic.client, add_account(clinic, "olle", "operator")):
        with pytest.raises(Forbidden):
            morning.summary(clinic.db, person, now=LATER)
        with pytest.raises(Forbidden):
            morning.gone_through(clinic.db, person, now=LATER)


def test_views_are_ones_own(clinic: Clinic) -> None:
    wish = TriageFilter(("worsening",), "mine", True)
    morning.save_view(clinic.db, clinic.anna, "  Mina  nya ", wish, now=LATER)
    [view] = morning.views_of(clinic.db, clinic.anna)
    assert (view.name, view.wish) == ("Mina nya", wish)
    assert morning.views_of(clinic.db, clinic.bo) == ()
    with pytest.raises(NotFound):
        morning.drop_view(clinic.db, clinic.bo, view.view_id)
    morning.drop_view(clinic.db, clinic.anna, view.view_id)
    assert morning.views_of(clinic.db, clinic.anna) == ()
    with pytest.raises(Invalid):
        morning.save_view(clinic.db, clinic.anna, " ", wish, now=LATER)


def test_filters_keep_the_order_and_know_whose_a_client_is(clinic: Clinic) -> None:
    found = triage.triage_list(clinic.db, clinic.anna, now=LATER)
    assert morning.filtered(found, TriageFilter()) == found.rows
    for wish, count in (
        (TriageFilter(whose="mine"), 1),
        (TriageFilter(whose="cover"), 0),
        (TriageFilter(("confirmed_positive",), untaken=True), 1),
        (TriageFilter(("stable",)), 0),
    ):
        assert len(morning.filtered(found, wish)) == count


def test_only_the_absent_and_the_manager_of_the_unit_arrange_leave(clinic: Clinic, chef: Principal) -> None:
    span = (LATER, LATER + WEEK)
    people = (clinic.anna.account_id, clinic.bo.account_id)
    elsewhere = add_account(clinic, "eva", "clinician", unit="Annan enhet")
    tries: list[tuple[Principal, type[Exception]]] = [
        (clinic.bo, Forbidden), (clinic.client, Forbidden), (stranger(), Forbidden),
        (add_account(clinic, "oskar", "operator"), Forbidden),
        (add_account(clinic, "chef2", "manager", unit="B"), NotFound),
    ]  # fmt: skip
    for person, refused in tries:
        with pytest.raises(refused):
            leave_cover.arrange(clinic.db, person, *people, *span, now=LATER)
    with pytest.raises(NotFound):
        leave_cover.arrange(clinic.db, chef, people[0], elsewhere.account_id, *span, now=LATER)
    with pytest.raises(Invalid):
        leave_cover.arrange(clinic.db, chef, *people, span[1], span[0], now=LATER)


def test_a_colleague_sees_the_clients_for_as_long_as_the_leave_lasts(clinic: Clinic, chef: Principal) -> None:
    begins, ends = LATER + timedelta(days=1), LATER + timedelta(days=4)
    people = (clinic.anna.account_id, clinic.bo.account_id)
    cover = leave_cover.arrange(clinic.db, clinic.anna, *people, begins, ends, now=LATER)

    def sees(person: Principal, now: object) -> bool:
        try:
            clients.overview(clinic.db, person, clinic.client_id, now=now)  # type: ignore[arg-type]
        except NotFound:
            return False
        return True

    assert [sees(clinic.bo, at) for at in (LATER, begins, ends)] == [False, True, False]
    [row] = triage.triage_list(clinic.db, clinic.bo, now=begins).rows
    assert (row.stands_in_for, row.owner) == ("Anna-Kommun", "Anna-Kommun")
    assert not sees(chef, begins)
    assert "cover_arranged" in {
        e.action for e in access_log.looked(clinic.db, clinic.client, clinic.client_id, now=begins)
    }
    with pytest.raises(Forbidden):
        leave_cover.end(clinic.db, add_account(clinic, "disa", "clinician"), cover, now=begins)
    leave_cover.end(clinic.db, chef, cover, now=begins + timedelta(hours=1))
    assert not sees(clinic.bo, begins + timedelta(hours=1))
    assert leave_cover.desk(clinic.db, chef, now=begins + timedelta(hours=1)).covers == ()


def test_what_colleagues_did_is_told_with_their_name(clinic: Clinic, chef: Principal) -> None:
    begins = LATER + timedelta(days=6)
    people = (clinic.anna.account_id, clinic.bo.account_id)
    leave_cover.arrange(clinic.db, chef, *people, begins, begins + WEEK, now=begins)
    morning.gone_through(clinic.db, clinic.anna, now=begins)
    later = begins + timedelta(hours=3)
    [row] = triage.triage_list(clinic.db, clinic.bo, now=later).rows
    assert row.alert is not None
    alerts.act(clinic.db, clinic.bo, row.alert.alert_id, now=later)
    contacts.add(clinic.db, clinic.bo, clinic.client_id, "phone", True, "Ringde", later, now=later)
    found = morning.summary(clinic.db, clinic.anna, now=later + timedelta(minutes=1)).items
    assert {(one.kind, one.by) for one in found} == {("taken", "Bo-Kommun"), ("contact", "Bo-Kommun")}

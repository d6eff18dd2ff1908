"""Handing clients over: who may, when access ends and begins, who hears of it, and what the database itself shows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.access.principal import SYSTEM, Principal
from backend.access.visibility import visible_clients
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import (
    access_log,
    accounts,
    alerts,
    assessment,
    care_relations,
    clients,
    emergencies,
    enrolment,
    leave_cover,
    messages,
)
from backend.services.care_relations import CareMoved, Change, LeftAlone
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_account, add_client, make_clinic, stranger
from tests.support.servers import TestDatabases

NOW = START + timedelta(hours=9)
FRIDAY = NOW + timedelta(days=4)
WHY = "Anna slutar hos oss"


@pytest.fixture
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        make_clinic(db, tenant_id="annan")
        yield made


@pytest.fixture
def chief(clinic: Clinic) -> Principal:
    return add_account(clinic, "chefen", "manager")


def sees(clinic: Clinic, who: Principal, at: datetime, client_id: UUID | None = None) -> bool:
    try:
        clients.overview(clinic.db, who, client_id or clinic.client_id, now=at)
    except NotFound:
        return False
    return True


def over(clinic: Clinic, *client_ids: UUID, at: datetime | None = None) -> Change:
    return Change(
        "handed_over",
        client_ids or (clinic.client_id,),
        WHY,
        from_id=clinic.anna.account_id,
        to_id=clinic.bo.account_id,
        at=at,
    )


def test_a_manager_hands_over_many_at_a_stated_time_and_sees_none_of_them(
    clinic: Clinic, chief: Principal
) -> None:
    second = add_client(clinic.db, clinic.unit_id, "K-02", now=START)
    enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, second, now=START)
    assert (
        care_relations.decide(clinic.db, chief, over(clinic, clinic.client_id, second, at=FRIDAY), now=NOW)
        == 2
    )
    before, after = FRIDAY - timedelta(seconds=1), FRIDAY
    for client_id in (clinic.client_id, second):
        assert sees(clinic, clinic.anna, before, client_id) and not sees(
            clinic, clinic.anna, after, client_id
        )
        assert not sees(clinic, clinic.bo, before, client_id) and sees(clinic, clinic.bo, after, client_id)
        assert not sees(clinic, chief, NOW, client_id)
    told = clinic.rows(
        "SELECT account_id, client_id FROM notice WHERE subject_kind = 'handover' ORDER BY step"
    )
    assert told == [{"account_id": who.account_id, "client_id": None} for who in (clinic.bo, clinic.anna)]
    looked = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert any((one.action, one.role) == ("care_handed_over", "manager") for one in looked)


@pytest.mark.requirement("L4")
def test_the_database_itself_shows_the_record_to_the_new_one_and_no_longer_to_the_old(
    clinic: Clinic, chief: Principal
) -> None:
    clinic.blow(NOW - timedelta(minutes=5), 0.0)
    messages.send(clinic.db, clinic.client, clinic.client_id, "Hej", now=NOW)

    def shown(who: Principal, at: datetime) -> tuple[int, ...]:
        with clinic.db.transaction(who) as conn:
            visible_clients(conn, who, at)
            found = [
                conn.execute(f"SELECT count(*) AS n FROM {table}".encode()).fetchone()
                for table in ("reading", "message")
            ]
        return tuple(row["n"] for row in found if row)

    assert shown(clinic.anna, NOW) == (1, 1) and shown(clinic.bo, NOW) == (0, 0)
    care_relations.decide(clinic.db, chief, over(clinic, at=FRIDAY), now=NOW)
    assert shown(clinic.anna, FRIDAY) == (0, 0) and shown(clinic.bo, FRIDAY) == (1, 1)
    assert shown(chief, FRIDAY) == (0, 0)
    with clinic.db.transaction(chief) as conn, pytest.raises(Exception, match="permission denied"):
        conn.execute("DELETE FROM care_change")


def test_a_clinician_hands_over_their_own_and_nobody_elses(clinic: Clinic) -> None:
    other = add_client(clinic.db, clinic.unit_id, "K-02", now=START)
    enrolment.assign(clinic.db, SYSTEM, clinic.bo.account_id, other, now=START)
    with pytest.raises(NotFound):
        care_relations.decide(clinic.db, clinic.anna, over(clinic, clinic.client_id, other), now=NOW)
    with pytest.raises(Forbidden):
        care_relations.decide(clinic.db, clinic.bo, over(clinic), now=NOW)
    assert sees(clinic, clinic.anna, NOW), "what was refused changed nothing"
    assert care_relations.decide(clinic.db, clinic.anna, over(clinic), now=NOW) == 1
    assert not sees(clinic, clinic.anna, NOW) and sees(clinic, clinic.bo, NOW)
    with pytest.raises(NotFound):
        care_relations.decide(clinic.db, clinic.anna, over(clinic), now=NOW)


def test_an_emergency_is_no_relation_to_hand_over(clinic: Clinic) -> None:
    emergencies.open_emergency(clinic.db, clinic.bo, "K-01", "acute_risk", "Ringde och lät illa", now=NOW)
    wish = Change("assigned", (clinic.client_id,), WHY, to_id=clinic.bo.account_id)
    with pytest.raises(NotFound):
        care_relations.decide(clinic.db, clinic.bo, wish, now=NOW)


def test_neither_other_roles_nor_other_units_nor_other_tenants_may(clinic: Clinic) -> None:
    elsewhere = add_account(clinic, "chefen-2", "manager", unit="Andra enheten")
    abroad = Principal(UUID(int=9), "annan", "manager", clinic.unit_id, None, "X", "sv")
    for who, error in (
        (clinic.client, Forbidden),
        (add_account(clinic, "olle", "operator"), Forbidden),
        (add_account(clinic, "fia", "researcher"), Forbidden),
        (stranger(), Forbidden),
        (elsewhere, NotFound),
        (abroad, NotFound),
    ):
        with pytest.raises(error):
            care_relations.decide(clinic.db, who, over(clinic), now=NOW)
    assert care_relations.desk(clinic.db, elsewhere, now=NOW).followed == ()
    assert sees(clinic, clinic.anna, NOW)


def test_it_goes_to_a_clinician_of_the_unit_only(clinic: Clinic, chief: Principal) -> None:
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    for to in (eva, chief, clinic.client, stranger()):
        wish = Change("assigned", (clinic.client_id,), WHY, to_id=to.account_id)
        with pytest.raises(NotFound):
            care_relations.decide(clinic.db, chief, wish, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clients": ()},
        {"words": " x "},
        {"words": "x" * 501},
        {"at": NOW - timedelta(seconds=1)},
        {"at": NOW + timedelta(days=181)},
        {"from_id": None},
        {"to_id": None},
        {"until": FRIDAY},
        {"kind": "assigned"},
        {"kind": "ended"},
    ],
)
def test_what_cannot_be_meant_is_refused(clinic: Clinic, chief: Principal, wrong: dict[str, object]) -> None:
    meant = {
        "kind": "handed_over", "clients": (clinic.client_id,), "words": WHY,
        "from_id": clinic.anna.account_id, "to_id": clinic.bo.account_id,
    }  # fmt: skip
    with pytest.raises(Invalid):
        care_relations.decide(clinic.db, chief, Change(**{**meant, **wrong}), now=NOW)  # type: ignore[arg-type]
    assert clinic.rows("SELECT 1 FROM care_change") == []


def test_nobody_is_left_alone_and_a_second_decision_finds_it_moved(clinic: Clinic, chief: Principal) -> None:
    end = Change("ended", (clinic.client_id,), WHY, from_id=clinic.anna.account_id)
    with pytest.raises(LeftAlone):
        care_relations.decide(clinic.db, chief, end, now=NOW)
    for_a_while = Change("assigned", (clinic.client_id,), WHY, to_id=clinic.bo.account_id, until=FRIDAY)
    care_relations.decide(clinic.db, chief, for_a_while, now=NOW)
    assert sees(clinic, clinic.bo, FRIDAY - timedelta(seconds=1)) and not sees(clinic, clinic.bo, FRIDAY)
    with pytest.raises(LeftAlone):
        care_relations.decide(clinic.db, chief, end, now=NOW)
    care_relations.decide(
        clinic.db, chief, Change("assigned", (clinic.client_id,), WHY, to_id=clinic.bo.account_id), now=NOW
    )
    care_relations.decide(clinic.db, chief, end, now=NOW)
    assert not sees(clinic, clinic.anna, NOW) and sees(clinic, clinic.bo, FRIDAY)
    with pytest.raises(CareMoved):
        care_relations.decide(clinic.db, chief, end, now=NOW)


def test_a_colleague_whose_account_is_closed_already_can_be_handed_over_from(
    clinic: Clinic, chief: Principal
) -> None:
    accounts.set_disabled(clinic.db, chief, clinic.anna.account_id, is_disabled=True, now=NOW)
    [row] = care_relations.desk(clinic.db, chief, now=NOW).followed
    assert [(one.name, one.is_closed) for one in row.followers] == [(clinic.anna.display_name, True)]
    care_relations.decide(clinic.db, chief, over(clinic), now=NOW)
    assert sees(clinic, clinic.bo, NOW)


def test_leave_cover_and_duty_end_with_the_relation_they_came_from(clinic: Clinic, chief: Principal) -> None:
    eva = add_account(clinic, "eva", "clinician")
    leave_cover.arrange(
        clinic.db, clinic.anna, clinic.anna.account_id, eva.account_id, NOW, NOW + timedelta(days=30), now=NOW
    )
    assert sees(clinic, eva, NOW + timedelta(days=1))
    care_relations.decide(clinic.db, chief, over(clinic, at=FRIDAY), now=NOW)
    assert sees(clinic, eva, FRIDAY - timedelta(hours=1)) and not sees(clinic, eva, FRIDAY)


def test_signals_the_leaving_one_had_taken_are_told_anew_when_the_time_comes(
    clinic: Clinic, chief: Principal
) -> None:
    for after in (0, 17):
        at = NOW + timedelta(minutes=after)
        clinic.blow(at, 0.42)
        assessment.sweep(clinic.db, now=at + timedelta(seconds=3))
        assessment.assess_due(clinic.db, now=at + timedelta(seconds=3))
    later = NOW + timedelta(hours=1)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=later)
    alerts.act(clinic.db, clinic.anna, alert.alert_id, now=later)
    care_relations.decide(clinic.db, chief, over(clinic, at=FRIDAY), now=later)
    assert care_relations.settle_due(clinic.db, SYSTEM, now=FRIDAY - timedelta(seconds=1)) == 0
    with pytest.raises(Forbidden):
        care_relations.settle_due(clinic.db, chief, now=FRIDAY)
    assert care_relations.settle_due(clinic.db, SYSTEM, now=FRIDAY) == 1
    assert care_relations.settle_due(clinic.db, SYSTEM, now=FRIDAY) == 0, "once"
    [given] = alerts.open_alerts(clinic.db, clinic.bo, now=FRIDAY)
    assert (given.state, given.owner) == ("new", None)
    assert "handed_over" in {change.new for change in given.changes}
    row = clinic.rows("SELECT escalate_at, round FROM alert WHERE alert_id = %s", alert.alert_id)[0]
    assert row["escalate_at"] is not None and row["round"] == 1


def test_what_was_put_off_stays_so_and_the_new_one_is_reminded(clinic: Clinic, chief: Principal) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """INSERT INTO alert (alert_id, tenant_id, client_id, kind, tier, state, opened_at, updated_at, evidence,
                   owner_id, snoozed_until, snoozed_by, snoozed_at, snooze_reason)
               SELECT gen_random_uuid(), %(tenant)s, %(client)s, 'missed_tests', 3, 'acting', %(now)s, %(now)s, '[]',
                   %(anna)s, %(until)s, %(anna)s, %(now)s, 'Rest'""",
            {"tenant": clinic.tenant_id, "client": clinic.client_id, "now": NOW, "until": FRIDAY,
             "anna": clinic.anna.account_id},
        )  # fmt: skip
    care_relations.decide(clinic.db, chief, over(clinic), now=NOW)
    care_relations.settle_due(clinic.db, SYSTEM, now=NOW)
    [row] = clinic.rows("SELECT state, owner_id, snoozed_by, snoozed_until FROM alert")
    assert (row["state"], row["owner_id"], row["snoozed_by"]) == ("seen", None, clinic.bo.account_id)
    assert row["snoozed_until"] == FRIDAY


def test_the_client_reads_who_follows_since_when_and_why(clinic: Clinic, chief: Principal) -> None:
    care_relations.decide(clinic.db, chief, over(clinic, at=FRIDAY), now=NOW)
    found = care_relations.of_client(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert [(one.name, one.role, one.from_at, one.to_at) for one in found.relations] == [
        (None, "clinician", FRIDAY, None),
        (None, "clinician", START, FRIDAY),
    ]
    [made] = found.history
    assert (made.kind, made.at, made.words, made.to_name, made.decided_by) == (
        "handed_over",
        FRIDAY,
        WHY,
        None,
        "",
    )
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("""UPDATE tenant SET settings = settings || '{"names_in_access_log": true}'""")
    found = care_relations.of_client(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert [one.name for one in found.relations] == [clinic.bo.display_name, clinic.anna.display_name]
    with pytest.raises(NotFound):
        care_relations.of_client(clinic.db, clinic.bo, clinic.client_id, now=NOW)

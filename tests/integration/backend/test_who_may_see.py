"""Four callers at every service: the assigned clinician, a colleague, the client, and nobody (no login at all)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from backend.access.principal import Principal
from backend.errors import BackendError, Forbidden, NotFound
from backend.services import (
    access_log,
    alerts,
    assessment,
    auth,
    care_relations,
    check_ins,
    clients,
    contacts,
    enrolment,
    own,
    triage,
)
from backend.services.care_relations import Change
from backend.store.pool import Database
from contracts.check_in import Answer
from tests.support.care import DAILY, START, Clinic, add_account, make_clinic, stranger

NOW = START + timedelta(hours=9)
Call = Callable[[Clinic, Principal], object]


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        made = make_clinic(db)
        made.blow(NOW - timedelta(minutes=40), 0.42)
        made.blow(NOW - timedelta(minutes=20), 0.42)
        assessment.assess_due(db, now=NOW)
        yield made


def _alert(clinic: Clinic) -> object:
    return clinic.rows("SELECT alert_id FROM alert")[0]["alert_id"]


SERVICES: dict[str, tuple[Call, type[BackendError] | None]] = {
    "overview": (lambda c, p: clients.overview(c.db, p, c.client_id, now=NOW), None),
    "series": (lambda c, p: clients.series(c.db, p, c.client_id, START, NOW, now=NOW), None),
    "looked": (lambda c, p: access_log.looked(c.db, p, c.client_id, now=NOW), None),
    "note": (lambda c, p: access_log.note(c.db, p, c.client_id, "printed", now=NOW), None),
    "mark_reviewed": (lambda c, p: clients.mark_reviewed(c.db, p, c.client_id, now=NOW), Forbidden),
    "contact": (
        lambda c, p: contacts.add(c.db, p, c.client_id, "phone", True, "Ringde", NOW, now=NOW),
        Forbidden,
    ),
    "see": (lambda c, p: alerts.see(c.db, p, _alert(c), now=NOW), Forbidden),  # type: ignore[arg-type]
    "act": (lambda c, p: alerts.act(c.db, p, _alert(c), now=NOW), Forbidden),  # type: ignore[arg-type]
    "close": (
        lambda c, p: alerts.close(c.db, p, _alert(c), "wait", "Egna ord", now=NOW),  # type: ignore[arg-type]
        Forbidden,
    ),
    "set_plan": (
        lambda c, p: enrolment.set_plan(c.db, p, c.client_id, DAILY, reason="Ny", now=NOW),
        Forbidden,
    ),
}
"""Each with what the client themselves get; None: it is theirs to see."""


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.requirement("L4", "H12")
def test_the_assigned_clinician_may_and_strangers_find_nothing(clinic: Clinic, name: str) -> None:
    call, for_the_client = SERVICES[name]
    for other in (clinic.bo, stranger(), stranger("annan")):
        with pytest.raises(NotFound):
            call(clinic, other)
    if for_the_client is None:
        call(clinic, clinic.client)
    else:
        with pytest.raises(for_the_client):
            call(clinic, clinic.client)
    call(clinic, clinic.anna)


@pytest.mark.requirement("L4")
def test_lists_hold_only_ones_own(clinic: Clinic) -> None:
    assert [row.client_id for row in triage.triage_list(clinic.db, clinic.anna, now=NOW).rows] == [
        clinic.client_id
    ]
    assert triage.triage_list(clinic.db, clinic.bo, now=NOW).rows == ()
    assert alerts.open_alerts(clinic.db, clinic.bo, now=NOW) == ()
    for list_ in (triage.triage_list, alerts.open_alerts):
        with pytest.raises(Forbidden):
            list_(clinic.db, clinic.client, now=NOW)


def test_a_client_sees_themselves_and_staff_have_no_own_page(clinic: Clinic) -> None:
    assert own.overview(clinic.db, clinic.client, now=NOW).client_id == clinic.client_id
    assert own.series(clinic.db, clinic.client, START, NOW, now=NOW).readings
    for staff in (clinic.anna, clinic.bo):
        with pytest.raises(NotFound):
            own.overview(clinic.db, staff, now=NOW)
        with pytest.raises(NotFound):
            check_ins.submit(clinic.db, staff, [], False, None, [], now=NOW)


def test_nobody_has_no_principal(clinic: Clinic) -> None:
    assert auth.principal_for(clinic.db, "", now=NOW) is None
    assert auth.principal_for(clinic.db, "x" * 43, now=NOW) is None


@pytest.mark.requirement("L4")
def test_a_care_relation_that_ended_opens_nothing(clinic: Clinic) -> None:
    chief, bo, anna = add_account(clinic, "chefen", "manager"), clinic.bo.account_id, clinic.anna.account_id
    wish = Change("handed_over", (clinic.client_id,), "Anna slutar", from_id=anna, to_id=bo)
    care_relations.decide(clinic.db, chief, wish, now=NOW)
    with pytest.raises(NotFound):
        clients.overview(clinic.db, clinic.anna, clinic.client_id, now=NOW)


def test_only_administrators_set_up(clinic: Clinic) -> None:
    for person in (clinic.anna, clinic.client, stranger()):
        with pytest.raises(Forbidden):
            enrolment.create_unit(clinic.db, person, clinic.tenant_id, "Ny enhet")
        with pytest.raises(Forbidden):
            enrolment.assign(clinic.db, person, clinic.bo.account_id, clinic.client_id, now=NOW)
    with pytest.raises(NotFound):
        clients.overview(clinic.db, clinic.bo, clinic.client_id, now=NOW)


@pytest.mark.requirement("L1", "L6")
def test_every_look_leaves_a_line_the_client_can_read(clinic: Clinic) -> None:
    triage.triage_list(clinic.db, clinic.anna, now=NOW)
    triage.triage_list(clinic.db, clinic.anna, now=NOW + timedelta(minutes=1))
    clients.series(clinic.db, clinic.anna, clinic.client_id, START, NOW, now=NOW)
    access_log.note(clinic.db, clinic.anna, clinic.client_id, "exported", now=NOW)
    seen = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    by_staff = [(entry.action, entry.unit, entry.role) for entry in seen if entry.role == "clinician"]
    unit = "Öppenvården"
    assert sorted(by_staff) == [
        (action, unit, "clinician") for action in ("client_series", "exported", "triage_list")
    ]


def test_a_web_check_in_is_stored_and_assessed(clinic: Clinic) -> None:
    from decimal import Decimal

    answer = Answer(item="craving", value=Decimal(7), low=Decimal(0), high=Decimal(10))
    check_ins.submit(clinic.db, clinic.client, [answer], True, " Svår kväll ", [], now=NOW)
    assessment.assess_due(clinic.db, now=NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=2)
    series = clients.series(clinic.db, clinic.anna, clinic.client_id, START, later, now=later)
    assert [(point.item, point.value) for point in series.answers] == [("craving", 7.0)]
    assert [(note.drank, note.comment) for note in series.check_ins] == [(True, "Svår kväll")]
    met = [window for window in series.windows if window.kind == "check_in" and window.met_at == NOW]
    assert [window.attendance for window in met] == ["on_time"]
    strip = triage.triage_list(clinic.db, clinic.anna, now=later).rows[0].strip
    assert strip[-1].state == "positive"

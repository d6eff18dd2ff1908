"""A person's own contact points: confirmed by a code, nobody else's business, and kept from abuse."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.notify.channel import Channels, ContactKind
from backend.services import contact_points, enrolment, notices
from backend.services.contact_points import MOST_TRIES, Preference, TooManyCodes, checked_address
from backend.services.deliveries import deliver_due
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.integration.backend.notify.test_delivering import Outbox
from tests.support.care import PASSWORD, START, Clinic, make_clinic
from tests.support.web import Web, running_web

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    with Database(postgres_database) as db:
        yield make_clinic(db, plan=False)


@pytest.fixture
def web(clinic: Clinic) -> Iterator[Web]:
    with running_web(clinic.db, START) as served:
        yield served


def code_sent(clinic: Clinic, outbox: Outbox) -> str:
    """The code in the newest message."""
    deliver_due(clinic.db, Channels({"email": outbox, "sms": outbox}, "https://x.example"), now=START)
    message = outbox.messages[-1]
    assert message.link is None
    return next(word.strip(".") for word in message.text.split() if word.strip(".").isdecimal())


def is_confirmed(clinic: Clinic, who: Principal) -> list[bool]:
    return [one.confirmed_at is not None for one in contact_points.own(clinic.db, who)]


def test_a_contact_point_is_confirmed_by_the_code_that_arrived_there(clinic: Clinic) -> None:
    outbox = Outbox()
    made = contact_points.add(clinic.db, clinic.anna, "sms", "+46 70-123 45 67", now=START)
    code = code_sent(clinic, outbox)
    assert outbox.messages[0].address == "+46701234567"
    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(Invalid):
        contact_points.confirm(clinic.db, clinic.anna, made, wrong, now=START)
    assert is_confirmed(clinic, clinic.anna) == [False]
    contact_points.confirm(clinic.db, clinic.anna, made, code, now=START)
    assert is_confirmed(clinic, clinic.anna) == [True]
    with pytest.raises(Invalid):
        contact_points.confirm(clinic.db, clinic.anna, made, code, now=START)


def test_a_code_dies_of_age_of_guessing_and_of_a_newer_one(clinic: Clinic) -> None:
    outbox = Outbox()
    made = contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    first = code_sent(clinic, outbox)
    with pytest.raises(Invalid):
        contact_points.confirm(clinic.db, clinic.anna, made, first, now=START + 30 * MINUTE)
    contact_points.send_code(clinic.db, clinic.anna, made, now=START)
    second = code_sent(clinic, outbox)
    with pytest.raises(Invalid):
        contact_points.confirm(clinic.db, clinic.anna, made, first, now=START)
    for _ in range(MOST_TRIES):
        with pytest.raises(Invalid):
            contact_points.confirm(clinic.db, clinic.anna, made, "x", now=START)
    with pytest.raises(Invalid):
        contact_points.confirm(clinic.db, clinic.anna, made, second, now=START)


def test_nobody_can_be_flooded_with_codes(clinic: Clinic) -> None:
    made = contact_points.add(clinic.db, clinic.anna, "sms", "+46701234567", now=START)
    for _ in range(4):
        contact_points.send_code(clinic.db, clinic.anna, made, now=START)
    with pytest.raises(TooManyCodes):
        contact_points.send_code(clinic.db, clinic.anna, made, now=START)
    with pytest.raises(TooManyCodes):
        contact_points.add(clinic.db, clinic.anna, "sms", "+46701234568", now=START)
    outbox = Outbox()
    code_sent(clinic, outbox)
    assert len(outbox.messages) == 1  # those before it were overtaken
    contact_points.send_code(clinic.db, clinic.anna, made, now=START + timedelta(hours=1, seconds=1))


def test_an_unconfirmed_place_is_told_nothing_but_its_code(clinic: Clinic) -> None:
    outbox = Outbox()
    contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        notices.plan_notice(
            conn,
            tenant_id=clinic.tenant_id,
            account_id=clinic.anna.account_id,
            client_id=None,
            subject_kind="report",
            subject_id=uuid4(),
            step=0,
            tier=1,
            due_at=START,
            now=START,
        )
    code_sent(clinic, outbox)
    assert [message.purpose for message in outbox.messages] == ["code"]


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("email", "anna"),
        ("email", "anna@mail.example\nBcc: bo@mail.example"),
        ("email", "anna@mail.example,bo@mail.example"),
        ("email", f"{'a' * 300}@mail.example"),
        ("sms", "0701234567"),
        ("sms", "+0701234567"),
        ("sms", "+46701234567890123"),
        ("webhook", "http://hook.example/x"),
        ("webhook", "https://user:pass@hook.example/x"),
        ("webhook", "https:///x"),
        ("webhook", "https://hook.example:notaport/x"),
        ("letter", "Storgatan 1"),
    ],
)
def test_addresses_that_cannot_work_are_refused(kind: ContactKind, address: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_address(kind, address)
    assert address not in str(caught.value)


@pytest.mark.parametrize(
    "wishes",
    [
        Preference(position=0),
        Preference(quiet_from=time(22)),
        Preference(quiet_from=time(22), quiet_to=time(22)),
        Preference(timezone="Mars/Olympus"),
        Preference(timezone="../etc"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(clinic: Clinic, wishes: Preference) -> None:
    with pytest.raises(Invalid):
        contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", wishes, now=START)


def test_the_same_address_twice_is_a_conflict(clinic: Clinic) -> None:
    contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    with pytest.raises(Conflict):
        contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)


def test_nobody_else_can_see_or_touch_it(clinic: Clinic) -> None:
    made = contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    for who in (clinic.bo, clinic.client, replace(clinic.bo, role="operator"), SYSTEM):
        assert contact_points.own(clinic.db, who) == ()
        with pytest.raises(NotFound):
            contact_points.confirm(clinic.db, who, made, "123456", now=START)
        with pytest.raises(NotFound):
            contact_points.change(clinic.db, who, made, Preference(active=False))
        with pytest.raises(NotFound):
            contact_points.remove(clinic.db, who, made)
        with pytest.raises(NotFound):
            contact_points.send_code(clinic.db, who, made, now=START)


def _manager(clinic: Clinic) -> UUID:
    return enrolment.create_account(
        clinic.db,
        SYSTEM,
        clinic.tenant_id,
        username="maria",
        display_name="Maria",
        role="manager",
        password=PASSWORD,
        unit_id=clinic.unit_id,
        now=START,
    )


def test_a_manager_sees_kinds_of_the_own_unit_and_no_address(clinic: Clinic) -> None:
    made = contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    contact_points.confirm(clinic.db, clinic.anna, made, code_sent(clinic, Outbox()), now=START)
    manager = Principal(_manager(clinic), clinic.tenant_id, "manager", clinic.unit_id, None, "Maria", "sv")
    reach = {one.display_name: one.kinds for one in contact_points.unit_reach(clinic.db, manager)}
    assert reach == {"Anna-Kommun": ("email",), "Bo-Kommun": (), "Maria": ()}
    assert contact_points.unit_reach(clinic.db, replace(manager, unit_id=uuid4())) == ()
    for who in (clinic.anna, clinic.client, replace(manager, unit_id=None)):
        with pytest.raises(Forbidden):
            contact_points.unit_reach(clinic.db, who)


def test_the_api_from_adding_to_removing(clinic: Clinic, web: Web) -> None:
    anna, bo = web.bearer("anna-kommun"), web.bearer("bo-kommun")
    body = {"kind": "email", "address": "anna@mail.example", "quiet_from": "22:00", "quiet_to": "07:00"}
    made = anna.post("/api/v1/me/contact-points", json=body)
    assert made.status_code == 201
    assert anna.post("/api/v1/me/contact-points", json=body).status_code == 409
    place = f"/api/v1/me/contact-points/{made.json()['id']}"
    code = code_sent(clinic, Outbox())
    assert bo.post(f"{place}/confirmation", json={"code": code}).status_code == 404
    assert anna.post(f"{place}/confirmation", json={"code": "nej"}).status_code == 422
    assert anna.post(f"{place}/confirmation", json={"code": code}).status_code == 204
    assert anna.put(place, json={"active": False, "position": 3}).status_code == 204
    [shown] = anna.get("/api/v1/me/contact-points").json()
    assert shown["preference"]["position"] == 3
    assert shown["preference"]["quiet_from"] is None
    assert shown["confirmed_at"] is not None
    assert not any("code_sha" in name for name in shown)
    assert bo.get("/api/v1/me/contact-points").json() == []
    assert bo.delete(place).status_code == 404
    assert anna.delete(place).status_code == 204
    assert anna.get("/api/v1/units/current/reach").status_code == 403
    assert anna.get("/api/v1/channels").status_code == 403


def test_a_messages_link_leads_its_own_reader_to_the_client_after_signing_in(
    clinic: Clinic, web: Web
) -> None:
    outbox = Outbox()
    made = contact_points.add(clinic.db, clinic.anna, "email", "anna@mail.example", now=START)
    contact_points.confirm(clinic.db, clinic.anna, made, code_sent(clinic, outbox), now=START)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        notices.plan_notice(
            conn,
            tenant_id=clinic.tenant_id,
            account_id=clinic.anna.account_id,
            client_id=clinic.client_id,
            subject_kind="alert",
            subject_id=uuid4(),
            step=0,
            tier=1,
            due_at=START,
            now=START,
        )
    deliver_due(clinic.db, Channels({"email": outbox}, "https://x.example"), now=START)
    path = (outbox.messages[-1].link or "").removeprefix("https://x.example")
    outside = web.browser().get(path, follow_redirects=False)
    assert (
        "/login" in outside.headers.get("location", "")
        or "/login" in str(outside.url)
        or outside.status_code == 200
    )
    assert str(clinic.client_id) not in outside.text
    assert web.signed_in("bo-kommun").get(path, follow_redirects=False).status_code == 404
    inside = web.signed_in("anna-kommun").get(path, follow_redirects=False)
    assert (inside.status_code, inside.headers["location"]) == (303, f"/clients/{clinic.client_id}")
    [notice] = web.bearer("anna-kommun").get("/api/v1/me/notices").json()
    assert notice["opened_at"] is not None
    assert web.bearer("bo-kommun").get("/api/v1/me/notices").json() == []
    opened = f"/api/v1/me/notices/{notice['notice_id']}/opened"
    assert web.bearer("bo-kommun").post(opened).status_code == 404
    assert web.bearer("anna-kommun").post(opened).status_code == 204

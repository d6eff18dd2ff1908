"""Operators see what could not be stored, and try it again once its cause is gone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from bs4 import BeautifulSoup
from psycopg.rows import dict_row

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, NotFound
from backend.ingest.arrival import Arrival
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler
from backend.ingest.receipts import ReceiptSigner
from backend.services import dead_letters, enrolment
from backend.store.pool import Database
from contracts.topics import Kind
from tests.support.care import PASSWORD
from tests.support.messages import NOW, TENANT, MadeUpGateway, enrol
from tests.support.web import running_web


class Desk:
    """An operator's desk over a database."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.gateway = MadeUpGateway()
        self._handler = Handler(db, ReceiptSigner(b"\x07" * 32), Counters())
        self.enrolled = MadeUpGateway(device_id="gw-test-0002", seed=b"\x02" * 32)
        enrol(db.conninfo, self.enrolled)
        self.operator = self.person("operator")

    def person(self, role: Any, tenant: str = TENANT) -> Principal:
        name = f"{role}-{tenant}"
        account = enrolment.create_account(
            self.db, SYSTEM, tenant, username=name, display_name=name, role=role, password=PASSWORD, now=NOW
        )
        return Principal(account, tenant, role, None, None, name, "sv")

    def send(self, payload: bytes, gateway: MadeUpGateway | None = None, topic: str | None = None) -> int:
        arrival = Arrival(topic or (gateway or self.gateway).topic(Kind.READING), payload)
        self._handler.store(self._handler.judge([arrival], now=NOW))
        return max(one.letter_id for one in dead_letters.dead_letters(self.db, SYSTEM))

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.db.conninfo, row_factory=dict_row) as conn:
            return conn.execute(query.encode()).fetchall()


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with Database(database) as db:
        yield Desk(db)


def test_a_gateway_enrolled_too_late_gets_its_reading_in_exactly_once(desk: Desk) -> None:
    letter = desk.send(desk.gateway.sealed_reading("0.420"))
    assert dead_letters.replay(desk.db, desk.operator, letter, now=NOW) == "refused"
    enrol(desk.db.conninfo, desk.gateway)
    later = NOW + timedelta(hours=1)
    assert dead_letters.replay(desk.db, desk.operator, letter, now=later) == "stored"
    assert dead_letters.replay(desk.db, desk.operator, letter, now=later) == "stored"
    assert desk.rows("SELECT received_at FROM reading") == [{"received_at": later}]
    assert desk.rows("SELECT client_id FROM assessment_due") == [{"client_id": desk.gateway.client_id}]
    (kept,) = desk.rows("SELECT outcome, handled_by, times FROM dead_letter")
    assert kept == {"outcome": "stored", "handled_by": desk.operator.account_id, "times": 1}
    actions = desk.rows("SELECT action, client_id, account_id FROM access_log ORDER BY entry_id")
    assert [one["action"] for one in actions] == ["replayed_dead_letter"] * 2
    assert actions[-1]["account_id"] == desk.operator.account_id


def test_a_message_that_arrived_by_itself_meanwhile_is_a_duplicate(desk: Desk) -> None:
    payload = desk.gateway.sealed_reading()
    letter = desk.send(payload)
    enrol(desk.db.conninfo, desk.gateway)
    desk.send(payload)
    assert dead_letters.replay(desk.db, desk.operator, letter, now=NOW) == "duplicate"
    assert len(desk.rows("SELECT 1 AS one FROM reading")) == 1


def test_of_what_was_too_large_only_the_beginning_is_kept_and_it_cannot_be_tried_again(desk: Desk) -> None:
    letter = desk.send(b"x" * 80_000)
    found = dead_letters.opened(desk.db, desk.operator, letter, now=NOW)
    assert not found.is_whole
    with pytest.raises(Conflict):
        dead_letters.replay(desk.db, desk.operator, letter, now=NOW)


def test_each_tenant_sees_its_own_and_what_is_on_no_address_of_ours_nobody_but_the_system(desk: Desk) -> None:
    mine = desk.send(b"one")
    other = desk.send(b"two", topic="nykter/v1/annankommun/gw-x-1/reading")
    nowhere = desk.send(b"three", topic="elsewhere")
    assert [one.letter_id for one in dead_letters.dead_letters(desk.db, desk.operator)] == [mine]
    for letter in (other, nowhere, 10**12):
        with pytest.raises(NotFound):
            dead_letters.opened(desk.db, desk.operator, letter, now=NOW)
        with pytest.raises(NotFound):
            dead_letters.replay(desk.db, desk.operator, letter, now=NOW)
    assert dead_letters.waiting(desk.db) == {"malformed": 2, "topic": 1}


@pytest.mark.parametrize("role", ["clinician", "manager", "researcher"])
def test_it_is_for_operators(desk: Desk, role: str) -> None:
    letter = desk.send(b"one")
    person = desk.person(role)
    for attempt in (dead_letters.opened, dead_letters.replay, dead_letters.set_aside):
        with pytest.raises(Forbidden):
            attempt(desk.db, person, letter, now=NOW)
    if role != "manager":
        with pytest.raises(Forbidden):
            dead_letters.dead_letters(desk.db, person)


def test_the_pages_show_the_form_and_take_a_second_attempt_by_keyboard_alone(postgres_database: str) -> None:
    with Database(postgres_database) as db, running_web(db, NOW) as web:
        desk = Desk(db)
        letter = desk.send(desk.gateway.sealed_reading("0.420"))
        enrol(db.conninfo, desk.gateway)
        browser = web.signed_in(f"operator-{TENANT}")
        listed = browser.get("/operations/dead-letters").text
        assert "från en gateway som inte är registrerad" in listed
        opened = BeautifulSoup(browser.get(f"/operations/dead-letters/{letter}").text, "html.parser")
        text = opened.get_text()
        assert "body.brac_mg_per_l" in text
        assert "0.420" not in text
        again = opened.select_one("form[action$='/replay']")
        assert again is not None
        assert again.select_one("button") is not None  # a plain form: no script is needed
        token = opened.select_one("[name=csrf_token]")
        assert token is not None
        said = browser.post(f"/operations/dead-letters/{letter}/replay", data={"csrf_token": token["value"]})
        assert said.headers["location"].endswith("said=letter_stored")
        assert "Försökt igen och sparat" in browser.get(said.headers["location"]).text
        assert browser.get(f"/operations/dead-letters/{10**30}").status_code in {404, 422}
        desk.person("clinician")
        assert web.signed_in(f"clinician-{TENANT}").get("/operations/dead-letters").status_code == 403


def test_the_api_says_the_same(postgres_database: str) -> None:
    with Database(postgres_database) as db, running_web(db, NOW) as web:
        desk = Desk(db)
        letter = desk.send(uuid4().bytes)
        program = web.bearer(f"operator-{TENANT}")
        (told,) = program.get("/api/v1/dead-letters").json()
        assert told["reason"] == "malformed"
        assert program.get(f"/api/v1/dead-letters/{letter}").json()["shape"]["is_json"] is False
        assert program.post(f"/api/v1/dead-letters/{letter}/replayed").json() == {"outcome": "refused"}
        assert program.post(f"/api/v1/dead-letters/{letter}/set-aside").status_code == 204
        assert desk.rows("SELECT outcome FROM dead_letter") == [{"outcome": "set_aside"}]

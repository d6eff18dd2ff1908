"""Messages from gateways whose clock is far off: nothing is lost, and who knows by how much frees them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.ingest.arrival import Arrival
from backend.ingest.ready import judge_all, pack, unpack
from backend.services import dead_letters, operations
from backend.store.gateways import find_gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.envelope import open_envelope
from contracts.topics import Kind
from dashboard.contexts.dead_letters import read_offset
from tests.integration.backend.operations.test_dead_letters import Desk
from tests.support.messages import NOW, TENANT
from tests.support.web import running_web

OFF = timedelta(days=9000)
"""The gateway's clock stands so far behind: about the year 2001."""
OFF_MS = OFF // timedelta(milliseconds=1)
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with Database(database) as db:
        yield Desk(db)


def reading_of(desk: Desk, **changes: object) -> bytes:
    then = NOW - timedelta(minutes=2) - OFF
    return desk.enrolled.sealed_reading("0.420", **({"measured_at": then, "device_time": then} | changes))


@pytest.mark.requirement("H8")
def test_a_released_reading_has_its_time_corrected_and_says_so(desk: Desk) -> None:
    sent = reading_of(desk, clock_offset_ms=OFF_MS)
    letter = desk.send(sent, desk.enrolled)
    before = desk.rows("SELECT heard_at FROM gateway ORDER BY device_id")
    (told,) = dead_letters.dead_letters(desk.db, desk.operator)
    assert told.is_quarantined
    assert told.likely_offset_ms == OFF_MS
    assert told.claimed_at == NOW - timedelta(minutes=2) - OFF

    assert dead_letters.release(desk.db, desk.operator, letter, OFF_MS, now=LATER) == "stored"
    assert dead_letters.release(desk.db, desk.operator, letter, OFF_MS, now=LATER) == "stored"

    (row,) = desk.rows(
        "SELECT measured_at, device_time, gateway_time, clock_offset_ms, clock_correction_ms, body FROM reading"
    )
    assert row["measured_at"] == NOW - timedelta(minutes=2)
    assert row["device_time"] == row["measured_at"] - OFF
    assert row["gateway_time"] == row["device_time"] + timedelta(seconds=1)
    assert row["clock_offset_ms"] == row["clock_correction_ms"] == OFF_MS
    assert bytes(row["body"]) == open_envelope(sent).body  # as it was signed
    (kept,) = desk.rows("SELECT outcome, handled_by, clock_correction_ms, reason FROM dead_letter")
    assert kept == {
        "outcome": "stored",
        "handled_by": desk.operator.account_id,
        "clock_correction_ms": OFF_MS,
        "reason": "clock_far_off",
    }
    assert [row["action"] for row in desk.rows("SELECT action FROM access_log")] == [
        "released_from_quarantine"
    ]
    # the client is assessed from the right time on, and nobody takes the gateway to have been heard from just now
    (due,) = desk.rows(
        "SELECT DISTINCT min(touched_from) AS since FROM assessment_due WHERE touched_from > '2020-01-01'"
    )
    assert due["since"] == NOW - timedelta(minutes=2)
    assert desk.rows("SELECT heard_at FROM gateway ORDER BY device_id") == before


def test_every_kind_of_message_can_be_released(desk: Desk) -> None:
    gateway, then = desk.enrolled, NOW - OFF
    check_in = gateway.seal(Kind.CHECK_IN, gateway.check_in(answered_at=then))
    status = gateway.seal(Kind.STATUS, gateway.status(sent_at=then))
    for kind, payload in ((Kind.CHECK_IN, check_in), (Kind.STATUS, status)):
        letter = desk.send(payload, topic=gateway.topic(kind))
        assert dead_letters.release(desk.db, desk.operator, letter, OFF_MS, now=LATER) == "stored"
    (row,) = desk.rows("SELECT answered_at, clock_correction_ms FROM check_in")
    assert row == {"answered_at": NOW, "clock_correction_ms": OFF_MS}
    assert desk.rows("SELECT DISTINCT answered_at FROM check_in_answer") == [{"answered_at": NOW}]
    assert desk.rows("SELECT started_at FROM drinking_report") == [{"started_at": NOW - timedelta(hours=12)}]
    (row,) = desk.rows("SELECT sent_at, clock_correction_ms FROM device_status")
    assert row == {"sent_at": NOW, "clock_correction_ms": OFF_MS}


def test_an_offset_that_cannot_be_changes_nothing(desk: Desk) -> None:
    letter = desk.send(reading_of(desk), desk.enrolled)
    for offset in (0, OFF_MS + 600_000, OFF_MS * 3, -(2**53), 2**60, OFF_MS - 500 * 86_400_000):
        with pytest.raises(Invalid):
            dead_letters.release(desk.db, desk.operator, letter, offset, now=LATER)
    with pytest.raises(Conflict):  # nor is it believed as it came
        dead_letters.replay(desk.db, desk.operator, letter, now=LATER)
    assert desk.rows("SELECT 1 AS one FROM reading") == []
    assert desk.rows("SELECT handled_at FROM dead_letter") == [{"handled_at": None}]
    other = desk.send(b"one")
    with pytest.raises(Conflict):
        dead_letters.release(desk.db, desk.operator, other, OFF_MS, now=LATER)
    with pytest.raises(Forbidden):
        dead_letters.release(desk.db, desk.person("manager"), letter, OFF_MS, now=LATER)
    with pytest.raises(NotFound):
        dead_letters.release(desk.db, desk.operator, 10**12, OFF_MS, now=LATER)


def test_a_clock_that_ran_ahead_is_not_believed_when_its_time_has_come(desk: Desk) -> None:
    letter = desk.send(reading_of(desk, measured_at=NOW + timedelta(days=3)), desk.enrolled)
    with pytest.raises(Conflict):
        dead_letters.replay(desk.db, desk.operator, letter, now=NOW + timedelta(days=4))
    assert (
        dead_letters.release(desk.db, desk.operator, letter, -3 * 86_400_000, now=NOW + timedelta(days=4))
        == "stored"
    )
    assert desk.rows("SELECT measured_at FROM reading") == [{"measured_at": NOW}]


def test_what_is_known_of_the_clock_travels_between_judging_processes(desk: Desk) -> None:
    arrival = Arrival(desk.enrolled.topic(Kind.READING), reading_of(desk, clock_offset_ms=7))
    with desk.db.transaction(SYSTEM_SCOPE) as conn:
        known = find_gateways(conn, {desk.enrolled.device_id})
    (judged,) = judge_all([arrival], known, now=NOW)
    assert unpack(pack(judged), arrival, known) == judged


def test_what_waits_is_counted_where_operators_look(postgres_database: str) -> None:
    with Database(postgres_database) as db:
        desk = Desk(db)
        letter = desk.send(reading_of(desk), desk.enrolled)
        assert operations.readiness(db, now=NOW).quarantined == 1
        assert dead_letters.quarantined(db) == 1
        from nykter.diagnosis.servers import database

        said = {one.what: one.says for one in database(postgres_database)}
        assert "holds 1 messages" in said["quarantine"]
        dead_letters.release(db, desk.operator, letter, OFF_MS, now=LATER)
        assert dead_letters.quarantined(db) == 0
        assert "quarantine" not in {one.what for one in database(postgres_database)}


def test_the_page_and_the_api_release_it(postgres_database: str) -> None:
    with Database(postgres_database) as db, running_web(db, NOW) as web:
        desk = Desk(db)
        first = desk.send(reading_of(desk), desk.enrolled)
        second = desk.send(reading_of(desk), desk.enrolled)
        browser = web.signed_in(f"operator-{TENANT}")
        assert "Klockan går helt fel" in browser.get("/operations/dead-letters").text
        opened = BeautifulSoup(browser.get(f"/operations/dead-letters/{first}").text, "html.parser")
        assert opened.select_one("form[action$='/replay']") is None
        token, offered = opened.select_one("[name=csrf_token]"), opened.select_one("[name=offset_s]")
        assert token is not None
        assert offered is not None
        assert Decimal(str(offered["value"]).replace(",", ".")) == Decimal(OFF_MS) / 1000 + 120
        form = {"csrf_token": str(token["value"]), "offset_s": "snart"}
        address = f"/operations/dead-letters/{first}/release"
        assert browser.post(address, data=form).headers["location"].endswith("said=letter_offset")
        form["offset_s"] = f"{OFF_MS // 1000},0"
        done = browser.post(address, data=form).headers["location"]
        assert done.endswith("said=letter_stored")
        assert "Rättat med" in browser.get(done).text

        program = web.bearer(f"operator-{TENANT}")
        path = f"/api/v1/dead-letters/{second}/released"
        assert program.post(path, json={"clock_offset_ms": 0}).status_code == 422
        assert program.post(path, json={"clock_offset_ms": OFF_MS}).json() == {"outcome": "stored"}
        assert desk.rows("SELECT count(*) AS n FROM reading") == [{"n": 2}]


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [("1,5", 1500), ("-2", -2000), ("−2", -2000), ("x", None), ("", None), ("nan", None), ("1e99", None)],
)
def test_an_offset_is_written_in_seconds(written: str, milliseconds: int | None) -> None:
    assert read_offset(written) == milliseconds

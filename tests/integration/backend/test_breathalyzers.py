"""Technical support looks breathalyzers up: found by model, number and firmware; what they showed stays out."""

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM, Principal
from backend.domain.recall import RecallWish
from backend.errors import Forbidden, Invalid
from backend.services import access_log, breathalyzers, enrolment, gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_account, add_client, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import running_web

NOW = START + timedelta(days=40)
HERE = "/operations/breathalyzers"


@pytest.fixture(scope="module")
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    """Four clients with a C6 each (A1 to A4, A4 with an older firmware and a zero that wanders); A9 is paired only."""
    with postgres_server.fresh() as url, Database(url) as db:
        made = make_clinic(db)
        abroad = make_clinic(db, tenant_id="annan")
        abroad.blow(NOW - timedelta(days=1), 0.0)
        clients = [made.client_id, *(add_client(db, made.unit_id, f"K-0{n}", now=START) for n in (2, 3, 4))]
        for number, client_id in enumerate(clients, start=1):
            device = made.device_id if number == 1 else f"gw-kommun-{number}"
            if number > 1:
                enrolment.enrol_gateway(db, SYSTEM, device, client_id, bytes([number]) * 32, now=START)
            for day in range(30):
                brac = 0.02 + day / 2000 if number == 4 else 0.0
                made.blow(NOW - timedelta(days=day, hours=1), brac, client_id=client_id, device_id=device)
            _told(db, device, f"A{number}", "1.03" if number == 4 else "1.04")
        _told(db, abroad.device_id, "A2", "1.04")
        gateways.pair(db, made.anna, made.client_id, "A9", now=NOW)
        yield made


def _told(db: Database, device: str, serial: str, firmware: str) -> None:
    body = json.dumps({"breathalyzer": {"firmware": firmware}}).encode()
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            b"UPDATE reading SET breathalyzer_serial = %s, body = %s, calibration_state = %s WHERE device_id = %s",
            (serial, body, "due" if serial == "A3" else "valid", device),
        )


@pytest.fixture(scope="module")
def support(clinic: Clinic) -> Principal:
    return add_account(clinic, "olle", "operator")


def aliases(found: tuple[breathalyzers.Recalled, ...]) -> list[tuple[str, str, int]]:
    return [(one.alias, one.serial, one.readings) for one in found]


def test_a_range_of_numbers_finds_those_who_have_them_in_this_tenant_only(
    clinic: Clinic, support: Principal
) -> None:
    found = breathalyzers.recall(clinic.db, support, RecallWish("c6", "A2", "A3"), now=NOW)
    assert aliases(found) == [("K-02", "A2", 30), ("K-03", "A3", 30)]
    assert found[0].gateways == ("gw-kommun-2",) and found[0].firmware == "1.04"


def test_firmware_is_read_from_what_was_signed(clinic: Clinic, support: Principal) -> None:
    found = breathalyzers.recall(clinic.db, support, RecallWish(firmware="1.03"), now=NOW)
    assert aliases(found) == [("K-04", "A4", 30)]


def test_one_that_is_noted_and_was_never_used_is_told_by_its_number(
    clinic: Clinic, support: Principal
) -> None:
    found = breathalyzers.recall(clinic.db, support, RecallWish("", "A9", "A9"), now=NOW)
    assert aliases(found) == [("K-01", "A9", 0)] and found[0].is_paired


def test_what_was_taken_out_says_when_and_with_what_but_not_what_it_showed(
    clinic: Clinic, support: Principal
) -> None:
    rows = breathalyzers.recalled_readings(clinic.db, support, RecallWish("", "A4", "A4"), now=NOW)
    assert len(rows) == 30 and rows[0].measured_at > rows[-1].measured_at
    assert not {name for name in type(rows[0]).__dataclass_fields__ if "brac" in name or "value" in name}


@pytest.mark.requirement("L2")
def test_each_client_found_reads_that_it_was_looked_up(clinic: Clinic, support: Principal) -> None:
    breathalyzers.recall(clinic.db, support, RecallWish("", "A1", "A1"), now=NOW)
    looked = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert ("recall_searched", "operator") in {(one.action, one.role) for one in looked}


def test_nobody_but_technical_support_may_and_a_wish_says_something(
    clinic: Clinic, support: Principal
) -> None:
    for who in (clinic.anna, clinic.client, add_account(clinic, "chefen", "manager"), SYSTEM):
        with pytest.raises(Forbidden):
            breathalyzers.recall(clinic.db, who, RecallWish("c6"), now=NOW)
        with pytest.raises(Forbidden):
            breathalyzers.recalled_readings(clinic.db, who, RecallWish("c6"), now=NOW)
        with pytest.raises(Forbidden):
            breathalyzers.courses(clinic.db, who, now=NOW)
    with pytest.raises(Invalid):
        breathalyzers.recall(clinic.db, support, RecallWish(), now=NOW)


def test_zeros_are_told_week_by_week_against_their_peers(clinic: Clinic, support: Principal) -> None:
    [course] = breathalyzers.courses(clinic.db, support, now=NOW)
    assert course.model == "C6" and [one.serial for one in course.devices] == ["A1", "A2", "A3", "A4"]
    assert [one.stands_out for one in course.devices] == [False, False, False, True]
    wanders = course.devices[3].weeks
    assert wanders[0].mean > wanders[-1].mean > 0.02
    assert all(value == 0 for _, value in course.usual)
    assert {week.calibration for week in course.devices[2].weeks} == {"due"}


def test_the_page_draws_looks_up_and_gives_a_file(clinic: Clinic, support: Principal) -> None:
    with running_web(clinic.db, NOW) as web:
        olle: httpx.Client = web.signed_in("olle")
        page = BeautifulSoup(olle.get(HERE).text, "html.parser")
        drawn = page.select_one("svg.drift")
        assert drawn is not None and "Avviker: A4" in str(drawn["aria-label"])
        [course] = breathalyzers.courses(clinic.db, support, now=NOW)
        assert len(drawn.select("rect.due")) == len(course.devices[2].weeks)
        token = str(page.select_one("main [name=csrf_token]")["value"])  # type: ignore[index]
        form = {"csrf_token": token, "first": "A2", "last": "A3"}
        said = BeautifulSoup(olle.post(HERE, data=form).text, "html.parser").get_text(" ", strip=True)
        assert "2 klienter , 60 mätningar" in said or "2 klienter, 60 mätningar" in said
        file = olle.post(f"{HERE}/readings.csv", data=form)
        assert file.headers["content-type"].startswith("text/csv") and file.text.count("\n") == 61
        assert olle.post(HERE, data={"csrf_token": token}).status_code == 422
        assert olle.post(HERE, data={"first": "A2"}).status_code == 403

"""Two ingests, two workers and two web processes on one database, as on two machines behind one address."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from backend.access.principal import SYSTEM
from backend.ingest.receipts import ReceiptSigner
from backend.services import enrolment
from backend.store.pool import Database
from contracts.receipt import Verdict
from contracts.topics import Kind
from nykter.runtime.broker import Broker
from nykter.runtime.child import ChildProcess, nykter_command
from nykter.runtime.ports import wait_until
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess
from tests.support.messages import TENANT, MadeUpGateway
from tests.support.outbox import Outbox

_PUBLIC_KEY = ReceiptSigner(RECEIPT_SEED).public_key
_READINGS = 400
_PASSWORD = "tallar-vid-sjön-42"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def _settle_in(database: str) -> list[MadeUpGateway]:
    """A clinic with one clinician and four clients."""
    now = datetime.now(UTC)
    made = [MadeUpGateway(f"gw-two-{n:04d}", seed=bytes([n + 1]) * 32) for n in range(4)]
    with Database(database) as db:
        enrolment.create_tenant(db, SYSTEM, TENANT, "Provkommun", "municipality", now=now)
        unit = enrolment.create_unit(db, SYSTEM, TENANT, "Öppenvården")
        account = enrolment.create_account(
            db, SYSTEM, TENANT, username="anna", display_name="Anna", role="clinician", password=_PASSWORD,
            unit_id=unit, now=now,
        )  # fmt: skip
        for number, gateway in enumerate(made):
            gateway.client_id = enrolment.create_client(
                db, SYSTEM, unit, alias=f"K-{number}", timezone="Europe/Stockholm", started_on=date(2026, 1, 1),
                now=now,
            )  # fmt: skip
            enrolment.assign(db, SYSTEM, account, gateway.client_id, now=now)
            enrolment.enrol_gateway(
                db, SYSTEM, gateway.device_id, gateway.client_id, gateway.public_key, now=now
            )
    return made


@contextmanager
def _web(database: str, folder: Path, name: str) -> Iterator[str]:
    child = ChildProcess(
        name, nykter_command("serve"), log=folder / f"{name}.log",
        environment={
            "NYKTER_DATABASE_URL": database, "NYKTER_PORT": "0", "NYKTER_COOKIE_SECURE": "false",
            "NYKTER_STAFF_SECOND_FACTOR": "optional",
        },
    )  # fmt: skip
    child.start()
    try:
        assert wait_until(lambda: "http://" in child.last_words(), 60), child.last_words()
        yield child.last_words().split()[-1].rstrip("/")
    finally:
        child.stop()


@contextmanager
def _worker(database: str, folder: Path, name: str) -> Iterator[ChildProcess]:
    child = ChildProcess(
        name, nykter_command("worker", "--name", name), log=folder / f"{name}.log",
        environment={"NYKTER_DATABASE_URL": database},
    )  # fmt: skip
    child.start()
    try:
        yield child
    finally:
        child.stop()


def _count(database: str, query: str) -> int:
    with psycopg.connect(database) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_everything_arrives_once_and_either_web_process_knows_everybody(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    made = _settle_in(postgres_database)
    outbox = Outbox(mosquitto, _PUBLIC_KEY)
    with ExitStack() as stack:
        ingests = [
            stack.enter_context(IngestProcess(postgres_database, mosquitto, tmp_path, name=name))
            for name in ("ingest", "ingest-2")
        ]
        for name in ("worker", "worker-2"):
            stack.enter_context(_worker(postgres_database, tmp_path, name))
        first, second = (
            stack.enter_context(_web(postgres_database, tmp_path, name)) for name in ("web", "web-2")
        )
        browser = stack.enter_context(httpx.Client(follow_redirects=False, timeout=30))
        _sign_in(browser, first)
        for address in (first, second):
            page = browser.get(f"{address}/")
            assert page.status_code == httpx.codes.OK, "a session counts on both"

        for ingest in ingests:
            assert ingest.wait_until_connected(30), ingest.log.read_text()
        now = datetime.now(UTC)
        stack.enter_context(outbox)
        for number in range(_READINGS):
            gateway = made[number % len(made)]
            outbox.add(gateway.topic(Kind.READING), gateway.sealed_reading(measured_at=now))
        assert outbox.wait_until_empty(60)
        assert set(outbox.verdicts.values()) <= {Verdict.STORED, Verdict.DUPLICATE}
        assert _count(postgres_database, "SELECT count(*) FROM reading") == _READINGS
        assert wait_until(lambda: _count(postgres_database, _UNASSESSED) == 0, 60)
        assert _count(postgres_database, "SELECT count(*) FROM test_result") == _READINGS
        assert _count(postgres_database, _PERIODIC_TWICE) == 0
        beating = (
            "SELECT count(*) FROM process_beat WHERE process IN ('ingest', 'ingest-2', 'worker', 'worker-2')"
        )
        assert wait_until(lambda: _count(postgres_database, beating) == 4, 30)

        # Only the second ingest is left, and the page open at the first web process hears of what it stores.
        ingests[0].kill()
        client = made[0].client_id
        with browser.stream("GET", f"{first}/live") as events:
            assert events.status_code == httpx.codes.OK
            lines = events.iter_lines()
            next(lines)
            outbox.add(made[0].topic(Kind.READING), made[0].sealed_reading("0.420", measured_at=now))
            assert _hears_of(lines, client)
        assert outbox.wait_until_empty(30)


_UNASSESSED = """SELECT count(*) FROM reading LEFT JOIN test_result USING (device_id, boot_id, sequence)
                  WHERE state IS NULL"""
_PERIODIC_TWICE = """SELECT count(*) FROM (SELECT FROM procrastinate_jobs WHERE args ? 'timestamp'
                      GROUP BY task_name, args ->> 'timestamp' HAVING count(*) > 1 OR max(attempts) > 1) AS twice"""


def _sign_in(browser: httpx.Client, address: str) -> None:
    answer = browser.post(
        f"{address}/login", data={"username": "anna", "password": _PASSWORD}, headers={"Origin": address}
    )
    assert answer.status_code in (302, 303), answer.text


def _hears_of(lines: Iterator[str], client: UUID) -> bool:
    told = (json.loads(line[5:]) for line in lines if line.startswith("data:"))
    return any(change.get("client_id") == str(client) for change in told)

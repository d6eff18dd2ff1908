"""What staff decide reaches the gateway as a signed plan: at once when it is there, and it works on without network."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt import publish

from backend.access.principal import SYSTEM
from backend.ingest.receipts import ReceiptSigner
from backend.services import enrolment, planned_tests, plans
from backend.services.gateway_plans import plan_for_gateway
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.clock import CLOCK_FILE_VARIABLE, SharedClock, set_clock
from nykter.runtime.broker import Broker
from nykter.runtime.ports import LOOPBACK
from tests.support.care import DAILY, Clinic, make_clinic
from tests.support.gateway_process import DEVICE, TENANT, GatewayProcess
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LATE_MORNING = {**DAILY[0], "opens": "10:00", "closes": "11:00"}
_NO_BLUETOOTH = "unix:path=/nonexistent"


@pytest.fixture
def clock(tmp_path: Path) -> SharedClock:
    path = tmp_path / "clock"
    set_clock(path, NOW, 1)
    return SharedClock(path)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, tenant_id=TENANT)


@pytest.fixture
def ingest(
    database: str, mosquitto: Broker, tmp_path: Path, clock: SharedClock, clinic: Clinic
) -> Iterator[IngestProcess]:
    settings = {CLOCK_FILE_VARIABLE: str(tmp_path / "clock"), "NYKTER_JUDGES": "0"}
    with IngestProcess(database, mosquitto, tmp_path, **settings) as process:
        assert process.wait_until_connected(30)
        yield process


@pytest.fixture
def gateway(
    mosquitto: Broker, tmp_path: Path, clinic: Clinic, ingest: IngestProcess
) -> Iterator[GatewayProcess]:
    # Heartbeats an hour apart: what comes sooner did not wait for one.
    key = ReceiptSigner(RECEIPT_SEED).public_key
    process = GatewayProcess(tmp_path, mosquitto, key, _NO_BLUETOOTH, heartbeat_s="3600")
    process.environment[CLOCK_FILE_VARIABLE] = str(tmp_path / "clock")
    enrolment.enrol_gateway(clinic.db, SYSTEM, DEVICE, clinic.client_id, process.public_key, now=NOW)
    process.start()
    yield process
    process.kill()


def until(condition: Callable[[], bool], timeout_s: float = 25.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def opens_next(gateway: GatewayProcess) -> str | None:
    window = gateway.state()["next_window"]
    return None if window is None else window["opens_at"]


def test_a_plan_arrives_changes_at_once_is_not_forged_and_works_without_network(
    gateway: GatewayProcess, clinic: Clinic, clock: SharedClock, mosquitto: Broker, tmp_path: Path
) -> None:
    # The first heartbeat says that there is no plan yet, and is answered with one.
    until(lambda: opens_next(gateway) == "2026-03-02T06:00:00+00:00")
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        older = plan_for_gateway(conn, DEVICE, clock.now())
    assert older is not None

    plans.set_plan(
        clinic.db, clinic.anna, clinic.client_id, [LATE_MORNING], reason="Nytt arbete", now=clock.now()
    )
    until(lambda: opens_next(gateway) == "2026-03-02T09:00:00+00:00")
    page = gateway.state()["view"]["plan"]
    assert page == ["Nästa test: måndag 2 mars 10:00–11:00"]

    planned_tests.order(clinic.db, clinic.anna, clinic.client_id, reason="Samtal i dag", now=clock.now())
    until(lambda: gateway.state()["reminder"] == "open")
    state = gateway.state()
    assert [window["source"] for window in state["open_windows"]] == ["on_demand"]
    assert state["view"]["reminder"].startswith("Din behandlare ber om ett test nu")
    held = state["plan_version"]
    assert held == older.plan_version + 2

    topic, replayed = ReceiptSigner(RECEIPT_SEED).plan(TENANT, older)
    newer = older.model_copy(update={"plan_version": held + 1})
    _, forged = ReceiptSigner(b"\x09" * 32).plan(TENANT, newer)
    _say(mosquitto, topic, [replayed, forged])
    until(lambda: gateway.state()["plans_refused"] == 2)
    assert gateway.state()["plan_version"] == held

    mosquitto.stop()
    gateway.kill()
    set_clock(tmp_path / "clock", datetime(2026, 3, 9, 9, 1, tzinfo=UTC), 1)
    gateway.start()
    until(lambda: gateway.state()["reminder"] == "open")
    assert not gateway.state()["broker_connected"]
    assert gateway.state()["view"]["reminder"] == "Nu är det dags för test. Du har till klockan 11:00."


def _say(broker: Broker, topic: str, payloads: list[bytes]) -> None:
    port = int(broker.url.rpartition(":")[2])
    login = {"username": broker.backend.username, "password": broker.backend.password}
    for payload in payloads:
        publish.single(topic, payload, qos=1, hostname=LOOPBACK, port=port, auth=login)  # type: ignore[arg-type]

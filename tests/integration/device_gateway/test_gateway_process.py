"""The whole gateway as a process: virtual breathalyzer, real broker, SIGKILL at awkward moments."""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from contracts.device_status import DeviceStatus
from contracts.reading import Failure, Outcome, Purpose, Reading
from contracts.topics import Kind
from nykter.runtime.broker import Broker
from simulators.bluez import VirtualRadio, virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath
from tests.support.gateway_process import DEVICE, GatewayProcess
from tests.support.receipts import ReceiptServer


@pytest.fixture
def device() -> BactrackC6:
    return BactrackC6("C6:00:00:00:00:01", pace=30)


@pytest_asyncio.fixture
async def radio(device: BactrackC6) -> AsyncIterator[VirtualRadio]:
    async with virtual_radio(device) as radio:
        yield radio


@pytest_asyncio.fixture
async def server(mosquitto: Broker) -> AsyncIterator[ReceiptServer]:
    server = ReceiptServer(mosquitto, {})
    await asyncio.to_thread(server.start)
    yield server
    await asyncio.to_thread(server.stop)


@pytest_asyncio.fixture
async def gateway(
    tmp_path: Path, mosquitto: Broker, radio: VirtualRadio, server: ReceiptServer
) -> AsyncIterator[GatewayProcess]:
    process = GatewayProcess(tmp_path, mosquitto, server.public_key, radio.address)
    server.know(DEVICE, process.public_key)
    await asyncio.to_thread(process.start)
    yield process
    await asyncio.to_thread(process.kill)


async def until(condition: Callable[[], bool], timeout_s: float = 25.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.03)


async def start_test(gateway: GatewayProcess) -> httpx.Response:
    return await asyncio.to_thread(gateway.post, "/api/test/start", {"waited_15_min": True})


def readings(server: ReceiptServer) -> list[Reading]:
    return [
        Reading.read(server.stored[key]).value for key in server.order if server.kinds[key] is Kind.READING
    ]


async def test_a_breath_arrives_signed_within_two_seconds_of_the_result(
    gateway: GatewayProcess, device: BactrackC6, server: ReceiptServer
) -> None:
    device.give(Breath(0.0))
    assert (await start_test(gateway)).status_code == 202
    await until(lambda: gateway.state()["phase"] == "result")
    shown = time.monotonic()
    await until(lambda: bool(readings(server)))
    assert time.monotonic() - shown < 2.5
    reading = readings(server)[0]
    assert (reading.outcome, str(reading.brac_mg_per_l)) == (Outcome.COMPLETE, "0.000")
    assert (reading.waited_15_min, reading.attempt, reading.breathalyzer.serial) == (True, 1, device.serial)
    await until(lambda: gateway.state()["view"]["rows"][0]["arrived"])
    assert server.problems == []


async def test_a_positive_value_asks_for_a_retest_and_refuses_an_early_one(
    gateway: GatewayProcess, device: BactrackC6, server: ReceiptServer
) -> None:
    device.give(Breath(0.42))
    await start_test(gateway)
    await until(lambda: bool(readings(server)))
    state = gateway.state()
    assert state["view"]["phase"] == "retest_wait"
    assert 880 < state["view"]["wait_s"] <= 900
    assert state["view"]["value"] == "0,42"
    early = await start_test(gateway)
    assert (early.status_code, early.json()) == (409, {"error": "retest_wait"})


async def test_heartbeats_tell_that_the_gateway_lives(gateway: GatewayProcess, server: ReceiptServer) -> None:
    await until(lambda: Kind.STATUS in server.kinds.values())
    status = DeviceStatus.read(next(iter(server.stored.values()))).value
    assert (status.sequence, status.outbox_depth, status.timezone) == (1, 0, "Europe/Stockholm")


async def test_a_check_in_arrives(gateway: GatewayProcess, server: ReceiptServer) -> None:
    answer = await asyncio.to_thread(
        gateway.post, "/api/check-in", {"answers": {"craving": 3}, "drank": False, "comment": " ok "}
    )
    assert answer.status_code == 201
    await until(lambda: Kind.CHECK_IN in server.kinds.values())


async def test_a_killed_gateway_records_the_run_it_was_killed_in(
    gateway: GatewayProcess, device: BactrackC6, server: ReceiptServer
) -> None:
    device.adjust(pace=3)
    await start_test(gateway)
    await until(lambda: gateway.state()["phase"] in {"countdown", "ready"})
    run_id = gateway.state()["run_id"]
    await asyncio.to_thread(gateway.kill)
    await asyncio.to_thread(gateway.start)
    await until(lambda: bool(readings(server)))
    reading = readings(server)[0]
    assert (reading.run_id, reading.outcome, reading.failure) == (run_id, Outcome.ABORTED, Failure.COMM)
    device.adjust(pace=30)
    device.give(Breath(0.0))
    await start_test(gateway)
    await until(lambda: len(readings(server)) == 2)
    assert readings(server)[1].attempt == 2


async def test_a_stopping_gateway_records_the_run_it_breaks_off(
    gateway: GatewayProcess, device: BactrackC6, server: ReceiptServer
) -> None:
    device.adjust(pace=3)
    await start_test(gateway)
    await until(lambda: gateway.state()["phase"] in {"countdown", "ready"})
    assert await asyncio.to_thread(gateway.stop) == 0
    await asyncio.to_thread(gateway.start)
    await until(lambda: bool(readings(server)))
    assert readings(server)[0].failure is Failure.CANCELLED


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_kills_at_random_moments_lose_and_double_nothing(
    gateway: GatewayProcess, device: BactrackC6, server: ReceiptServer
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    begun: list[str] = []
    for _ in range(8):
        device.give(Breath(0.0))
        answer = await start_test(gateway)
        assert answer.status_code == 202
        begun.append(answer.json()["run_id"])
        await asyncio.sleep(dice.uniform(0.0, 2.2))
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(gateway.start)
    await until(lambda: gateway.state()["waiting"] == 0, 40)
    arrived = [reading.run_id for reading in readings(server)]
    assert len(arrived) == len(set(arrived))
    assert set(arrived) == set(begun), f"seed {seed}"
    for reading in readings(server):
        assert reading.brac_mg_per_l in {None, Decimal("0.000")}
        assert reading.purpose is Purpose.VOLUNTARY
    assert server.problems == []


async def test_being_killed_while_publishing_loses_and_doubles_nothing(
    gateway: GatewayProcess, server: ReceiptServer
) -> None:
    server.deaf.set()
    for number in range(40):
        await asyncio.to_thread(gateway.post, "/api/check-in", {"answers": {"craving": number % 11}})
    server.deaf.clear()
    for _ in range(3):
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(gateway.start)
        await asyncio.sleep(0.05)
    await until(lambda: gateway.state()["waiting"] == 0, 40)
    check_ins = [key for key in server.order if server.kinds[key] is Kind.CHECK_IN]
    assert len(check_ins) == len(set(check_ins)) == 40


async def test_a_port_in_use_is_said_in_words(gateway: GatewayProcess, tmp_path: Path) -> None:
    port = gateway.url.rsplit(":", 1)[1]
    environment = {
        **gateway.environment,
        "NYKTER_GATEWAY_PORT": port,
        "NYKTER_GATEWAY_OUTBOX_PATH": str(tmp_path / "other.sqlite3"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nykter", "gateway", "run", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert b"taken by another program" in complaint
    assert b"Traceback" not in complaint


async def test_it_stays_small_and_quiet(gateway: GatewayProcess) -> None:
    await asyncio.sleep(1)
    before = await asyncio.to_thread(cpu_seconds, gateway.pid)
    await asyncio.sleep(4)
    percent = (await asyncio.to_thread(cpu_seconds, gateway.pid) - before) / 4 * 100
    megabytes = await asyncio.to_thread(resident_megabytes, gateway.pid)
    print(f"resident {megabytes:.0f} MB, {percent:.1f} % of a core while idle")
    assert megabytes < 80
    assert percent < 3


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000

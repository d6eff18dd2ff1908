"""A gateway starts whatever is missing, and goes on by itself when it is there again. Real process, real D-Bus."""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.device_status import DeviceStatus
from contracts.reading import Outcome
from contracts.topics import Kind
from nykter.runtime.broker import Broker
from simulators.bluez import BUS_VARIABLE, RadioTiming, VirtualRadio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath
from tests.support.gateway_process import DEVICE, GatewayProcess
from tests.support.home_rig import home, until, wrong_clock
from tests.support.receipts import ReceiptServer

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def bus() -> Path:
    """A folder for the bus socket whose path is short enough."""
    return Path(tempfile.mkdtemp(prefix="nykter-bus-"))


@pytest_asyncio.fixture
async def server(mosquitto: Broker) -> AsyncIterator[ReceiptServer]:
    server = ReceiptServer(mosquitto, {})
    await asyncio.to_thread(server.start)
    yield server
    await asyncio.to_thread(server.stop)


@pytest_asyncio.fixture
async def gateway(
    tmp_path: Path, mosquitto: Broker, server: ReceiptServer, bus: Path
) -> AsyncIterator[GatewayProcess]:
    """Not started; it will look for its bus where `bus` is."""
    process = GatewayProcess(tmp_path, mosquitto, server.public_key, f"unix:path={bus}/bus")
    server.know(DEVICE, process.public_key)
    yield process
    await asyncio.to_thread(process.kill)


async def radio_in(bus: Path, device: BactrackC6, **timing: bool) -> VirtualRadio:
    radio = VirtualRadio(folder=bus, timing=RadioTiming(**timing))
    radio.place(device)
    await radio.start()
    return radio


def device_with(brac: float) -> BactrackC6:
    device = BactrackC6("C6:00:00:00:00:01", pace=30)
    device.give(Breath(brac))
    return device


async def begin(gateway: GatewayProcess) -> None:
    answer = await asyncio.to_thread(gateway.post, "/api/test/start", {"waited_15_min": True})
    assert answer.status_code == 202


async def completes(gateway: GatewayProcess) -> None:
    await until(lambda: gateway.state()["phase"] == "result", 40)


async def test_a_gateway_that_starts_before_dbus_measures_as_soon_as_it_is_there(
    gateway: GatewayProcess, bus: Path
) -> None:
    await asyncio.to_thread(gateway.start)
    await begin(gateway)
    await asyncio.sleep(0.8)
    assert gateway.state()["phase"] == "connecting"
    radio = await radio_in(bus, device_with(0.0))
    await completes(gateway)
    await radio.stop()


async def test_a_test_begun_with_bluetooth_off_goes_on_when_it_is_switched_on(
    gateway: GatewayProcess, bus: Path
) -> None:
    radio = await radio_in(bus, device_with(0.0), powered=False)
    await asyncio.to_thread(gateway.start)
    await begin(gateway)
    await until(lambda: gateway.state()["bluetooth"] == "off")
    assert "Bluetooth är avstängt" in gateway.state()["view"]["body"]
    radio.adapter.set_powered(True)
    await completes(gateway)
    await radio.stop()


async def test_an_adapter_pulled_out_ends_the_run_on_record_and_put_back_serves_the_next(
    gateway: GatewayProcess, bus: Path, server: ReceiptServer
) -> None:
    device = device_with(0.0)
    device.adjust(pace=3)
    radio = await radio_in(bus, device)
    await asyncio.to_thread(gateway.start)
    await begin(gateway)
    await until(lambda: gateway.state()["phase"] == "countdown")
    radio.adapter.unplug()
    await until(lambda: gateway.state()["phase"] == "aborted")
    await begin(gateway)
    await until(lambda: gateway.state()["bluetooth"] == "absent")
    device.adjust(pace=30)
    device.give(Breath(0.0))
    radio.adapter.plug_in()
    await completes(gateway)
    await until(lambda: list(server.kinds.values()).count(Kind.READING) == 2)
    await radio.stop()


async def test_dbus_restarted_in_mid_test_and_between_tests_is_survived(
    gateway: GatewayProcess, bus: Path, server: ReceiptServer
) -> None:
    device = device_with(0.0)
    device.adjust(pace=3)
    radio = await radio_in(bus, device)
    await asyncio.to_thread(gateway.start)
    await begin(gateway)
    await until(lambda: gateway.state()["phase"] == "countdown")
    await radio.stop()
    await until(lambda: gateway.state()["phase"] == "aborted")
    radio = await radio_in(bus, device_with(0.0))
    await begin(gateway)
    await completes(gateway)
    await radio.stop()
    radio = await radio_in(bus, device_with(0.0))
    await begin(gateway)
    await until(lambda: list(server.kinds.values()).count(Kind.READING) == 3, 40)
    outcomes = [json.loads(b)["outcome"] for k, b in server.stored.items() if server.kinds[k] is Kind.READING]
    assert outcomes == ["aborted", "complete", "complete"]
    await radio.stop()


async def test_an_unreachable_broker_keeps_nothing_from_starting_or_measuring(
    gateway: GatewayProcess, bus: Path, mosquitto: Broker, server: ReceiptServer
) -> None:
    await asyncio.to_thread(mosquitto.stop)
    radio = await radio_in(bus, device_with(0.02))
    await asyncio.to_thread(gateway.start)
    await begin(gateway)
    await completes(gateway)
    assert gateway.state()["broker_connected"] is False
    assert gateway.state()["waiting"] >= 1
    await asyncio.to_thread(mosquitto.start)
    await until(lambda: Kind.READING in server.kinds.values(), 60)
    await radio.stop()


async def test_a_wrong_clock_is_told_and_its_times_are_left_as_they_were(tmp_path: Path) -> None:
    async with home(tmp_path, random.Random(1), heartbeat_s="5") as rig:
        wrong_clock(rig, timedelta(hours=-3))
        await rig.begin_test(0.0)
        await rig.settle()
        await until(lambda: rig.gateway.state()["clock_offset_ms"] is not None)
        assert abs(rig.gateway.state()["clock_offset_ms"] - 3 * 3_600_000) < 30_000
        assert "clock_off" in rig.gateway.state()["alarms"]
        [reading] = rig.readings()
        received = rig.server.now()
        assert timedelta(hours=2, minutes=55) < received - reading.measured_at < timedelta(hours=3, minutes=5)

        def told() -> bool:
            bodies = [b for k, b in rig.server.stored.items() if rig.server.kinds[k] is Kind.STATUS]
            return any("clock_off" in DeviceStatus.read(body).value.alarms for body in bodies)

        wrong_clock(rig, timedelta(seconds=6))
        await until(told)


async def test_a_damaged_outbox_is_told_in_the_next_heartbeat(tmp_path: Path) -> None:
    async with home(tmp_path, random.Random(2)) as rig:
        await rig.begin_test(0.0)
        await rig.settle()
        await asyncio.to_thread(rig.gateway.kill)
        outbox = tmp_path / "outbox.sqlite3"
        outbox.write_bytes(b"not a database" * 1000)
        outbox.with_name(outbox.name + "-wal").unlink(missing_ok=True)
        await rig.restart()
        assert "outbox_damaged" in rig.gateway.state()["alarms"]

        def told() -> bool:
            bodies = [b for k, b in rig.server.stored.items() if rig.server.kinds[k] is Kind.STATUS]
            statuses = [DeviceStatus.read(body).value for body in bodies]
            return any(s.outbox_damaged_at and "outbox_damaged" in s.alarms for s in statuses)

        await until(told)
        assert await asyncio.to_thread(lambda: list(tmp_path.glob("outbox.sqlite3.damaged-*")))
        rig.check("after the damage")
        assert rig.readings()[0].outcome is Outcome.COMPLETE


async def test_the_log_holds_nothing_about_the_person(tmp_path: Path) -> None:
    planted = {"serial": "0SECRET77", "comment": "Mormors hemlighet", "value": "0.42", "shown": "0,42"}
    async with home(tmp_path, random.Random(3), trace_limit_mg_per_l="0.05") as rig:
        rig.device.serial = planted["serial"]
        await rig.begin_test(0.42)
        await rig.settle()
        post: Callable[[str, dict[str, object]], Awaitable[object]] = lambda path, body: asyncio.to_thread(  # noqa: E731
            rig.gateway.post, path, body
        )
        await post("/api/check-in", {"answers": {"craving": 9}, "comment": planted["comment"]})
        await post("/api/check-in", {"answers": {"craving": 999}, "comment": planted["comment"]})
        await post("/api/test/cannot-blow", {"reason": "unwell", "purpose": "planned"})
        await asyncio.to_thread(rig.broker.kill)
        await asyncio.sleep(1)
        await asyncio.to_thread(rig.broker.start)
        outbox = tmp_path / "outbox.sqlite3"
        await asyncio.to_thread(rig.gateway.kill)
        outbox.write_bytes(b"damaged " * 1000)
        await rig.restart()
        await asyncio.to_thread(rig.gateway.stop)
        log = rig.gateway.log
        body = next(b for k, b in rig.server.stored.items() if rig.server.kinds[k] is Kind.READING)
        assert planted["serial"].encode() in body  # it was there to be logged
    assert "no connection to the broker" in log
    login = rig.gateway.environment["NYKTER_GATEWAY_MQTT_URL"].split("@")[0].split(":")[-1]
    key = (tmp_path / "gateway.key").read_text().strip()
    found = [name for name, text in {**planted, "password": login, "key": key}.items() if text in log]
    assert found == []
    assert rig.device.address not in log


def test_the_devices_in_reach_are_listed_with_how_well_each_is_known(bus: Path) -> None:
    async def listed() -> tuple[str, str]:
        radio = await radio_in(bus, device_with(0.0))
        environment = {**os.environ, BUS_VARIABLE: radio.address}
        command = [sys.executable, "-m", "nykter", "gateway", "devices", "--seconds", "0.6"]

        def run(*more: str) -> str:
            done = subprocess.run(
                [*command, *more], env=environment, capture_output=True, text=True, check=True
            )
            return done.stdout

        words, as_json = await asyncio.to_thread(run), await asyncio.to_thread(run, "--json")
        await radio.stop()
        return words, as_json

    words, as_json = asyncio.run(listed())
    assert "C6:00:00:00:00:01" in words
    assert "bactrack_c6 (verified_by_capture)" in words
    [device] = json.loads(as_json)
    assert device["families"] == [{"driver": "bactrack_c6", "grade": "verified_by_capture"}]


def test_no_bluetooth_is_said_in_words_when_devices_are_asked_for(bus: Path) -> None:
    environment = {**os.environ, BUS_VARIABLE: f"unix:path={bus}/nothing"}
    command = [sys.executable, "-m", "nykter", "gateway", "devices", "--seconds", "0.2"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Bluetooth" in done.stderr
    assert "Traceback" not in done.stderr

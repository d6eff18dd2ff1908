"""The rack as a process: its control socket, and gateways in other processes that crash and come back."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from bleak import BleakAdapter, BleakClient, BleakScanner

from simulators.bluez import BUS_VARIABLE, DBusDaemonMissingError
from simulators.breathalyzers.bactrack_c6_frames import START_TEST
from simulators.errors import SimulatorError
from simulators.rack_control import RackClient
from tests.support.breath_client import BreathClient, find

ADDRESS = "C6:5E:00:00:00:00"

_CRASHING_GATEWAY = """
import asyncio
from simulators.breathalyzers.bactrack_c6_frames import START_TEST
from tests.support.breath_client import BreathClient, find

async def main():
    async with BreathClient(await find("C6:5E:00:00:00:00")) as client:
        await client.send(START_TEST)
        await client.until(0x80, 1)
        print("in test", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@dataclass
class Rack:
    bus_address: str
    client: RackClient
    process: asyncio.subprocess.Process

    async def device(self) -> dict[str, object]:
        answer = await self.client.ask("list")
        found: dict[str, object] = answer["devices"][0]
        return found


@pytest.fixture
def rack_options() -> tuple[str, ...]:
    return ()


@pytest_asyncio.fixture
async def rack(
    rack_options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rack]:
    control = tmp_path / "control"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators.rack_process", "--control", str(control), "--pace", "50", "--devices", "2"),
        *rack_options,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    monkeypatch.setenv(BUS_VARIABLE, ready["bus_address"])
    yield Rack(ready["bus_address"], RackClient(Path(ready["control"])), process)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert _names(tmp_path) == []
    assert not _bus_socket(ready["bus_address"]).exists()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _bus_socket(bus_address: str) -> Path:
    return Path(bus_address.split("path=")[1].split(",", maxsplit=1)[0])


async def _eventually(rack: Rack, **expected: object) -> None:
    async with asyncio.timeout(5):
        while True:
            device = await rack.device()
            if all(device[name] == value for name, value in expected.items()):
                return
            await asyncio.sleep(0.02)


async def test_a_breath_asked_for_over_the_socket_reaches_bleak_in_another_process(rack: Rack) -> None:
    await rack.client.ask("blow", device=ADDRESS, brac_mg_per_l=0.42)
    async with BreathClient(await find(ADDRESS)) as client:
        frames = await client.run_test()
    [result] = [frame for frame in frames if frame[:2] == b"\x80\x06"]
    assert result.hex() == "8006000058e7"
    await _eventually(rack, state="result", last_result_mg_per_l=0.42, connected=False, use_count=1)


async def crash_a_gateway_in_mid_test(rack: Rack) -> None:
    gateway = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _CRASHING_GATEWAY,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert gateway.stdout is not None
    assert await asyncio.wait_for(gateway.stdout.readline(), 20) == b"in test\n"
    await _eventually(rack, connected=True)
    gateway.kill()
    await gateway.wait()


async def test_a_gateway_killed_in_mid_test_drops_the_link_and_the_next_one_gets_its_test(rack: Rack) -> None:
    await crash_a_gateway_in_mid_test(rack)
    await _eventually(rack, connected=False, state="idle")
    await rack.client.ask("blow", device=ADDRESS, brac_mg_per_l=0.1)
    async with BreathClient(await find(ADDRESS)) as client:
        assert await client.run_test()


@pytest.mark.parametrize("rack_options", [("--keep-links",)])
async def test_a_link_left_up_by_a_killed_gateway_is_found_and_ended_by_the_next(rack: Rack) -> None:
    await crash_a_gateway_in_mid_test(rack)
    await asyncio.sleep(0.2)
    await _eventually(rack, connected=True)
    assert await BleakScanner.find_device_by_address(ADDRESS, timeout=0.3) is None
    [left] = await (await BleakAdapter.get()).get_connected_devices()
    async with BleakClient(left):
        pass
    await _eventually(rack, connected=False)
    await rack.client.ask("blow", device=ADDRESS, brac_mg_per_l=0.1)
    async with BreathClient(await find(ADDRESS)) as client:
        assert await client.run_test()


async def test_changes_are_streamed_to_a_watcher(rack: Rack) -> None:
    seen: list[str] = []

    async def watch() -> None:
        async for device in rack.client.watch():
            if device["address"] == ADDRESS and device["state"] not in seen:
                seen.append(device["state"])
            if device["state"] == "result":
                return

    watcher = asyncio.create_task(watch())
    await rack.client.ask("blow", device=ADDRESS, brac_mg_per_l=0.1)
    async with BreathClient(await find(ADDRESS)) as client:
        await client.run_test()
    await asyncio.wait_for(watcher, 5)
    assert seen == ["idle", "warming_up", "ready", "blowing", "analysing", "result"]


async def test_faults_link_cuts_and_settings_work_over_the_socket(rack: Rack) -> None:
    await rack.client.ask("set", device=ADDRESS, battery_mv=1000, pace=80)
    async with BreathClient(await find(ADDRESS)) as client:
        await client.send(START_TEST)
        await client.until(0x80, 0x0A)
        await rack.client.ask("set", device=ADDRESS, battery_mv=1500)
        await rack.client.ask("fail", device=ADDRESS, fault="not_calibrated")
        await client.send(START_TEST)
        await client.until(0x80, 0x0E)
        await rack.client.ask("cut_link", device=ADDRESS)
        await asyncio.wait_for(client.lost.wait(), 2)
    await _eventually(rack, battery_mv=1500, pace=80, last_fault="not_calibrated", connected=False)
    await rack.client.ask("switch", device=ADDRESS, on=False)
    await _eventually(rack, state="off")
    await rack.client.ask("switch", device=ADDRESS, on=True)
    await _eventually(rack, state="idle")


async def test_moving_powering_and_adding_work_over_the_socket(rack: Rack) -> None:
    async with BreathClient(await find(ADDRESS)) as client:
        await rack.client.ask("move", device=ADDRESS, near=False)
        await asyncio.wait_for(client.lost.wait(), 2)
    await rack.client.ask("move", device=ADDRESS, near=True)
    async with BreathClient(await find(ADDRESS)) as client:
        await rack.client.ask("radio", powered=False)
        await asyncio.wait_for(client.lost.wait(), 2)
    await rack.client.ask("radio", powered=True)
    await asyncio.sleep(0.1)
    added = await rack.client.ask("add", family="bactrack_c8", number=7)
    assert added["device"]["model"] == "BACtrack C8"
    await find(added["device"]["address"])


async def test_a_missing_rack_is_a_passing_trouble(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError) as caught:
        await RackClient(tmp_path / "nothing").ask("list")
    assert caught.value.permanent is False


async def test_killing_the_rack_leaves_no_bus_behind(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(
            "-m",
            "simulators.rack_process",
            "--control",
            str(tmp_path / "c"),
            "--folder",
            str(tmp_path / "bus"),
        ),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 20)
    assert _answers(tmp_path / "bus" / "bus")
    process.kill()
    await process.wait()
    await asyncio.to_thread(_wait_until_silent, tmp_path / "bus" / "bus")


def _wait_until_silent(path: Path) -> None:
    deadline = time.monotonic() + 5
    while _answers(path):
        assert time.monotonic() < deadline, "the bus outlived the rack"
        time.sleep(0.02)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _only_child(pid: int) -> int:
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


async def test_a_rack_whose_bus_is_killed_says_so_and_ends(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators.rack_process", "--control", str(tmp_path / "c")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 20)
    os.kill(_only_child(process.pid), signal.SIGKILL)
    out, _ = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 1
    assert b"message bus of the virtual radio ended" in out
    assert _names(tmp_path) == []


async def test_a_machine_without_dbus_is_told_what_to_install(tmp_path: Path) -> None:
    assert issubclass(DBusDaemonMissingError, SimulatorError)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators.rack_process", "--control", str(tmp_path / "c")),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": "/nowhere"},
    )
    out, _ = await process.communicate()
    assert process.returncode == 1
    assert b"install the system package 'dbus-daemon'" in out

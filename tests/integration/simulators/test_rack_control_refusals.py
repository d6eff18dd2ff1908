"""What the control socket of a device rack refuses, and how it says so."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.device_rack import DeviceRack, build_device
from simulators.errors import SimulatorError
from simulators.rack_control import RackClient, serve_control

ADDRESS = "C6:5E:00:00:00:00"


@pytest_asyncio.fixture
async def control(tmp_path: Path) -> AsyncIterator[Path]:
    async with (
        DeviceRack([build_device("bactrack_c6", 0)]) as rack,
        serve_control(rack, tmp_path / "control"),
    ):
        yield tmp_path / "control"


@pytest.mark.parametrize(
    ("request_fields", "words"),
    [
        ({"do": "dance"}, "dance"),
        ({"do": "blow", "device": ADDRESS, "brac_mg_per_l": -1}, "greater than or equal to 0"),
        ({"do": "blow", "device": "nobody", "brac_mg_per_l": 1}, "no device with the address nobody"),
        ({"do": "fail", "device": ADDRESS, "fault": "gremlins"}, "fault"),
        ({"do": "set", "device": ADDRESS, "pace": 0}, "greater than 0"),
        ({"do": "list", "extra": 1}, "extra"),
        ({"do": "add", "family": "teapot", "number": 1}, "unknown device family"),
        ({"do": "add", "family": "bactrack_c6", "number": 0}, "already"),
    ],
)
async def test_a_wrong_request_is_refused_in_words(
    control: Path, request_fields: dict[str, object], words: str
) -> None:
    do = str(request_fields.pop("do"))
    with pytest.raises(SimulatorError, match=words):
        await RackClient(control).ask(do, **request_fields)
    assert len((await RackClient(control).ask("list"))["devices"]) == 1


async def test_a_connection_goes_on_after_a_refusal(control: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(control)
    for line in (b"not json\n", b'{"do": "list"}\n'):
        writer.write(line)
    assert json.loads(await reader.readline())["ok"] is False
    assert json.loads(await reader.readline())["ok"] is True
    writer.close()
    await writer.wait_closed()


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_only_the_owner_may_open_the_socket(control: Path) -> None:
    assert _mode(control) == 0o600


@pytest.fixture
def stale_socket(tmp_path: Path) -> Path:
    (tmp_path / "control").touch()
    return tmp_path / "control"


async def test_a_stale_socket_is_replaced(stale_socket: Path) -> None:
    async with DeviceRack() as rack, serve_control(rack, stale_socket):
        assert (await RackClient(stale_socket).ask("list"))["devices"] == []


async def test_a_watcher_that_hangs_up_is_forgotten(tmp_path: Path) -> None:
    async with DeviceRack() as rack, serve_control(rack, tmp_path / "c"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "c")
        writer.write(b'{"do": "watch"}\n')
        await reader.readline()
        assert len(rack._observers) == 1
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.05)
        assert rack._observers == []


def test_an_observer_that_has_ended_hears_nothing_more() -> None:
    rack = DeviceRack([build_device("bactrack_c6", 0)])
    seen: list[str] = []
    stop = rack.observe(lambda snapshot: seen.append(snapshot.state))
    rack.device(ADDRESS).switch_off()
    stop()
    rack.device(ADDRESS).switch_on()
    assert set(seen) == {"off"}


def test_the_same_rack_seed_gives_every_device_its_own_but_repeatable_sensor() -> None:
    def gains(seed: int) -> list[float]:
        devices = [build_device("bactrack_c6", number, seed=seed) for number in range(3)]
        return [device.sensor.gain_at_calibration for device in devices if device.sensor]

    assert gains(1) == gains(1)
    assert len(set(gains(1))) == 3
    assert gains(1) != gains(2)

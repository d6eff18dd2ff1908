"""The gateway at home: a hundred breathalyzers tested at once through one radio, and what the process costs."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.reading import Purpose
from device_gateway.messages import value_of
from device_gateway.radio import BleakRadio, Found, look_around
from device_gateway.session import Session
from device_gateway.signing import create_key
from device_gateway.test_run import Limits, Phase, Run
from nykter.bench.figure import Figure
from nykter.bench.place import Place
from nykter.errors import NykterError
from nykter.runtime.broker import login_url
from simulators.bluez import BUS_VARIABLE, VirtualRadio, virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath

DEVICES = 100
_PACE = 10
_IDLE_S = 20.0
_TOLERANCE_MG_PER_L = 0.005


def run(place: Place) -> list[Figure]:
    """Raises NykterError when a test does not end with its own device's value."""
    alone, together = asyncio.run(_tests(1)), asyncio.run(_tests(DEVICES))
    own = Figure("one simulated test, from connecting to its value", alone, "s")
    return [
        own,
        Figure(f"{DEVICES} of them at the same time, one radio", together, "s").against(own),
        *asyncio.run(_process(place)),
    ]


async def _tests(number: int) -> float:
    devices = [BactrackC6(f"C6:00:00:00:00:{index:02X}", pace=_PACE) for index in range(number)]
    async with virtual_radio(*devices):
        for index, device in enumerate(devices):
            device.give(Breath(index / 100))
        found: dict[str, Found] = {}
        while len(found) < number:
            found |= {one.device.address: one for one in await look_around(0.5)}
        began = time.perf_counter()
        runs = await asyncio.gather(*(_test(found[device.address]) for device in devices))
        took = time.perf_counter() - began
    for index, ended in enumerate(runs):
        value = value_of(ended)
        if ended.phase is not Phase.RESULT or abs(float(value or 0) - index / 100) > _TOLERANCE_MG_PER_L:
            raise NykterError(f"test {index} of {number} ended as {ended.phase.value}, {ended.code}")
    return took


async def _test(found: Found) -> Run:
    session = Session(BleakRadio(found=found), Limits(settle_ms=200), time.monotonic, lambda _run: None)
    return await session.perform(Run(os.urandom(16).hex(), purpose=Purpose.VOLUNTARY))


async def _process(place: Place) -> list[Figure]:
    radio = VirtualRadio()
    await radio.start()
    try:
        with _gateway(place, radio.address) as pid:
            before = _cpu_s(pid)
            await asyncio.sleep(_IDLE_S)
            idle = (_cpu_s(pid) - before) / _IDLE_S * 100
            return [
                Figure("gateway process, resident", _resident_mb(pid), "MB"),
                Figure("gateway process, idle", idle, "% of a core"),
            ]
    finally:
        await radio.stop()


@contextmanager
def _gateway(place: Place, bus_address: str) -> Iterator[int]:
    folder = place.folder / "gateway"
    folder.mkdir(exist_ok=True)
    create_key(folder / "gateway.key")
    port_file = folder / "port"
    given = {
        "DEVICE_ID": "gw-bench-1",
        "TENANT": "bench",
        "MQTT_URL": login_url(place.broker, place.broker.add_gateway("bench", "gw-bench-1")),
        "KEY_FILE": str(folder / "gateway.key"),
        "SERVER_PUBLIC_KEY": "00" * 32,
        "OUTBOX_PATH": str(folder / "outbox.sqlite3"),
        "PORT": "0",
    }
    environment = os.environ | {f"NYKTER_GATEWAY_{name}": value for name, value in given.items()}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nykter", "gateway", "run", "--port-file", str(port_file)],
            env=environment | {BUS_VARIABLE: bus_address},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 60
        while not port_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise NykterError(f"The gateway did not start; see {folder / 'log'}.")
            time.sleep(0.1)
        time.sleep(2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000

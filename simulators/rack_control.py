"""Remote control of a device rack: a unix socket, one JSON object per line each way.

Every request carries `do`; every answer `ok`, and `error` in words when it is false. After an error the connection
goes on. Only the user who runs the rack can open the socket (mode 0600).

    {"do": "list"}                                     -> {"ok": true, "bus_address": "unix:...", "devices": [...]}
    {"do": "blow", "device": A, "brac_mg_per_l": 0.42, "blow": "good", "mouth_alcohol_mg_per_l": 0, "reaction_s": 1}
    {"do": "fail", "device": A, "fault": "low_battery", "at": null}        at: a state, null = now / natural stage
    {"do": "cut_link", "device": A, "at": null}        at: a state, null = now
    {"do": "calm", "device": A}                        takes back what has not struck yet, and a waiting breath
    {"do": "set", "device": A, "pace": 10, "battery_mv": 1400, "temperature_c": 20, "days_since_calibration": 30}
    {"do": "switch", "device": A, "on": false}         power button
    {"do": "move", "device": A, "near": false}         out of reach of the adapter and back
    {"do": "radio", "powered": false, "plugged": true} the adapter
    {"do": "add", "family": "bactrack_c6", "number": 7, "pace": 1, "seed": null}
    {"do": "watch"}                                    -> {"ok": true, "devices": [...]}, then one
                                                          {"ok": true, "device": {...}} for every change, for ever

Commands for a device answer `{"ok": true, "device": {...}}`. A device is a `DeviceSnapshot`: address, model, serial,
state, connected, battery_mv, use_count, pace, breath_waiting, last_result_mg_per_l, last_fault, revision.
Blows: good, weak, interrupted, none, cancelled. Faults and states: `simulators.breathalyzers.breath`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from simulators.breathalyzers.snapshot import DeviceSnapshot
from simulators.device_rack import DeviceRack
from simulators.errors import SimulatorError
from simulators.rack_requests import Answer, Watch, all_devices, carry_out, parse

_MAX_LINE = 64 * 1024


@asynccontextmanager
async def serve_control(rack: DeviceRack, path: Path) -> AsyncIterator[None]:
    """Serve `rack` on a unix socket at `path`, replacing a stale one; the socket is removed at the end."""
    connections: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await _converse(rack, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(handle, _fresh(path), limit=_MAX_LINE)
    _close_to_others(path)
    try:
        yield
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        _fresh(path)


def _fresh(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


def _close_to_others(path: Path) -> None:
    path.chmod(0o600)


async def _converse(rack: DeviceRack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await _read_line(reader):
        try:
            request = parse(line)
            if isinstance(request, Watch):
                await _watch(rack, reader, writer)
                return
            answer = carry_out(rack, request)
        except SimulatorError as error:
            answer = {"ok": False, "error": str(error)}
        await _write(writer, answer)


async def _watch(rack: DeviceRack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    changes: asyncio.Queue[DeviceSnapshot] = asyncio.Queue()
    stop = rack.observe(changes.put_nowait)
    hung_up = asyncio.ensure_future(reader.read())
    try:
        await _write(writer, {"ok": True, "devices": all_devices(rack)})
        while True:
            change = asyncio.ensure_future(changes.get())
            await asyncio.wait({hung_up, change}, return_when=asyncio.FIRST_COMPLETED)
            if not change.done():
                change.cancel()
                return
            await _write(writer, {"ok": True, "device": asdict(change.result())})
    finally:
        hung_up.cancel()
        stop()


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # a line above the limit: whoever sends that is not one of ours
        return b""


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()


class RackClient:
    """The other end of the socket, for a presenter's page or a test."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def ask(self, do: str, **fields: object) -> Answer:
        """Send one request on a connection of its own and return the answer.

        Raises SimulatorError when the rack says no, or (`permanent` False) when there is no rack.
        """
        reader, writer = await self._open()
        try:
            await _write(writer, {"do": do, **fields})
            return _checked(await reader.readline())
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def watch(self) -> AsyncIterator[Answer]:
        """Every device once, then a device after each change, until the rack ends or the caller stops asking."""
        reader, writer = await self._open()
        try:
            await _write(writer, {"do": "watch"})
            for device in _checked(await reader.readline())["devices"]:
                yield device
            while line := await reader.readline():
                yield _checked(line)["device"]
        finally:
            writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_unix_connection(self._path, limit=_MAX_LINE * 16)
        except OSError as error:
            raise SimulatorError(f"no device rack at {self._path}", permanent=False) from error


def _checked(line: bytes) -> Answer:
    if not line:
        raise SimulatorError("the device rack ended", permanent=False)
    answer: Answer = json.loads(line)
    if not answer["ok"]:
        raise SimulatorError(answer["error"])
    return answer

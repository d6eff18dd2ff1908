"""A device rack as a long-running process: `python -m simulators.rack_process --control SOCKET`, or `run(...)`.

It prints one JSON line `{"bus_address": ..., "control": ...}` when it is ready and ends on SIGTERM or Ctrl-C with
nothing left behind. Everything a presenter does goes over the control socket, see `simulators.rack_control`.
"""

import argparse
import asyncio
import json
import signal
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.device_rack import FAMILIES, DeviceRack, build_device
from simulators.errors import SimulatorError
from simulators.rack_control import serve_control


async def run(
    devices: Iterable[ScriptedBreathalyzer],
    control: Path,
    *,
    folder: Path | None = None,
    keep_links: bool = False,
    ready: Callable[[DeviceRack], None] = lambda _rack: None,
    until: asyncio.Event | None = None,
) -> None:
    """Run a rack with its control socket until `until` is set (or forever); `ready` is called once both are up.

    Raises SimulatorError when it cannot start, or when its message bus ends under it (worth a new start).
    """
    async with AsyncExitStack() as stack:
        rack = await stack.enter_async_context(DeviceRack(devices, folder=folder, keep_links=keep_links))
        await stack.enter_async_context(serve_control(rack, control))
        ready(rack)
        await _wait(until or asyncio.Event(), rack)


async def _wait(until: asyncio.Event, rack: DeviceRack) -> None:
    asked = asyncio.ensure_future(until.wait())
    lost = asyncio.ensure_future(rack.radio.wait_until_lost())
    try:
        await asyncio.wait({asked, lost}, return_when=asyncio.FIRST_COMPLETED)
        if lost.done() and not asked.done():
            raise SimulatorError("the message bus of the virtual radio ended", permanent=False)
    finally:
        asked.cancel()
        lost.cancel()


def main(arguments: list[str] | None = None) -> int:
    """Entry of `python -m simulators.rack_process`."""
    options = _parse(arguments)
    devices = [
        build_device(
            options.family, number, pace=options.pace, seed=options.seed, idle_off_s=options.idle_off
        )
        for number in range(options.devices)
    ]

    async def until_signal() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)

        def announce(rack: DeviceRack) -> None:
            print(json.dumps({"bus_address": rack.bus_address, "control": str(options.control)}), flush=True)

        await run(
            devices,
            options.control,
            folder=options.folder,
            keep_links=options.keep_links,
            ready=announce,
            until=stopped,
        )

    try:
        asyncio.run(until_signal())
    except SimulatorError as error:
        print(f"device rack: {error}", flush=True)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="device_rack", description="Virtual breathalyzers on a virtual radio."
    )
    parser.add_argument("--control", type=Path, required=True, help="path of the control socket to make")
    parser.add_argument("--folder", type=Path, help="folder for the bus socket (default: a temporary one)")
    parser.add_argument("--family", choices=sorted(FAMILIES), default="bactrack_c6")
    parser.add_argument("--devices", type=int, default=1, help="how many")
    parser.add_argument("--pace", type=float, default=1.0, help="how many times quicker than the real device")
    parser.add_argument("--seed", type=int, help="give every device a noisy sensor drawn from this seed")
    parser.add_argument(
        "--idle-off", type=float, help="switch off after so many idle seconds (default: never)"
    )
    parser.add_argument(
        "--keep-links", action="store_true", help="leave links up when a gateway vanishes, as bluetoothd does"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())

"""`nykter gateway run|status|devices|enrol`: the process beside the breathalyzer."""

import argparse
import asyncio
import json
import logging
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from nykter.clock import clock_from_environment
from nykter.errors import NykterError

_STATUS_TIMEOUT_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    run_parser = actions.add_parser("run", help="run the gateway until it is stopped")
    run_parser.add_argument(
        "--port-file",
        type=Path,
        help="write the page's port here once it answers (for NYKTER_GATEWAY_PORT=0)",
    )
    status = actions.add_parser("status", help="how the running gateway stands")
    status.add_argument("--port", type=int, help="of the gateway's page (default: from the settings)")
    status.add_argument("--json", action="store_true", help="everything, as JSON")
    devices = actions.add_parser(
        "devices", help="which breathalyzers are in reach, and how well each is known"
    )
    devices.add_argument("--seconds", type=float, default=8.0, help="how long to listen (default: 8)")
    devices.add_argument("--adapter", help="Bluetooth adapter, e.g. hci0 (default: the machine's first)")
    devices.add_argument("--json", action="store_true", help="as JSON")
    enrol = actions.add_parser(
        "enrol", help="make this gateway's key and print its public half for registration"
    )
    enrol.add_argument("--key-file", type=Path, required=True, help="where the key goes; never overwritten")


def run(args: argparse.Namespace) -> int:
    """See `nykter.cli`."""
    from device_gateway.errors import GatewayError

    try:
        if args.action == "run":
            return _run(args.port_file)
        if args.action == "status":
            return _status(args.port, as_json=args.json)
        if args.action == "devices":
            return _devices(args.seconds, args.adapter, as_json=args.json)
        return _enrol(args.key_file)
    except GatewayError as error:
        raise NykterError(str(error)) from error


def _run(port_file: Path | None) -> int:
    from device_gateway.settings import GatewaySettings
    from device_gateway.supervisor import HOST, run_gateway

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(port: int) -> None:
        print(f"The client's page: http://{HOST}:{port}/", flush=True)
        if port_file is not None:
            beside = port_file.with_name(port_file.name + ".new")
            beside.write_text(f"{port}\n", encoding="ascii")
            beside.replace(port_file)

    asyncio.run(run_gateway(GatewaySettings.from_environment(), clock_from_environment(), on_ready=ready))
    return 0


def _status(port: int | None, *, as_json: bool) -> int:
    from device_gateway.settings import GatewaySettings
    from device_gateway.supervisor import HOST

    if port is None:
        port = GatewaySettings.from_environment().port
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/api/state", timeout=_STATUS_TIMEOUT_S) as answer:
            state: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NykterError(f"no gateway answers on {HOST}:{port} ({reason})") from error
    if as_json:
        print(json.dumps(state, indent=2, ensure_ascii=False))
    else:
        print(_words(state))
    return 0


def _devices(seconds: float, adapter: str | None, *, as_json: bool) -> int:
    from device_gateway.protocol.families import FAMILIES
    from device_gateway.radio import look_around

    found = asyncio.run(look_around(seconds, adapter))
    told = [
        {
            "address": one.device.address,
            "name": one.device.name,
            "strength_dbm": one.strength_dbm,
            "families": [{"driver": f.name, "grade": f.grade.value} for f in one.families],
        }
        for one in found
    ]
    if as_json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return 0
    print("Families this gateway knows: " + ", ".join(f"{f.name} ({f.grade.value})" for f in FAMILIES))
    for device in told:
        families = " or ".join(f"{f['driver']} ({f['grade']})" for f in device["families"])  # type: ignore[index,union-attr]
        print(
            f"{device['address']}  {device['strength_dbm']} dBm  {device['name'] or 'no name heard'}  {families}"
        )
    if not told:
        print(
            "None in reach. Switch the breathalyzer on; many are heard only while they are awake and not connected."
        )
    return 0


def _words(state: dict[str, Any]) -> str:
    lines = {
        "gateway": state["device_id"],
        "test": state["phase"],
        "bluetooth": state["bluetooth"],
        "broker": "connected" if state["broker_connected"] else "not connected",
        "breathalyzer": _breathalyzer(state),
        "waiting for a receipt": state["waiting"],
        "not yet written": state["unwritten"],
        "refused by the backend": state["refused"],
        "clock offset": "not measured"
        if state["clock_offset_ms"] is None
        else f"{state['clock_offset_ms']} ms",
        "alarms": ", ".join(state["alarms"]) or "none",
        "last error": state["last_error"] or "none",
    }
    return "\n".join(f"{name:24}{value}" for name, value in lines.items())


def _breathalyzer(state: dict[str, Any]) -> str:
    if state["driver_grade"] is None:
        return "none seen yet"
    return f"{state['model']} ({state['driver_grade']})"


def _enrol(key_file: Path) -> int:
    from device_gateway.signing import create_key

    signer = create_key(key_file)
    print(f"key file    {key_file} (readable by its owner only; it never leaves this device)")
    print(f"public key  {signer.public_key.hex()}")
    print(f"key id      {signer.key_id}")
    return 0

"""`nykter gateway run|status|devices|phone|enrol|rotate|revoke`: the process beside the breathalyzer, and who it is."""

import argparse
import asyncio
import json
import logging
import os
import sys
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
    run_parser.add_argument(
        "--folder",
        type=Path,
        help="of `nykter gateway enrol`; variables that are set go before what stands there",
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
    phone = actions.add_parser("phone", help="the code that lets a phone on the home network use the page")
    phone.add_argument("--folder", type=Path, help="of `nykter gateway enrol` (default: from the settings)")
    phone.add_argument("--new", action="store_true", help="another code; phones let in before are let out")
    _add_identity(actions)


def _add_identity(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    enrol = actions.add_parser("enrol", help="make this gateway's keys and enrol it with a code from staff")
    enrol.add_argument("--server", help="https:// address of the web pages")
    enrol.add_argument("--code", help="the one-time code; - reads it from standard input")
    enrol.add_argument("--folder", type=Path, help="where keys and settings go; never overwritten")
    enrol.add_argument(
        "--key-file", type=Path, help="instead of all that: only make a key and print its public half"
    )
    rotate = actions.add_parser("rotate", help="change this gateway's key and renew its certificate")
    rotate.add_argument("--server", required=True, help="https:// address of the web pages")
    rotate.add_argument("--folder", type=Path, required=True, help="of `nykter gateway enrol`")
    rotate.add_argument(
        "--if-due", action="store_true", help="only when a third of the certificate's life or less is left"
    )
    for one in (enrol, rotate):
        one.add_argument(
            "--ca-file", type=Path, help="certificate to trust at the server (default: the system's)"
        )
    revoke = actions.add_parser(
        "revoke", help="for operators, at the backend: believe nothing a gateway signs any more"
    )
    revoke.add_argument("--device", required=True, help="the gateway's id")
    revoke.add_argument("--reason", required=True, help="why, in own words")


def run(args: argparse.Namespace) -> int:
    """See `nykter.cli`."""
    from device_gateway.errors import GatewayError

    try:
        if args.action == "run":
            return _run(args.port_file, args.folder)
        if args.action == "status":
            return _status(args.port, as_json=args.json)
        if args.action == "devices":
            return _devices(args.seconds, args.adapter, as_json=args.json)
        if args.action == "phone":
            return _phone(args.folder, new=args.new)
        if args.action == "enrol":
            return _make_key(args.key_file) if args.key_file else _enrol(args)
        if args.action == "rotate":
            return _rotate(args)
        return _revoke(args.device, args.reason)
    except GatewayError as error:
        raise NykterError(str(error)) from error


def _run(port_file: Path | None, folder: Path | None) -> int:
    from device_gateway.settings import GatewaySettings
    from device_gateway.supervisor import HOST, run_gateway

    _use_folder(folder)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(port: int) -> None:
        print(f"The client's page: http://{HOST}:{port}/", flush=True)
        if port_file is not None:
            beside = port_file.with_name(port_file.name + ".new")
            beside.write_text(f"{port}\n", encoding="ascii")
            beside.replace(port_file)

    asyncio.run(run_gateway(GatewaySettings.from_environment(), clock_from_environment(), on_ready=ready))
    return 0


def _use_folder(folder: Path | None) -> None:
    from device_gateway.enrolment import read_settings

    if folder is not None:
        for name, value in read_settings(folder).items():
            os.environ.setdefault(f"NYKTER_GATEWAY_{name}", value)


def _phone(folder: Path | None, *, new: bool) -> int:
    import time

    from device_gateway.settings import GatewaySettings
    from device_gateway.web.home_access import HomeAccess

    _use_folder(folder)
    settings = GatewaySettings.from_environment()
    if settings.home_address is None:
        raise NykterError(
            "The page is for this machine alone. NYKTER_GATEWAY_HOME_ADDRESS opens it to phones on the home "
            "network (an address of this machine there, or 0.0.0.0 for all)."
        )
    code = HomeAccess.at(settings.outbox_path.parent, time.monotonic, new=new).code
    shown = settings.home_address if settings.home_address != "0.0.0.0" else "THIS-MACHINE"  # noqa: S104
    print(f"on the phone  http://{shown}:{settings.port}/")
    print(f"code          {code[:5]} {code[5:]}")
    if new:
        print("Start the gateway again: until then the code before holds.")
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


def _make_key(key_file: Path) -> int:
    from device_gateway.signing import create_key

    signer = create_key(key_file)
    print(f"key file    {key_file} (readable by its owner only; it never leaves this device)")
    print(f"public key  {signer.public_key.hex()}")
    print(f"key id      {signer.key_id}")
    return 0


def _enrol(args: argparse.Namespace) -> int:
    from device_gateway.enrolment import SETTINGS, enrol

    if not (args.server and args.code and args.folder):
        raise NykterError("Give --server, --code and --folder (or --key-file alone).", exit_code=2)
    code = sys.stdin.readline().strip() if args.code == "-" else args.code
    answer = enrol(args.server, code, args.folder, ca_file=args.ca_file)
    print(f"gateway     {answer.device_id}")
    print(f"settings    {args.folder / SETTINGS} (readable by its owner only)")
    print(f"start it    nykter gateway run --folder {args.folder}")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from device_gateway.enrolment import rotate

    now = clock_from_environment().now()
    answer = rotate(args.server, args.folder, now=now, ca_file=args.ca_file, only_when_due=args.if_due)
    if answer is None:
        print("Nothing is due.")
    else:
        print(
            f"Changed. The old key is believed until {answer.old_key_until:%Y-%m-%d}. Start the gateway again."
        )
    return 0


def _revoke(device_id: str, reason: str) -> int:
    from backend.access.principal import SYSTEM
    from backend.errors import BackendError
    from backend.services.gateways import revoke_gateway
    from backend.store.pool import Database
    from nykter.broker_access import broker_access_from
    from nykter.settings import ServeSettings

    settings = ServeSettings.from_environment()
    access = broker_access_from(settings)
    now = clock_from_environment().now()
    try:
        with Database(settings.database_url.get_secret_value(), max_size=1) as db:
            revoke_gateway(db, SYSTEM, device_id, reason, access, now=now)
    except BackendError as error:
        raise NykterError(str(error)) from error
    print(f"{device_id} is revoked. Let the broker read its files again (SIGHUP).")
    return 0

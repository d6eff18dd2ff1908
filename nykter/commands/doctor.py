"""`nykter doctor`: what is installed, reachable and migrated, and what to do about what is not."""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from nykter.diagnosis.finding import Finding, State, fault
from nykter.errors import NykterError
from nykter.runtime.secret_setting import setting

_MARKS = {State.OK: "ok   ", State.NOTE: "note ", State.FAULT: "FAULT"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder and port to look at, and how to print."""
    parser.add_argument(
        "--data", type=Path, default=Path("demo-data"), metavar="DIR", help="the demo's data folder"
    )
    parser.add_argument("--port", type=int, default=8080, help="the port of the web pages")
    parser.add_argument("--json", action="store_true", help="print a list of findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what was found; status 1 when something keeps Nykter from running, else 0."""
    findings = list(_survivors(_findings(args.data, args.port)))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state]}  {finding.what:<12}  {finding.says}")
            if finding.do:
                print(f"{'':21}-> {finding.do}")
    return 1 if any(finding.state is State.FAULT for finding in findings) else 0


def _survivors(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A package that is not installed ends the looking, but not without a word."""
    try:
        yield from findings
    except ImportError as error:
        yield fault(
            "packages", f"{error.name or error} is not installed", "make demo installs everything into .venv"
        )


def _findings(data: Path, port: int) -> Iterator[Finding]:
    from nykter.diagnosis import channels, machine, metrics, servers

    yield from machine.python_and_packages()
    try:
        database_url = setting("NYKTER_DATABASE_URL", os.environ)
        broker_url = setting("NYKTER_MQTT_URL", os.environ)
    except NykterError as error:
        yield fault("settings", str(error), "Correct the variable, or the file it names.")
    else:
        yield from servers.database(database_url)
        yield from servers.broker(broker_url)
        yield from channels.settings_of_channels()
        yield from channels.deliveries(database_url)
    yield from metrics.processes(os.environ.get(metrics.VARIABLE))
    model_file = os.environ.get("NYKTER_MODEL_FILE")
    yield from servers.model(Path(model_file) if model_file else None)
    yield from machine.programs()
    yield from machine.data_folder(data)
    yield from machine.web_port(port)

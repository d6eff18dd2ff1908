"""The console script `nykter`: one subcommand per process, each loaded only when it is asked for.

A subcommand is a module `nykter/commands/<name>.py` (dashes become underscores) with
`add_arguments(parser)` and `run(args) -> int`, and a line in `COMMANDS`.
"""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from nykter.errors import NykterError

COMMANDS = {
    "demo": "the whole system on simulated people, on this machine",
    "serve": "the web pages and the API",
    "worker": "the jobs: assess what arrived, watch deadlines, score, notify",
    "ingest": "take readings from the broker into the database",
    "gateway": "the process beside the breathalyser",
    "simulate": "simulated people without the rest of the system",
    "model": "train and evaluate the relapse model",
    "migrate": "bring the database to this version's schema",
    "maintain": "remove what has been kept long enough, or exempt a client from it",
    "audit": "check that nobody changed the record of who looked at what",
    "journal": "check a signed text for the record against its digest",
    "backup": "back the database up, continuously if wanted, and restore it to a moment",
    "account": "accounts of staff: the first one, one-time codes, close and open",
    "broker-login": "logins at a Mosquitto of one's own, for the backend and for gateways",
    "keys": "the data keys that open and seal free text and photos: make, rotate, show",
    "ca": "the deployment's own certificate authority, for broker and gateways",
    "import-study": "load a study folder as clients of a research tenant",
    "export-study": "write clients' histories as a study folder",
    "doctor": "what is installed, reachable and migrated, and what to do about what is not",
    "photo-key": "the key that opens pictures of a blow, for the web process alone",
    "webhook-secret": "the secret with which one contact point's webhooks are signed",
    "bench": "measure this machine: ingest, pages, scoring",
    "sizing": "what so many clients need, computed from bench.json",
}

_INTERRUPTED = 130


class Command(Protocol):
    """What a module in `nykter.commands` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work and return the exit status. Raises NykterError for what can be expected to go wrong."""


def available_commands() -> dict[str, str]:
    """The subcommands this installation has, with their one-line help."""
    return {
        name: text for name, text in COMMANDS.items() if importlib.util.find_spec(_module(name)) is not None
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit status: 0 done, 1 failed, 2 called wrongly, 130 interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands = available_commands()
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    parser = argparse.ArgumentParser(
        prog="nykter",
        description="Open platform for remote alcohol monitoring. Not a certified medical device.",
    )
    parser.add_argument("--version", action="version", version=f"nykter {_version()}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command: Command | None = None
    for name, text in commands.items():
        subparser = subparsers.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        if name == chosen:
            command = cast("Command", importlib.import_module(_module(name)))
            command.add_arguments(subparser)
    args = parser.parse_args(arguments)
    assert command is not None  # argparse refused every other name
    return _run(command, args)


def _run(command: Command, args: argparse.Namespace) -> int:
    try:
        return command.run(args)
    except NykterError as error:
        print(f"nykter {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _module(name: str) -> str:
    return f"nykter.commands.{name.replace('-', '_')}"


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("nykter")
    except PackageNotFoundError:
        return "(checkout, not installed)"


if __name__ == "__main__":
    sys.exit(main())

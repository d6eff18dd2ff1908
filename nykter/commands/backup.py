"""`nykter backup`: sealed copies of the database, its log taken in continuously, and restores to a moment."""

import argparse
import logging
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nykter.clock import SystemClock
from nykter.errors import NykterError

_CLOCKS_APART = timedelta(minutes=5)
"""The moment is the database's clock, receipts bear ingest's; asking for a little too much costs nothing."""
_KEEP_DAYS = 35  # five weeks: a fault is found at a month's end at the latest (assumption)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new_key = actions.add_parser("new-key", help="make the key file everything is sealed with")
    new_key.add_argument("key_file", type=Path, metavar="FILE")
    create = actions.add_parser("create", help="copy the whole database server as it is now")
    stream = actions.add_parser("stream", help="take in the database's log as it is written, until stopped")
    listing = actions.add_parser("list", help="the backups, and the moments that can be reached")
    verify = actions.add_parser("verify", help="read and open everything; status 1 when something is wrong")
    restore = actions.add_parser("restore", help="the database as it was at a moment, in a new folder")
    prune = actions.add_parser("prune", help="remove what is not needed to reach any of the last days")
    resend = actions.add_parser(
        "resend", help="ask every gateway for what it delivered after a restore's moment"
    )
    resend.add_argument("--since", required=True, metavar="WHEN", help="like 2026-03-02T10:15:00+01:00")
    release = actions.add_parser("release", help="the database need keep no log for `stream` any more")
    for action in (create, stream, listing, verify, restore, prune):
        action.add_argument(
            "--archive", type=Path, required=True, metavar="DIR", help="the folder of backups"
        )
    for action in (create, stream, verify, restore):
        action.add_argument("--key-file", type=Path, required=True, metavar="FILE")
    for action in (create, stream, release, resend):
        action.add_argument("--database", metavar="URL", help="default: NYKTER_DATABASE_URL")
    restore.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="a folder without a database"
    )
    restore.add_argument(
        "--moment", required=True, metavar="WHEN", help="like 2026-03-02T10:15:00+01:00, or `latest`"
    )
    prune.add_argument("--keep-days", type=int, default=_KEEP_DAYS, help=f"default {_KEEP_DAYS}")


def run(args: argparse.Namespace) -> int:
    """Do one action. Raises NykterError in words."""
    actions = {
        "new-key": _new_key, "create": _create, "stream": _stream, "list": _list, "verify": _verify,
        "restore": _restore, "prune": _prune, "release": _release, "resend": _resend,
    }  # fmt: skip
    return actions[args.action](args)


def moment_of(text: str) -> datetime | None:
    """An instant with its offset from UTC, or None for `latest`. Raises NykterError."""
    if text == "latest":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise NykterError(f"{text} is not a moment; write it like 2026-03-02T10:15:00+01:00.") from error
    if moment.tzinfo is None:
        raise NykterError(f"{text} has no offset from UTC; write it like {text}+01:00.")
    return moment


def _new_key(args: argparse.Namespace) -> int:
    from nykter.backup.key import create_key, fingerprint, load_key

    create_key(args.key_file)
    print(f"{args.key_file} (fingerprint {fingerprint(load_key(args.key_file))})")
    print("Keep a copy away from this machine and away from the backups: without it they cannot be opened.")
    return 0


def _create(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive
    from nykter.backup.base import create_base
    from nykter.backup.key import load_key
    from nykter.backup.server import DatabaseServer

    made = create_base(DatabaseServer(_url(args)), Archive(args.archive), load_key(args.key_file))
    print(f"{made.name}: {_size(made.plain_bytes)} copied, {_size(made.sealed_bytes)} in the archive")
    return 0


def _stream(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive
    from nykter.backup.key import load_key
    from nykter.backup.server import DatabaseServer
    from nykter.backup.stream import Stream

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s backup %(levelname)s %(message)s", stream=sys.stderr
    )
    stream = Stream(DatabaseServer(_url(args)), Archive(args.archive), load_key(args.key_file))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stream.stop())
    stream.run()
    return 0


def _list(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive

    archive = Archive(args.archive)
    manifests = archive.manifests()
    if not manifests:
        print(f"No backup in {archive.path}.")
        return 1
    for one in manifests:
        hole = archive.gap_after(one)
        print(
            f"{one.name}  PostgreSQL {one.postgres_version}  {_size(one.sealed_bytes)}  key {one.key}  "
            f"from {_shown(one.restorable_from)}" + (f"  log missing after {hole}" if hole else "")
        )
    reaches = archive.log_reaches()
    print(f"Log taken in until {_shown(reaches)}." if reaches else "No log: only the backups' own moments.")
    return 0


def _verify(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive
    from nykter.backup.key import load_key
    from nykter.backup.verify import faults

    archive, key = Archive(args.archive), load_key(args.key_file)
    manifests = archive.manifests()
    found = 0 if manifests else 1
    print("" if manifests else f"No backup in {archive.path}.", end="" if manifests else "\n")
    for manifest in manifests:
        wrong = list(faults(archive, manifest, key))
        print(f"{manifest.name}: {'whole' if not wrong else 'NOT WHOLE'}")
        for fault in wrong:
            print(f"  {fault}")
        found += len(wrong)
    return 1 if found else 0


def _restore(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive
    from nykter.backup.key import load_key
    from nykter.backup.restore import restore

    moment = moment_of(args.moment)
    done = restore(Archive(args.archive), args.into, load_key(args.key_file), moment)
    print(f"Restored from {done.manifest.name} into {done.cluster}")
    last = done.last_commit_at
    print(f"Last transaction in it: {_shown(last) if last else 'none after the backup itself'}")
    since = (moment or last or done.manifest.restorable_from).isoformat(timespec="seconds")
    print("Gateways hold what they delivered later. Once ingest runs on this database, ask for it:")
    print(f"  nykter backup resend --since {since}")
    return 0


def _prune(args: argparse.Namespace) -> int:
    from nykter.backup.archive import Archive

    older = SystemClock().now() - timedelta(days=args.keep_days)
    removed = list(Archive(args.archive).prune(older_than=older))
    print("\n".join(f"removed {name}" for name in removed) or "Everything is still needed.")
    return 0


def _resend(args: argparse.Namespace) -> int:
    from backend.errors import BackendError
    from backend.ingest.receipts import ReceiptSigner
    from backend.ingest.resend import ask_for_resending
    from backend.store.pool import Database
    from nykter.settings import IngestSettings

    since = moment_of(args.since)
    if since is None:
        raise NykterError("`latest` is no moment to resend from; the restore printed one.")
    settings = IngestSettings.from_environment()
    address = settings.broker
    try:
        with Database(_url(args), max_size=1, application_name="nykter backup resend") as database:
            signer = ReceiptSigner(settings.receipt_seed)
            asked = ask_for_resending(
                database, address, signer, since=since - _CLOCKS_APART, now=SystemClock().now()
            )
    except BackendError as error:
        raise NykterError(str(error)) from error
    print(f"{asked} gateways are asked for what they delivered since {_shown(since)}.")
    print("They keep readings and check-ins for 14 days; what comes twice is stored once.")
    return 0


def _release(args: argparse.Namespace) -> int:
    from nykter.backup.server import DatabaseServer
    from nykter.backup.stream import drop_slot

    drop_slot(DatabaseServer(_url(args)))
    return 0


def _url(args: argparse.Namespace) -> str:
    from nykter.settings import BackendSettings

    given: str | None = args.database
    return given or BackendSettings.from_environment().database_url.get_secret_value()


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB"


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

"""`nykter audit`: seal the access log, say where its chains stand, and check that nothing was changed."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from nykter.demo.attach import add_demo_argument, database_url
from nykter.errors import NykterError

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

    from backend.store.pool import Database
    from nykter.audit_file import AnchorFile

_FAULTS = {
    "changed": "row {entry_id} was CHANGED",
    "removed": "row {entry_id} was REMOVED",
    "not_sealed": "row {entry_id} was put in afterwards: no link holds it",
    "link_changed": "link {number} was CHANGED",
    "link_missing": "a link before {number} is MISSING",
    "rolled_back": "link {number} was written down and is GONE: the chain was cut or rolled back",
    "replaced": "link {number} is ANOTHER ONE than was written down",
    "end_unsigned": "the end of the month is signed by NO KEY kept outside the database (see NYKTER_AUDIT_KEY)",
    "end_early": "the month was ended BEFORE five years were over, or in a time to come: rows may be gone",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, for which tenant."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, text in (
        ("verify", "check every chain, every row and the heads written down outside the database"),
        ("heads", "print where each chain stands"),
        ("seal", "seal what no worker has sealed yet, and write the heads down"),
    ):
        task = tasks.add_parser(name, help=text)
        task.add_argument("--tenant", help="only this tenant's")
        task.add_argument(
            "--anchors",
            type=Path,
            metavar="FOLDER",
            help="folder of the heads written down (default: NYKTER_AUDIT_FOLDER, or the demo's)",
        )
        add_demo_argument(task)


def run(args: argparse.Namespace) -> int:
    """Do it and print what was found. Status 1 when anything is not as it was sealed. Raises NykterError in words."""
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import access_chain
    from backend.store.pool import Database
    from nykter.clock import clock_from_environment

    url = database_url(args.data)
    anchors = _anchors(args)
    try:
        with Database(url, application_name="nykter audit") as db:
            if args.task == "verify":
                return _verify(db, anchors, args.tenant)
            if args.task == "seal":
                print(f"{access_chain.seal(db, SYSTEM)} rows sealed.")
                if anchors is not None:
                    moved = access_chain.anchor(db, SYSTEM, anchors, now=clock_from_environment().now())
                    print(f"{moved} heads written to {anchors.path}.")
                return 0
            for one in access_chain.heads(db, SYSTEM, args.tenant):
                print(
                    f"{one.tenant_id}  {one.month:%Y-%m}  link {one.number}  {one.entries} rows  {one.digest.hex()}"
                )
    except (BackendError, OSError, ValueError) as error:
        raise NykterError(f"{error}") from error
    return 0


def _anchors(args: argparse.Namespace) -> "AnchorFile | None":
    from nykter.audit_file import AnchorFile

    folder = args.anchors or os.environ.get("NYKTER_AUDIT_FOLDER")
    if folder is None and (args.data / "audit").is_dir() and "NYKTER_DATABASE_URL" not in os.environ:
        folder = args.data / "audit"
    return AnchorFile(Path(folder)) if folder else None


def _keys(anchors: "AnchorFile | None") -> "list[VerifyKey]":
    """The keys that may have signed the end of a month: written down beside the heads, or given to this process."""
    from nacl.signing import SigningKey

    from nykter.settings import AuditSettings

    seed = AuditSettings.from_environment().audit_seed
    own = [SigningKey(seed).verify_key] if seed else []
    return [*own, *(anchors.keys() if anchors else ())]


def _verify(db: "Database", anchors: "AnchorFile | None", tenant: str | None) -> int:
    from backend.access import SYSTEM
    from backend.services import access_chain
    from nykter.clock import clock_from_environment

    now = clock_from_environment().now()
    written_down = anchors.heads() if anchors else ()
    found = access_chain.verify(db, SYSTEM, written_down, tenant, keys=_keys(anchors), now=now)
    print(
        f"{found.chains} months, {found.links} links, {found.entries} rows; {found.anchored} heads from elsewhere."
    )
    if anchors is None:
        print(
            "No heads outside the database were looked at: a whole chain that was rolled back would not show."
        )
    for one in found.findings:
        words = _FAULTS[one.fault].format(number=one.number, entry_id=one.entry_id)
        print(f"{one.tenant_id or '(no tenant)'}  {one.month:%Y-%m}: {words}")
    print("Nothing was changed." if not found.findings else f"{len(found.findings)} findings.")
    return 1 if found.findings else 0

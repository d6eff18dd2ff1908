"""`nykter maintain`: remove what has been kept long enough, and exempt somebody from it."""

import argparse
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from nykter.clock import clock_from_environment
from nykter.demo.attach import add_demo_argument, attached_keys, database_url
from nykter.errors import NykterError

if TYPE_CHECKING:
    from nacl.signing import SigningKey

    from backend.services.retention import Removal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    retention = tasks.add_parser("retention", help="what every night does by itself: remove what may go")
    retention.add_argument("--dry-run", action="store_true", help="remove nothing, only count")
    add_demo_argument(retention)
    hold = tasks.add_parser("hold", help="let nothing about a client be removed, or end that")
    hold.add_argument("client", type=UUID, metavar="CLIENT-ID")
    hold.add_argument("--reason", required=True, help="kept beside it")
    hold.add_argument("--lift", action="store_true", help="end the hold")
    add_demo_argument(hold)
    affected = tasks.add_parser("affected", help="whose data somebody did something with, after a breach")
    affected.add_argument("--account", metavar="NAME", help="a login's user name")
    affected.add_argument("--tenant", metavar="TENANT", help="anybody of a tenant")
    affected.add_argument("--since", required=True, metavar="WHEN", help="like 2026-03-02T10:15:00+01:00")
    affected.add_argument("--until", metavar="WHEN", help="default: now")
    add_demo_argument(affected)


def run(args: argparse.Namespace) -> int:
    """Do it and print what was done. Status 1 when a tenant's settings are wrong. Raises NykterError in words."""
    from backend.errors import BackendError

    url = database_url(args.data)
    try:
        if args.task == "affected":
            return _affected(url, args)
        return _retention(url, args.dry_run) if args.task == "retention" else _hold(url, args)
    except BackendError as error:
        raise NykterError(f"{error}") from error


def lines(removals: Iterable["Removal"], *, dry_run: bool) -> Iterable[str]:
    """A line for each tenant and kind with anything to tell, or one that there is none."""
    verb = "would be removed" if dry_run else "removed"
    told = [
        f"{one.tenant_id or '(no tenant)'}  {one.kind.value}: "
        + (f"NOT LOOKED AT, {one.problem}" if one.problem else f"{one.rows} rows {verb}")
        + f" (kept {one.keep_days} days)"
        for one in removals
        if one.rows or one.problem
    ]
    return told or ["Nothing has been kept long enough to go."]


def _retention(url: str, dry_run: bool) -> int:
    from backend.access import SYSTEM
    from backend.services import retention
    from backend.store.pool import Database

    now = clock_from_environment().now()
    with Database(url, application_name="nykter maintain") as db:
        removals = retention.retain(db, SYSTEM, now=now, dry_run=dry_run, audit_key=_audit_key())
    print("\n".join(lines(removals, dry_run=dry_run)))
    return 1 if any(one.problem for one in removals) else 0


def _audit_key() -> "SigningKey | None":
    from nacl.signing import SigningKey

    from nykter.settings import AuditSettings

    seed = AuditSettings.from_environment().audit_seed
    return None if seed is None else SigningKey(seed)


def _affected(url: str, args: argparse.Namespace) -> int:
    from backend.access import SYSTEM
    from backend.services import breach
    from backend.store.pool import Database

    since, until = _moment(args.since), _moment(args.until) if args.until else clock_from_environment().now()
    with Database(url, application_name="nykter maintain") as db:
        found = breach.affected(db, SYSTEM, since, until, username=args.account, tenant_id=args.tenant)
    for one in found:
        span = f"{one.first_at:%Y-%m-%d %H:%M}Z to {one.last_at:%Y-%m-%d %H:%M}Z"
        print(f"{one.tenant_id}  {one.client_id}  {span}  {', '.join(one.actions)}")
    print(f"{len(found)} clients.")
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise NykterError(
            f"{text} is not a moment; write it like 2026-03-02T10:15:00+01:00.", exit_code=2
        ) from error
    if moment.tzinfo is None:
        raise NykterError(f"{text} has no offset from UTC; write it like {text}+01:00.", exit_code=2)
    return moment


def _hold(url: str, args: argparse.Namespace) -> int:
    from backend.access import SYSTEM
    from backend.services import legal_holds
    from backend.store.pool import Database

    now = clock_from_environment().now()
    change = legal_holds.lift if args.lift else legal_holds.place
    with Database(url, application_name="nykter maintain", keys=attached_keys(args.data)) as db:
        change(db, SYSTEM, args.client, args.reason, now=now)
    print("The hold is lifted." if args.lift else "Nothing about that client is removed from now on.")
    return 0

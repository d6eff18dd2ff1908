"""`nykter account`: the first account of a tenant and unit, and what its manager could do, from the command line."""

import argparse
from typing import Any

from nykter.errors import NykterError

ACTIONS = ("invite", "code", "restart", "sign-out", "disable", "enable")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which username."""
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("username")
    parser.add_argument("--name", help="invite: the person's name")
    parser.add_argument(
        "--tenant", help="invite: the tenant's id; made with --tenant-name where there is none"
    )
    parser.add_argument("--tenant-name", help="invite: makes the tenant")
    parser.add_argument("--kind", choices=("municipality", "region", "research"), default="municipality")
    parser.add_argument("--unit", help="invite: the unit's name; made where there is none")
    parser.add_argument(
        "--role", choices=("clinician", "manager", "operator", "researcher"), default="manager"
    )


def run(args: argparse.Namespace) -> int:
    """Do it, and print the code where there is one. Raises NykterError for what cannot be done."""
    from backend.errors import BackendError
    from backend.services import account_desk
    from backend.store.pool import Database
    from nykter.clock import SystemClock
    from nykter.settings import BackendSettings

    settings, now = BackendSettings.from_environment(), SystemClock().now()
    with Database(settings.database_url.get_secret_value(), application_name="nykter account") as db:
        try:
            if args.action == "invite":
                made: Any = account_desk.invite_first(
                    db,
                    args.username,
                    args.name or args.username,
                    args.role,
                    tenant_id=args.tenant or "",
                    tenant_name=args.tenant_name,
                    kind=args.kind,
                    unit=args.unit,
                    now=now,
                )
            else:
                made = account_desk.act(db, args.username, args.action, now=now)
        except BackendError as error:
            raise NykterError(str(error)) from error
    if made is None:
        print("Done.")
    else:
        print(
            f"{made.code}\nWorks once, until {made.ends_at:%Y-%m-%d %H:%M} UTC, on /login/code. Hand it over in person."
        )
    return 0

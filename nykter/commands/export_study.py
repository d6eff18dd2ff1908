"""`nykter export-study DIR`: write an imported study back as a study folder."""

import argparse
from pathlib import Path

from nykter.clock import SystemClock
from nykter.demo.attach import add_demo_argument, database_url
from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and which study."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder to write; files in it are replaced")
    parser.add_argument("--tenant", default="research", help="research tenant (default research)")
    add_demo_argument(parser)
    parser.add_argument("--name", help="name of the study (default: the only one there is)")


def run(args: argparse.Namespace) -> int:
    """Write the folder and print what it holds. Raises NykterError in words."""
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import study
    from backend.store.pool import Database

    url = database_url(args.data)
    try:
        with Database(url, application_name="nykter export-study") as db:
            counts = study.export_study(
                db, SYSTEM, args.folder, study=args.name, tenant_id=args.tenant, now=SystemClock().now()
            )
    except BackendError as error:
        raise NykterError(str(error)) from error
    except OSError as error:
        raise NykterError(f"Cannot write {error.filename}: {error.strerror}.") from error
    print(
        f"Wrote {counts.study} to {args.folder}: {counts.people} people, {counts.drinking} drinking episodes, "
        f"{counts.prompts} prompts, {counts.answers} answers, {counts.breath_tests} breath tests."
    )
    return 0

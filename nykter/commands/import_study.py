"""`nykter import-study DIR`: load a study folder as clients of a research tenant, completely or not at all."""

import argparse
import time
from pathlib import Path

from nykter.clock import SystemClock
from nykter.demo.attach import add_demo_argument, database_url, remember_login
from nykter.errors import NykterError

FIRST_ACCOUNT = "forskare"
"""Username of the login that is made with the first import into a tenant nobody can sign in to."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, where it goes, and a login to see it with."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="study folder (people.csv, drinking.csv, …)")
    parser.add_argument("--tenant", default="research", help="research tenant (default research)")
    parser.add_argument("--name", help="name of the study (default: the folder's name)")
    parser.add_argument("--replace", action="store_true", help="replace a study imported under that name")
    parser.add_argument(
        "--account",
        metavar="NAME",
        help="make a researcher's login of this name and print its password (made by itself when there is none yet)",
    )
    add_demo_argument(parser)
    parser.add_argument("--model", metavar="FILE", type=Path, help="risk model (default: the one shipped)")


def run(args: argparse.Namespace) -> int:
    """Import, and print what was imported. Raises NykterError with every broken row's file, line and reason."""
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import study
    from backend.services.scoring import model_from
    from backend.store.pool import Database
    from relapse_model.errors import RelapseModelError

    now, began = SystemClock().now(), time.monotonic()
    url = database_url(args.data)
    try:
        with Database(url, application_name="nykter import-study") as db:
            counts = study.import_study(
                db,
                SYSTEM,
                args.folder,
                model=model_from(args.model),
                tenant_id=args.tenant,
                study=args.name,
                replace=args.replace,
                now=now,
            )
            print(
                f"Imported {counts.study} into {args.tenant}: {counts.people} people, {counts.drinking} drinking "
                f"episodes, {counts.prompts} prompts, {counts.answers} answers, {counts.breath_tests} breath tests, "
                f"in {time.monotonic() - began:.1f} s."
            )
            account = args.account
            if account is None and not study.has_logins(db, SYSTEM, tenant_id=args.tenant):
                account = FIRST_ACCOUNT
            if account:
                password = study.create_researcher(db, SYSTEM, account, tenant_id=args.tenant, now=now)
                kept = remember_login(args.data, "researcher", account, password)
                where = f"also in {args.data / 'demo.json'}" if kept else "shown this once"
                print(f"Login: {account}  password: {password}  ({where})")
    except study.AlreadyImported as error:
        raise NykterError(
            f"{error}. Use --replace to import it again, or --name for another name."
        ) from error
    except (BackendError, RelapseModelError) as error:
        raise NykterError(str(error)) from error
    return 0

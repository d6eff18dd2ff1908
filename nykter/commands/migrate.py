"""`nykter migrate`: bring the database to this version's schema, or only say where it stands."""

import argparse

from nykter.errors import NykterError

_URL = "NYKTER_DATABASE_URL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the database is, and whether to change it."""
    parser.add_argument("--database", metavar="URL", help=f"the database's URL (default: {_URL})")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; status 1 when migrations are missing"
    )


def run(args: argparse.Namespace) -> int:
    """Apply what is missing and print it. Raises NykterError in words."""
    from backend.errors import BackendError
    from backend.store.migrate import migrate, migration_status
    from nykter.settings import BackendSettings

    url: str = args.database or BackendSettings.from_environment().database_url.get_secret_value()
    try:
        if not args.check:
            applied = migrate(url)
            print(
                "\n".join(f"applied {name}" for name in applied) or "Nothing to apply: the schema is current."
            )
            return 0
        status = migration_status(url)
    except BackendError as error:
        raise NykterError(f"{error}") from error
    for name in status.pending:
        print(f"missing {name}")
    for name in status.changed:
        print(f"applied, but changed since: {name}")
    if status.is_current:
        print(f"The schema is current ({len(status.applied)} migrations applied).")
    return 0 if status.is_current else 1

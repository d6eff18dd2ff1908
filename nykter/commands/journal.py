"""`nykter journal verify`: whether a digest belongs to a signed text for the record, and the text is unchanged."""

import argparse
from pathlib import Path

from nykter.clock import clock_from_environment
from nykter.demo.attach import add_demo_argument, database_url
from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to check."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    verify = tasks.add_parser("verify", help="check a digest, and a text against it")
    verify.add_argument("digest", metavar="DIGEST", help="64 hexadecimal digits, as printed under the text")
    verify.add_argument("--text", type=Path, help="a file with the text, to compare with what was signed")
    add_demo_argument(verify)


def run(args: argparse.Namespace) -> int:
    """Print what was found; the text itself is never printed. Status 1 when something does not agree."""
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import journal_texts
    from backend.store.pool import Database

    try:
        with Database(database_url(args.data), application_name="nykter journal") as db:
            found = journal_texts.verify(db, SYSTEM, args.digest, now=clock_from_environment().now())
    except BackendError as error:
        raise NykterError(f"{error}") from error
    if found is None:
        print("No signed text has this digest.")
        return 1
    print(
        f"Signed text {found.journal_id}, {found.since} to {found.until}, by {found.signed_by} at {found.signed_at}."
    )
    print("It stands as it was signed." if found.is_genuine else "IT IS NOT what was signed.")
    same = True
    if args.text is not None:
        same = _plain(args.text.read_text(encoding="utf-8")) == _plain(found.body)
        print("The file holds the same text." if same else "THE FILE HOLDS ANOTHER TEXT.")
    return 0 if found.is_genuine and same else 1


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()

"""`nykter export-study DIR`: write an imported study back, or histories under pseudonyms, as a study folder."""

import argparse
import os
from pathlib import Path

from nykter.clock import SystemClock
from nykter.demo.attach import add_demo_argument, database_url
from nykter.errors import NykterError

_KEY_BYTES = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, which study, and whether under pseudonyms."""
    parser.add_argument(
        "folder", metavar="DIR", type=Path, nargs="?", help="folder to write; files in it are replaced"
    )
    parser.add_argument("--tenant", default="research", help="tenant to export from (default research)")
    add_demo_argument(parser)
    parser.add_argument("--name", help="name of the study (default: the only one there is)")
    hidden = parser.add_argument_group("under pseudonyms")
    hidden.add_argument(
        "--pseudonyms",
        type=Path,
        metavar="KEYFILE",
        help="hash identities with this key, move dates, leave rare groups and free text out",
    )
    hidden.add_argument(
        "--new-key", type=Path, metavar="KEYFILE", help="make such a key (0600); keep it away from the data"
    )
    hidden.add_argument("--groups", default="", help="group columns to keep, with commas (sex,age_band)")
    hidden.add_argument("--keep-dates", action="store_true", help="real dates and zones; needs --approval")
    hidden.add_argument("--approval", default="", help="the approval, as it stands in the decision")


def run(args: argparse.Namespace) -> int:
    """Write the folder and print what it holds. Raises NykterError in words."""
    if args.new_key is not None:
        return _make_key(args.new_key)
    if args.folder is None:
        raise NykterError("Which folder? nykter export-study DIR", exit_code=2)
    if args.pseudonyms is not None:
        return _pseudonymised(args, _key(args.pseudonyms, args.folder))
    if args.groups or args.keep_dates or args.approval:
        raise NykterError("--groups, --keep-dates and --approval belong to --pseudonyms.", exit_code=2)
    return _as_imported(args)


def _as_imported(args: argparse.Namespace) -> int:
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import study
    from backend.store.pool import Database

    try:
        with Database(database_url(args.data), application_name="nykter export-study") as db:
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


def _pseudonymised(args: argparse.Namespace, key: bytes) -> int:
    from backend.access import SYSTEM
    from backend.errors import BackendError
    from backend.services import study_pseudonyms
    from backend.store.pool import Database

    try:
        with Database(database_url(args.data), application_name="nykter export-study") as db:
            counts = study_pseudonyms.export_pseudonymised(
                db, SYSTEM, args.folder, key, tenant_id=args.tenant, study=args.name,
                groups=[one.strip() for one in args.groups.split(",") if one.strip()], keeps_dates=args.keep_dates,
                approval=args.approval, now=SystemClock().now(),
            )  # fmt: skip
    except BackendError as error:
        raise NykterError(str(error)) from error
    except OSError as error:
        raise NykterError(f"Cannot write {error.filename}: {error.strerror}.") from error
    print(
        f"Wrote {counts.study} under pseudonyms to {args.folder}: {counts.people} people, {counts.drinking} drinking "
        f"episodes, {counts.prompts} prompts, {counts.answers} answers, {counts.breath_tests} breath tests. Left out: "
        f"{counts.blanked} values that too few share, {counts.answers_left_out} answers without a code."
    )
    return 0


def _key(path: Path, folder: Path) -> bytes:
    """The key. Raises NykterError when it lies with the data, may be read by others, or is none."""
    from nykter.settings import read_secret

    if folder.resolve() in path.resolve().parents:
        raise NykterError(f"{path} lies in the folder of the data: keep the key apart", exit_code=2)
    try:
        key = bytes.fromhex(read_secret(path))
    except OSError as error:
        raise NykterError(f"{path} cannot be read: {error.strerror}", exit_code=2) from error
    except ValueError as error:
        raise NykterError(f"{path} holds no key; --new-key makes one", exit_code=2) from error
    if len(key) < _KEY_BYTES:
        raise NykterError(f"{path} holds too short a key; --new-key makes one", exit_code=2)
    return key


def _make_key(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(os.urandom(_KEY_BYTES).hex() + "\n")
    except FileExistsError:
        raise NykterError(f"{path} exists already; a key is never replaced silently") from None
    except OSError as error:
        raise NykterError(f"{path} cannot be written: {error.strerror}") from error
    print(
        f"A key for pseudonyms lies in {path}. Keep it away from the data, with somebody else than who gets them."
    )
    return 0

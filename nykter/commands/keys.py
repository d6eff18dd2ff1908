"""`nykter keys new|show|rotate|seal|book|restore`: the data keys that open and seal free text and photos."""

import argparse
import json
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from nykter.demo.attach import add_demo_argument, attached_keys, database_url
from nykter.errors import NykterError

_BOOK: Final = "nykter-key-book-1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions. The key file is the one of NYKTER_DATA_KEY_FILE."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make a key file (0600); an existing one is never replaced")
    new.add_argument("key_file", type=Path, metavar="FILE")
    show = actions.add_parser("show", help="which keys are in use, by name, and for how many clients")
    rotate = actions.add_parser("rotate", help="wrap every client's key with a new one and forget the old")
    seal = actions.add_parser("seal", help="seal what was stored before there was a key, at once")
    book = actions.add_parser("book", help="write every client's wrapped key to a file, for after a restore")
    restore = actions.add_parser(
        "restore", help="after a restore: put the keys of a book back, destroy the others"
    )
    for one in (book, restore):
        one.add_argument("book_file", type=Path, metavar="FILE")
    for one in (show, rotate, seal, book, restore):
        add_demo_argument(one)


def run(args: argparse.Namespace) -> int:
    """Do one action. Raises NykterError in words, never with a key."""
    from backend.errors import BackendError

    try:
        actions = {
            "new": _new, "show": _show, "rotate": _rotate, "seal": _seal, "book": _book, "restore": _restore,
        }  # fmt: skip
        return actions[args.action](args)
    except BackendError as error:
        raise NykterError(str(error)) from error


def rotate_file(url: str, path: Path) -> tuple[str, int]:
    """Rotate the key in a file; its new name, and how many clients' keys were wrapped anew. Raises NykterError.

    In this order, so that a kill at any moment leaves a file that opens everything: the new key stands before the old
    one, then every client's key is wrapped with it, and only then the old one goes. Running processes read it again.
    """
    from backend.store import sealed_text
    from backend.store.deployment_keys import key_name, new_key
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE
    from nykter.data_keys import keys_in_file
    from nykter.settings import read_secret

    keys_in_file(path)  # whatever is wrong with it is said before anything is changed
    fresh = new_key()
    _replace(path, f"{fresh}\n{read_secret(path)}\n")
    keys = keys_in_file(path)
    with (
        Database(url, max_size=1, application_name="nykter keys rotate", keys=keys) as db,
        db.transaction(SYSTEM_SCOPE) as conn,
    ):
        wrapped = sealed_text.rewrap(conn, keys)
    _replace(path, f"{fresh}\n")
    return key_name(bytes.fromhex(fresh)), wrapped


def _new(args: argparse.Namespace) -> int:
    from backend.store.deployment_keys import key_name, new_key

    key = new_key()
    try:
        descriptor = os.open(args.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NykterError(
            f"{args.key_file} exists already. What it sealed opens with no other key."
        ) from None
    except OSError as error:
        raise NykterError(f"{args.key_file} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    print(f"{args.key_file} (key {key_name(bytes.fromhex(key))})")
    print("Set NYKTER_DATA_KEY_FILE to it for serve, worker and ingest. Keep a copy away from the backups.")
    return 0


def _show(args: argparse.Namespace) -> int:
    from backend.store import sealed_text
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE

    keys = attached_keys(args.data)
    here = keys.names() if keys is not None else ()
    with Database(database_url(args.data), max_size=1) as db, db.transaction(SYSTEM_SCOPE) as conn:
        used = sealed_text.in_use(conn)
    for name in dict.fromkeys((*here, *used)):
        place = "here" if name in here else "NOT HERE"
        print(f"{name}  {place}  wraps the keys of {used.get(name, 0)} clients")
    if not here and not used:
        print("There is no data key: free text is stored as it is. `nykter keys new FILE` makes one.")
    return 1 if set(used) - set(here) else 0


def _rotate(args: argparse.Namespace) -> int:
    path = Path(os.environ.get("NYKTER_DATA_KEY_FILE") or args.data / "data.key")
    if not path.exists():
        raise NykterError("Only a key in a file can be rotated: set NYKTER_DATA_KEY_FILE.", exit_code=2)
    name, wrapped = rotate_file(database_url(args.data), path)
    print(f"{path} holds key {name} now; the keys of {wrapped} clients are wrapped with it.")
    print("Destroy every copy of the old key: with it, what was erased could still be read in old backups.")
    return 0


def _seal(args: argparse.Namespace) -> int:
    from backend.access import SYSTEM
    from backend.services.sealing import seal_existing
    from backend.store.pool import Database

    keys = attached_keys(args.data)
    if keys is None:
        raise NykterError("There is no data key. `nykter keys new FILE` makes one.", exit_code=2)
    with Database(database_url(args.data), application_name="nykter keys seal", keys=keys) as db:
        print(f"{seal_existing(db, SYSTEM)} texts sealed.")
    return 0


def _book(args: argparse.Namespace) -> int:
    from backend.store import sealed_text
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE

    with Database(database_url(args.data), max_size=1) as db, db.transaction(SYSTEM_SCOPE) as conn:
        rows = sealed_text.book(conn)
    lines = [
        json.dumps([str(row["client_id"]), row["number"], bytes(row["wrapped"]).hex(), row["wrapped_by"]])
        for row in rows
    ]
    _replace(args.book_file, "\n".join([_BOOK, *lines]) + "\n")
    print(f"{len(rows)} keys in {args.book_file}. It is useless without the key file; keep them apart.")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from backend.store import sealed_text
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE
    from nykter.clock import clock_from_environment

    keys = attached_keys(args.data)
    if keys is None:
        raise NykterError("There is no data key: set NYKTER_DATA_KEY_FILE.", exit_code=2)
    rows = _read_book(args.book_file)
    now = clock_from_environment().now()
    with Database(database_url(args.data), max_size=1) as db, db.transaction(SYSTEM_SCOPE) as conn:
        back, gone = sealed_text.restore_book(conn, rows, keys, now=now)
    print(f"{back} keys put back; {gone} destroyed: what was erased stays erased.")
    return 0


def _read_book(path: Path) -> list[dict[str, object]]:
    try:
        head, *lines = path.read_text(encoding="ascii").splitlines()
        if head != _BOOK:
            raise ValueError
        told = [json.loads(line) for line in lines]
        return [
            {
                "client_id": UUID(client),
                "number": int(number),
                "wrapped": bytes.fromhex(wrapped),
                "wrapped_by": str(by),
            }
            for client, number, wrapped, by in told
        ]
    except OSError as error:
        raise NykterError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise NykterError(f"{path} is not a book of keys.") from error


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

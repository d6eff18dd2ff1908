"""Migrations as files: found, ordered, completed with what they include, and given a checksum.

A line `-- nykter: <directive>` in a file means:
    no-transaction     run outside a transaction (CREATE INDEX CONCURRENTLY …); such a file may be run again after a
                       crash half-way, so its statements say IF NOT EXISTS
    next               in such a file, the border between two statements
    include PACKAGE/…  the text of a file of an installed package stands here
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from backend.errors import MigrationError

_FILE_NAME = re.compile(r"^(\d{4})_(pre|post)_[a-z0-9_]+\.sql$")
_INCLUDE = re.compile(r"^-- nykter: include ([a-z_]+)/(\S+)$", re.MULTILINE)
_NO_TRANSACTION = re.compile(r"^-- nykter: no-transaction$", re.MULTILINE)
_NEXT = re.compile(r"^-- nykter: next$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration, complete."""

    name: str
    sql: str
    in_transaction: bool

    @property
    def checksum(self) -> str:
        """SHA-256 of the SQL, includes and all, in hex."""
        return sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> tuple[str, ...]:
        """What is sent to the server, piece by piece."""
        return (self.sql,) if self.in_transaction else tuple(_NEXT.split(self.sql))


def shipped_migrations() -> tuple[Migration, ...]:
    """Every migration of this version, in order."""
    folder = files("backend.store.migrations")
    entries = (entry for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return in_order([(entry.name, entry.read_text(encoding="utf-8")) for entry in entries])


def in_order(named_texts: Sequence[tuple[str, str]]) -> tuple[Migration, ...]:
    """Migrations from (file name, text), without other files; raises MigrationError for a double number.

    Numbers may be left out: work that goes on side by side is given its numbers beforehand.
    """
    found = sorted((name, text) for name, text in named_texts if name.endswith(".sql"))
    numbers: set[str] = set()
    for name, _ in found:
        match = _FILE_NAME.match(name)
        if match is None or match[1] in numbers:
            raise MigrationError(f"{name}: migrations are called NNNN_pre_… or NNNN_post_…, each number once")
        numbers.add(match[1])
    return tuple(Migration(name, complete(text), not _NO_TRANSACTION.search(text)) for name, text in found)


def complete(text: str) -> str:
    """The SQL with every included file in its place. Raises MigrationError when a package or file is missing."""
    return _INCLUDE.sub(lambda match: _package_file(match[1], match[2]), text)


def _package_file(package: str, path: str) -> str:
    spec = find_spec(package)  # finds without importing: the migration runner needs the file, not the library
    if spec is None or not spec.submodule_search_locations:
        raise MigrationError(f"the package {package} is not installed; its part of the schema is needed")
    file = Path(spec.submodule_search_locations[0], path)
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise MigrationError(
            f"{package} has no {path}; is another version installed than the lock names?"
        ) from error

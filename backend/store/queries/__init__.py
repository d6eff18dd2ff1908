"""SQL in files, loaded once.

A file holds queries one after the other. Each starts with a line `-- name: <identifier>`, then comments that say what
it does, then one statement with %(named)s parameters.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Queries(Mapping[str, bytes]):
    """The queries of one file by name, as psycopg takes them."""

    def __init__(self, text: str) -> None:
        parts = _NAME.split(text)
        self._queries: dict[str, bytes] = {}
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in self._queries:
                raise ValueError(f"two queries are called {name}")
            lines = (line for line in body.splitlines() if not line.lstrip().startswith("--"))
            self._queries[name] = "\n".join(lines).strip().encode()

    def __getitem__(self, name: str) -> bytes:
        return self._queries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


@cache
def load(stem: str) -> Queries:
    """The queries of `<stem>.sql` beside this module. Raises FileNotFoundError."""
    return Queries(files(__package__).joinpath(f"{stem}.sql").read_text(encoding="utf-8"))

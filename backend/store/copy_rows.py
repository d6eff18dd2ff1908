"""Rows of binary COPY as bytes, made where there is time for it and written where there is not.

Making a row costs more than sending it. Ingest makes the rows of a batch in another process than the one that holds the
transaction; here is what both need.
"""

from collections.abc import Iterable, Sequence

import psycopg
from psycopg import pq
from psycopg._copy_base import (
    format_row_binary,
)  # no public name; the lock pins the release, and tests read rows back
from psycopg.adapt import Transformer

from backend.store.pool import Connection

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_BLOCK_ROWS = 32
"""psycopg sends block by block; very large blocks are slower (its own note on MAX_BUFFER_SIZE)."""


class RowFormat:
    """The column types of one table's COPY. Used by one thread at a time."""

    def __init__(self, types: str) -> None:
        """`types`: names as PostgreSQL has them, with blanks between."""
        oids = [psycopg.adapters.types[name].oid for name in types.split()]
        self._columns = len(oids)
        self._transformer = Transformer()
        self._transformer.set_dumper_types(oids, pq.Format.BINARY)

    def row(self, values: Sequence[object]) -> bytes:
        """One row. Raises ValueError for a wrong number of values, psycopg.DataError for one that does not fit."""
        if len(values) != self._columns:
            raise ValueError(f"{len(values)} values for {self._columns} columns")
        made = bytearray()
        format_row_binary(values, self._transformer, made)
        return bytes(made)


def copy_rows(conn: Connection, query: bytes, rows: Iterable[bytes]) -> None:
    """Send rows that `RowFormat.row` made, with a COPY … FROM STDIN (FORMAT BINARY)."""
    made = list(rows)
    if not made:
        return
    with conn.cursor() as cursor, cursor.copy(query) as copy:
        copy.write(_HEADER)
        for start in range(0, len(made), _BLOCK_ROWS):
            copy.write(b"".join(made[start : start + _BLOCK_ROWS]))
        copy.write(_END)

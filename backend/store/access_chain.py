"""Links of the access log's chain, and months that ended. As the system only."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from backend.domain.access_chain import Head, Link
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("access_chain")


def try_lock(conn: Connection) -> bool:
    """Become the only sealer until the transaction ends; False when another one is at work."""
    row = conn.execute(_QUERIES["try_lock"]).fetchone()
    return row is not None and bool(row["got"])


def waiting(conn: Connection, batch: int) -> list[Row]:
    """Entries that no link holds yet, the oldest numbers first."""
    return conn.execute(_QUERIES["waiting"], {"batch": batch, "up_to": settled(conn)}).fetchall()


def head(conn: Connection, tenant_id: str, month: date) -> Head | None:
    """The last link of a month's chain; `entries` is not counted."""
    row = conn.execute(_QUERIES["head"], {"tenant_id": tenant_id, "month": month}).fetchone()
    return None if row is None else Head(tenant_id, month, row["number"], 0, bytes(row["digest"]))


def add(conn: Connection, link: Link) -> None:
    """Store a link."""
    params = {
        name: getattr(link, name)
        for name in ("tenant_id", "month", "number", "digests", "previous", "digest")
    }
    conn.execute(
        _QUERIES["add"], {**params, "entry_ids": list(link.entry_ids), "last_entry": max(link.entry_ids)}
    )


def heads(conn: Connection, tenant_id: str | None = None, *, since: date | None = None) -> list[Head]:
    """Where each chain stands, of one tenant or all, of all months or those from `since`."""
    rows = conn.execute(_QUERIES["heads"], {"tenant_id": tenant_id, "since": since})
    return [
        Head(row["tenant_id"], row["month"], row["number"], int(row["entries"]), bytes(row["digest"]))
        for row in rows
    ]


def links(conn: Connection, tenant_id: str, month: date) -> list[Link]:
    """A month's links in their order."""
    rows = conn.execute(_QUERIES["links"], {"tenant_id": tenant_id, "month": month})
    return [
        Link(
            tenant_id,
            month,
            row["number"],
            tuple(row["entry_ids"]),
            bytes(row["digests"]),
            bytes(row["previous"]),
            bytes(row["digest"]),
        )
        for row in rows
    ]


def rows(conn: Connection, entry_ids: Sequence[int]) -> dict[int, Row]:
    """Entries by their numbers; those that are gone are missing."""
    return {row["entry_id"]: row for row in conn.execute(_QUERIES["rows"], {"entry_ids": list(entry_ids)})}


def months_of_rows(conn: Connection, tenant_id: str | None) -> set[tuple[str, date]]:
    """The tenants and months that have entries."""
    found = conn.execute(_QUERIES["months_of_rows"], {"tenant_id": tenant_id})
    return {(row["tenant_id"], row["month"]) for row in found}


def entries_of_month(conn: Connection, tenant_id: str, month: date) -> set[int]:
    """The numbers of a month's entries."""
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    until = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    params = {"tenant_id": tenant_id, "since": since, "until": until}
    return {row["entry_id"] for row in conn.execute(_QUERIES["entries_of_month"], params)}


def settled(conn: Connection) -> int:
    """The number up to which every entry must be in a link by now."""
    row = conn.execute(_QUERIES["settled"]).fetchone()
    return 0 if row is None else int(row["up_to"])


def ends(conn: Connection, tenant_id: str | None = None) -> list[Row]:
    """The months that ended, with their signatures."""
    return conn.execute(_QUERIES["ends"], {"tenant_id": tenant_id}).fetchall()


def months_due(conn: Connection, tenant_id: str, held: Sequence[UUID], *, before: datetime) -> list[date]:
    """Whole months before `before` with entries that no hold keeps."""
    params = {"tenant_id": tenant_id, "held": list(held), "before": before}
    return [row["month"] for row in conn.execute(_QUERIES["months_due"], params)]


def add_end(conn: Connection, head: Head, public_key: bytes, signature: bytes, *, now: datetime) -> None:
    """Write down where a month's chain ended; one that was written down stays as it is."""
    params: dict[str, Any] = {
        "tenant_id": head.tenant_id, "month": head.month, "number": head.number, "entries": head.entries,
        "digest": head.digest,
    }  # fmt: skip
    conn.execute(
        _QUERIES["add_end"], {**params, "public_key": public_key, "signature": signature, "now": now}
    )


def archivists(conn: Connection) -> list[Row]:
    """The tenants that named an archivist: kind of place, and address."""
    return conn.execute(_QUERIES["archivists"]).fetchall()

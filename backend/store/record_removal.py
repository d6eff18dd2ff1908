"""Counts and removes everything about one client, table by table, as the catalogue says. As the system only.

A new table with a column `client_id` is covered by itself. What stays, and why, is named in `KEPT`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from backend.store import sealed_text
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("record_removal")
_RIGHTS = load("rights")
KEPT: Final = {
    "client": "the number stays, without name, so that what is kept elsewhere can be told to be nobody's",
    "account": "stays disabled without a name, so that who did what can still be told apart",
    "client_key": "says that the key is destroyed",
    "access_log": "who looked is kept at least five years, whatever happens to the record",
    "work_event": "minutes of staff, made nobody's",
}
"""Tables with a client whose rows are not removed."""


def counts(conn: Connection, client_id: UUID) -> dict[str, int]:
    """How many rows there are about a client in each table that would be emptied; tables without any are left out."""
    found: dict[str, int] = {}
    for table, where in _plan(conn):
        query = sql.SQL("SELECT count(*)::int AS rows FROM {} WHERE {}").format(sql.Identifier(table), where)
        row = conn.execute(query, {"client_id": client_id}).fetchone()
        if row is not None and row["rows"]:
            found[table] = found.get(table, 0) + row["rows"]
    return found


def remove(conn: Connection, client_id: UUID, *, now: datetime) -> dict[str, int]:
    """Remove them, destroy the client's data keys, and take the name off what stays; rows that went, by table."""
    conn.execute(_QUERIES["let_words_change"])
    removed: dict[str, int] = {}
    for table, where in _plan(conn):
        query = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), where)
        if rows := conn.execute(query, {"client_id": client_id}).rowcount:
            removed[table] = removed.get(table, 0) + rows
    params = {"client_id": client_id, "now": now}
    for name in ("forget_places", "forget_logins", "forget_account", "forget_client", "forget_work"):
        conn.execute(_QUERIES[name], params)
    removed["client_key"] = sealed_text.destroy(conn, client_id, now=now)
    return removed


def _plan(conn: Connection) -> list[tuple[str, sql.Composable]]:
    """Tables and conditions in an order in which every row goes before what it refers to."""
    own = {row["name"] for row in conn.execute(_QUERIES["tables_of_clients"])} - set(KEPT)
    links = conn.execute(_QUERIES["references"]).fetchall()
    steps: list[tuple[str, sql.Composable]] = [
        (
            "dead_letter",
            sql.SQL("device_id IN (SELECT device_id FROM gateway WHERE client_id = %(client_id)s)"),
        )
    ]
    for table in _children_first(own, links):
        # Rows of tables without a client that refer to this one's and do not go by themselves.
        steps += [
            (link["child"], _referring(link))
            for link in links
            if link["parent"] == table and link["child"] not in own | set(KEPT) and not link["cascades"]
        ]
        steps.append((table, sql.SQL("client_id = %(client_id)s")))
    return [*steps, ("application", sql.SQL("application_id = %(client_id)s"))]


def _referring(link: Row) -> sql.Composable:
    return sql.SQL("{} IN (SELECT {} FROM {} WHERE client_id = %(client_id)s)").format(
        sql.Identifier(link["child_column"]),
        sql.Identifier(link["parent_column"]),
        sql.Identifier(link["parent"]),
    )


def _children_first(own: set[str], links: Sequence[Mapping[str, Any]]) -> list[str]:
    waiting, order = set(own), list[str]()
    while waiting:
        free = sorted(
            table
            for table in waiting
            if not any(one["parent"] == table and one["child"] in waiting - {table} for one in links)
        )
        assert free, "tables refer to each other in a circle"
        order += free
        waiting -= set(free)
    return order


def propose(conn: Connection, counted: Mapping[str, int], **values: Any) -> bool:
    """Store a case; False while there is one about this record."""
    return conn.execute(_RIGHTS["propose"], {**values, "counted": Jsonb(dict(counted))}).rowcount > 0


def case(conn: Connection, case_id: UUID) -> Row | None:
    """A case, held until this transaction ends; the caller still has to check whose unit it is of."""
    return conn.execute(_RIGHTS["case_of"], {"case_id": case_id}).fetchone()


def settle(conn: Connection, step: str, case_id: UUID, account_id: UUID, *, now: datetime) -> None:
    """`approve` or `withdraw` a case."""
    conn.execute(_RIGHTS[step], {"case_id": case_id, "account_id": account_id, "now": now})


def cases(conn: Connection, unit_id: UUID) -> list[Row]:
    """A unit's cases, newest first."""
    return conn.execute(_RIGHTS["cases"], {"unit_id": unit_id}).fetchall()


def approved(conn: Connection) -> list[Row]:
    """Cases that two people agreed on and nobody carried out, without those under a hold; locked."""
    return conn.execute(_RIGHTS["approved"]).fetchall()


def done(
    conn: Connection, case_id: UUID, removed: Mapping[str, int], sha256: bytes, *, now: datetime
) -> None:
    """Write down what a case came to."""
    params = {"case_id": case_id, "removed": Jsonb(dict(removed)), "sha256": sha256, "now": now}
    conn.execute(_RIGHTS["done"], params)


def records(conn: Connection, unit_id: UUID, client_ids: Sequence[UUID]) -> list[Row]:
    """Alias, end and holds of these clients, as far as they are of the unit."""
    params = {"unit_id": unit_id, "client_ids": list(client_ids)}
    return conn.execute(_RIGHTS["records_of_unit"], params).fetchall()


def asked_for_everything(conn: Connection, unit_id: UUID) -> list[UUID]:
    """Clients of the unit whose wish to be erased was granted."""
    return [row["client_id"] for row in conn.execute(_RIGHTS["asked_for_everything"], {"unit_id": unit_id})]


def tenant(conn: Connection, tenant_id: str) -> Row:
    """What kind of tenant it is, and its settings."""
    row = conn.execute(_RIGHTS["tenant_kind"], {"tenant_id": tenant_id}).fetchone()
    assert row is not None
    return row

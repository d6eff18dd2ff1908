"""Applications, the links they may come through, and the decisions people made on them. Rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("applications")


def add_link(conn: Connection, **values: Any) -> None:
    """Store a one-time link: only the digest of its token."""
    conn.execute(_QUERIES["add_link"], values)


def tenant_of_link(conn: Connection, token_sha256: bytes) -> str | None:
    """The tenant whose link this is, whosever transaction it is; None when there is no such link."""
    row = conn.execute(_QUERIES["tenant_of_link"], {"token_sha256": token_sha256}).fetchone()
    return None if row is None else row["tenant_id"]


def usable_link(conn: Connection, token_sha256: bytes, *, now: datetime) -> Row | None:
    """The link of a token that is neither used, withdrawn nor past its end."""
    return conn.execute(_QUERIES["usable_link"], {"token_sha256": token_sha256, "now": now}).fetchone()


def use_link(conn: Connection, link_id: UUID, *, now: datetime) -> bool:
    """Use a link up; False when somebody was first."""
    return conn.execute(_QUERIES["use_link"], {"link_id": link_id, "now": now}).fetchone() is not None


def revoke_link(conn: Connection, link_id: UUID, unit_id: UUID, *, now: datetime) -> bool:
    """Withdraw a link of this unit; False when there is none that could still be used."""
    params = {"link_id": link_id, "unit_id": unit_id, "now": now}
    return conn.execute(_QUERIES["revoke_link"], params).fetchone() is not None


def open_links(conn: Connection, unit_id: UUID, *, now: datetime) -> list[Row]:
    """The unit's links that can still be used, newest first."""
    return conn.execute(_QUERIES["open_links"], {"unit_id": unit_id, "now": now}).fetchall()


def add(conn: Connection, **values: Any) -> None:
    """Store an application without its content."""
    conn.execute(_QUERIES["add"], values)


def add_version(conn: Connection, content: dict[str, Any], **values: Any) -> None:
    """Store what an application says."""
    conn.execute(_QUERIES["add_version"], {**values, "content": Jsonb(content)})


def unit_of(conn: Connection, application_id: UUID) -> Row | None:
    """The unit and tenant an application was sent to; the caller still checks who asks."""
    return conn.execute(_QUERIES["unit_of"], {"application_id": application_id}).fetchone()


def lock(conn: Connection, application_id: UUID) -> Row:
    """Hold an application until the transaction ends: its newest version, and whether it is decided."""
    row = conn.execute(_QUERIES["lock"], {"application_id": application_id}).fetchone()
    assert row is not None, "a visible application exists"
    return row


def of_unit(conn: Connection, unit_id: UUID, limit: int) -> list[Row]:
    """The unit's applications: undecided ones first, oldest first; then the newest decisions."""
    return conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id, "limit": limit}).fetchall()


def one(conn: Connection, application_id: UUID) -> Row:
    """An application with its decision."""
    row = conn.execute(_QUERIES["one"], {"application_id": application_id}).fetchone()
    assert row is not None, "a visible application exists"
    return row


def versions(conn: Connection, application_id: UUID) -> list[Row]:
    """Everything an application has said, oldest first."""
    return conn.execute(_QUERIES["versions"], {"application_id": application_id}).fetchall()


def decide(conn: Connection, assessment: dict[str, Any], plan: dict[str, Any] | None, **values: Any) -> None:
    """Store a person's decision with what the robot had computed."""
    written = {"assessment": Jsonb(assessment), "plan": None if plan is None else Jsonb(plan)}
    conn.execute(_QUERIES["decide"], {**values, **written})

"""Applications, the links they may come through, and the decisions people made on them. Rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_columns, open_rows, open_text, seal_given

_QUERIES = load("applications")
_WORDS = ("name", "phone", "referrer", "words")
"""What of an application's content somebody wrote freely: sealed, for the client the application may become."""


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
    """Store what an application says, free text sealed."""
    about = values["application_id"]
    sealed = {
        name: seal_given(conn, about, f"application.{name}", content[name])
        for name in _WORDS
        if name in content
    }
    reason = seal_given(conn, about, "application_version.reason", values["reason"])
    conn.execute(
        _QUERIES["add_version"], {**values, "content": Jsonb({**content, **sealed}), "reason": reason}
    )


def unit_of(conn: Connection, application_id: UUID) -> Row | None:
    """The unit and tenant an application was sent to; the caller still checks who asks."""
    return conn.execute(_QUERIES["unit_of"], {"application_id": application_id}).fetchone()


def lock(conn: Connection, application_id: UUID) -> Row:
    """Hold an application until the transaction ends: its newest version, and whether it is decided."""
    row = conn.execute(_QUERIES["lock"], {"application_id": application_id}).fetchone()
    assert row is not None, "a visible application exists"
    return row


def undecided(conn: Connection, unit_id: UUID) -> int:
    """How many of the unit's applications nobody has decided; none of them is opened."""
    row = conn.execute(_QUERIES["undecided"], {"unit_id": unit_id}).fetchone()
    return 0 if row is None else int(row["waiting"])


def of_unit(conn: Connection, unit_id: UUID, limit: int) -> list[Row]:
    """The unit's applications: undecided ones first, oldest first; then the newest decisions."""
    rows = conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id, "limit": limit}).fetchall()
    return open_contents(conn, rows, "application_id")


def one(conn: Connection, application_id: UUID) -> Row:
    """An application with its decision."""
    row = conn.execute(_QUERIES["one"], {"application_id": application_id}).fetchone()
    assert row is not None, "a visible application exists"
    words = row["words"]
    return {**row, "words": words and open_text(conn, application_id, "application_decision.words", words)}


def versions(conn: Connection, application_id: UUID) -> list[Row]:
    """Everything an application has said, oldest first."""
    rows = conn.execute(_QUERIES["versions"], {"application_id": application_id}).fetchall()
    rows = open_columns(conn, rows, "application_version", "reason", client=application_id)
    return open_contents(conn, [{**row, "application_id": application_id} for row in rows], "application_id")


def open_contents(conn: Connection, rows: Sequence[Row], whose: str) -> list[Row]:
    """Rows with their `content` opened; whose application it is stands in the column `whose`."""
    contents: list[Row] = [{**row["content"], "client_id": row[whose]} for row in rows]
    for name in _WORDS:  # one that is missing stays missing
        contents = open_rows(conn, [{name: None, **one} for one in contents], f"application.{name}", name)
    opened = (
        {name: value for name, value in one.items() if name in row["content"]}
        for one, row in zip(contents, rows, strict=True)
    )
    return [{**row, "content": content} for row, content in zip(rows, opened, strict=True)]


def decide(conn: Connection, assessment: dict[str, Any], plan: dict[str, Any] | None, **values: Any) -> None:
    """Store a person's decision with what the robot had computed."""
    written = {"assessment": Jsonb(assessment), "plan": None if plan is None else Jsonb(plan)}
    words = seal_given(conn, values["application_id"], "application_decision.words", values["words"])
    conn.execute(_QUERIES["decide"], {**values, **written, "words": words})

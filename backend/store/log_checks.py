"""Checks of the access log, and who has read the routine for them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("log_checks")


def entries(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID,
    *,
    since: datetime,
    until: datetime,
    timezone: str,
    many: int,
) -> list[Row]:
    """What staff did with the unit's clients in a span: number of the entry, and why it is worth a question."""
    params = {
        "tenant_id": tenant_id, "unit_id": unit_id, "since": since, "until": until, "timezone": timezone, "many": many,
    }  # fmt: skip
    return conn.execute(_QUERIES["entries"], params).fetchall()


def add(conn: Connection, drawn: Mapping[int, str], **values: Any) -> bool:
    """Store a check and its sample (entry to reason); False when one of that month is open."""
    if conn.execute(_QUERIES["add"], values).fetchone() is None:
        return False
    params = {"check_id": values["check_id"], "tenant_id": values["tenant_id"]}
    conn.execute(_QUERIES["add_entries"], {**params, "entry_ids": list(drawn), "whys": list(drawn.values())})
    return True


def of_unit(conn: Connection, unit_id: UUID) -> list[Row]:
    """A unit's checks, newest first."""
    return conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id}).fetchall()


def drawn(conn: Connection, unit_id: UUID, check_id: UUID) -> list[Row]:
    """The sample of one check, what is worth a question first."""
    return conn.execute(_QUERIES["drawn"], {"unit_id": unit_id, "check_id": check_id}).fetchall()


def finish(
    conn: Connection, unit_id: UUID, check_id: UUID, done_by: UUID, outcome: str, words: str, *, now: datetime
) -> bool:
    """Write down what was found; False when there is no such check to finish."""
    params = {
        "unit_id": unit_id,
        "check_id": check_id,
        "done_by": done_by,
        "outcome": outcome,
        "words": words,
    }
    return conn.execute(_QUERIES["finish"], {**params, "now": now}).fetchone() is not None


def managers_to_remind(conn: Connection, month: date, *, until: datetime) -> Sequence[Row]:
    """Managers whose unit has not been checked for that month."""
    return conn.execute(_QUERIES["managers_to_remind"], {"month": month, "until": until}).fetchall()


def has_read(conn: Connection, account_id: UUID, version: int) -> bool:
    """Whether an account has read that version of the routine."""
    return (
        conn.execute(_QUERIES["has_read"], {"account_id": account_id, "version": version}).fetchone()
        is not None
    )


def read(conn: Connection, account_id: UUID, tenant_id: str, version: int, *, now: datetime) -> None:
    """Note that an account has read it."""
    params = {"account_id": account_id, "tenant_id": tenant_id, "version": version, "now": now}
    conn.execute(_QUERIES["read"], params)

"""Questionnaires and the forms clients are asked for. A stored form is never changed, only marked as wrong."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_columns, seal

_QUERIES = load("questionnaires")


def add(conn: Connection, client: VisibleClientId, *, now: datetime, **form: Any) -> None:
    """Store a form with its score."""
    conn.execute(_QUERIES["add"], {**form, "client_id": client, "now": now})


def client_of(conn: Connection, questionnaire_id: UUID) -> UUID | None:
    """Whose form it is; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["client_of"], {"questionnaire_id": questionnaire_id}).fetchone()
    return None if row is None else row["client_id"]


def withdraw(
    conn: Connection,
    client: VisibleClientId,
    questionnaire_id: UUID,
    account_id: UUID,
    reason: str,
    *,
    now: datetime,
) -> bool:
    """Mark a form as typed in wrongly; False when it was already."""
    params = {
        "client_id": client,
        "questionnaire_id": questionnaire_id,
        "account_id": account_id,
        "reason": seal(conn, client, "questionnaire.withdraw_reason", reason),
    }
    return conn.execute(_QUERIES["withdraw"], {**params, "now": now}).fetchone() is not None


def of_client(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Every form of a client, newest first."""
    rows = conn.execute(_QUERIES["of_client"], {"client_id": client}).fetchall()
    return open_columns(conn, rows, "questionnaire", "withdraw_reason", client=client)


def about(conn: Connection, client: VisibleClientId) -> Row | None:
    """Sex and year of birth as the application said; None for clients who came without one."""
    return conn.execute(_QUERIES["about"], {"client_id": client}).fetchone()


def ask(conn: Connection, client: VisibleClientId, **request: Any) -> bool:
    """Ask for a form; False while the same one is asked for already."""
    return conn.execute(_QUERIES["ask"], {**request, "client_id": client}).fetchone() is not None


def open_requests(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Forms the client has been asked for and not filled in yet, oldest first."""
    return conn.execute(_QUERIES["open_requests"], {"client_id": client}).fetchall()


def client_of_request(conn: Connection, request_id: UUID) -> UUID | None:
    """Who was asked; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["request_client"], {"request_id": request_id}).fetchone()
    return None if row is None else row["client_id"]


def close_request(
    conn: Connection, client: VisibleClientId, request_id: UUID, *, now: datetime
) -> str | None:
    """Close a request and return its instrument; None when it was closed already."""
    params = {"client_id": client, "request_id": request_id, "now": now}
    row = conn.execute(_QUERIES["close_request"], params).fetchone()
    return None if row is None else row["instrument"]


def answer_request(conn: Connection, request_id: UUID, questionnaire_id: UUID) -> None:
    """Note which form answered a request."""
    conn.execute(_QUERIES["answer_request"], {"request_id": request_id, "questionnaire_id": questionnaire_id})

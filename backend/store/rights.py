"""Consents, disclosures, and what clients ask for: corrections and erasure. Free text is sealed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import ERASED, open_columns, seal, seal_given

_QUERIES = load("rights")
Subject = Literal["consent", "correction", "erasure"]
_WORDS = {
    "consents": ("consent", "purpose", "recipient", "withdraw_reason"),
    "disclosures": ("disclosure", "recipient", "words"),
    "corrections": ("correction_request", "says", "decision"),
    "erasures": ("erasure_request", "says", "decision"),
}
"""Tables, and their sealed columns."""


def client_of(conn: Connection, subject: Subject, subject_id: UUID) -> UUID | None:
    """Whom an entry is about; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES[f"client_of_{subject}"], {"id": subject_id}).fetchone()
    return None if row is None else row["client_id"]


def add_consent(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    consent_id: UUID,
    purpose: str,
    recipient: str,
    given_how: str,
    ends_on: date | None,
    *,
    now: datetime,
) -> None:
    """Store a consent given now, its words sealed."""
    told = {
        "consent_id": consent_id,
        "purpose": seal(conn, client, "consent.purpose", purpose),
        "recipient": seal(conn, client, "consent.recipient", recipient),
        "given_how": given_how,
    }
    conn.execute(_QUERIES["add_consent"], {**_who(principal, client, now), **told, "ends_on": ends_on})


def withdraw_consent(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    consent_id: UUID,
    reason: str | None,
    *,
    now: datetime,
) -> bool:
    """End a consent; False when it has ended."""
    sealed = seal_given(conn, client, "consent.withdraw_reason", reason)
    params = {**_who(principal, client, now), "consent_id": consent_id, "reason": sealed}
    return conn.execute(_QUERIES["withdraw_consent"], params).rowcount > 0


def consent_is_in_force(
    conn: Connection, client: VisibleClientId, consent_id: UUID, *, now: datetime
) -> bool:
    """Whether this consent is this client's, given, not withdrawn and not run out."""
    params = {"client_id": client, "consent_id": consent_id, "now": now}
    return conn.execute(_QUERIES["consent_in_force"], params).fetchone() is not None


def add_disclosure(
    conn: Connection, principal: Principal, client: VisibleClientId, told: Mapping[str, Any], *, now: datetime
) -> None:
    """Store what was disclosed: disclosure_id, recipient, what, masked, legal_ground, consent_id, words."""
    sealed = {name: seal(conn, client, f"disclosure.{name}", told[name]) for name in ("recipient", "words")}
    conn.execute(_QUERIES["add_disclosure"], {**_who(principal, client, now), **told, **sealed})


def add_correction(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    request_id: UUID,
    about: str,
    about_at: datetime | None,
    says: str,
    *,
    now: datetime,
) -> None:
    """Store what a client says is wrong."""
    sealed = seal(conn, client, "correction_request.says", says)
    told = {"request_id": request_id, "about": about, "about_at": about_at, "says": sealed}
    conn.execute(_QUERIES["add_correction"], {**_who(principal, client, now), **told})


def decide_correction(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    request_id: UUID,
    state: str,
    decision: str,
    *,
    now: datetime,
) -> bool:
    """Store what staff decided; False when it is decided already."""
    sealed = seal(conn, client, "correction_request.decision", decision)
    told = {"request_id": request_id, "state": state, "decision": sealed}
    return conn.execute(_QUERIES["decide_correction"], {**_who(principal, client, now), **told}).rowcount > 0


def add_erasure(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    request_id: UUID,
    scope: str,
    says: str,
    *,
    now: datetime,
) -> bool:
    """Store that a client asks for erasure; False while another request of theirs is open."""
    told = {
        "request_id": request_id,
        "scope": scope,
        "says": seal(conn, client, "erasure_request.says", says),
    }
    return conn.execute(_QUERIES["add_erasure"], {**_who(principal, client, now), **told}).rowcount > 0


def decide_erasure(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    request_id: UUID,
    refusal_code: str | None,
    decision: str,
    *,
    now: datetime,
) -> bool:
    """Grant (no code) or refuse; False when it is decided already."""
    sealed = seal(conn, client, "erasure_request.decision", decision)
    told = {
        "request_id": request_id,
        "state": "granted" if refusal_code is None else "refused",
        "refusal_code": refusal_code,
        "decision": sealed,
    }
    return conn.execute(_QUERIES["decide_erasure"], {**_who(principal, client, now), **told}).rowcount > 0


def registers(conn: Connection, client: VisibleClientId) -> dict[str, list[Row]]:
    """Consents, disclosures, corrections and erasures of a client, newest first, with free text opened."""
    found = {
        name: conn.execute(_QUERIES[name], {"client_id": client}).fetchall()
        for name in ("consents", "disclosures", "corrections", "erasures")
    }
    return {name: open_columns(conn, rows, *_WORDS[name], client=client) for name, rows in found.items()}


def granted_words(conn: Connection) -> list[Row]:
    """Erasures of own words that are granted and not carried out (`request_id`, `client_id`), locked. As the system."""
    return conn.execute(_QUERIES["granted_words"]).fetchall()


def erase_words(conn: Connection, request_id: UUID, client_id: UUID, *, now: datetime) -> dict[str, int]:
    """Remove what the client wrote up to when they asked; what went, by table. As the system."""
    conn.execute(_QUERIES["let_words_change"])
    row = conn.execute(_QUERIES["asked_at"], {"request_id": request_id}).fetchone()
    assert row is not None
    params = {"client_id": client_id, "until": row["asked_at"], "erased": ERASED}
    removed = {
        "check_in.comment": conn.execute(_QUERIES["erase_comments"], params).rowcount,
        "message.body": conn.execute(_QUERIES["erase_messages"], params).rowcount,
    }
    conn.execute(_QUERIES["erasure_done"], {"request_id": request_id, "removed": Jsonb(removed), "now": now})
    return removed


def looked_at(
    conn: Connection, since: datetime, until: datetime, *, username: str | None, tenant_id: str | None
) -> list[Row]:
    """Whose data somebody (or anybody of a tenant) did something with in [since, until)."""
    params = {"since": since, "until": until, "username": username, "tenant_id": tenant_id}
    return conn.execute(_QUERIES["looked_at"], params).fetchall()


def _who(principal: Principal, client: VisibleClientId, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": principal.tenant_id,
        "client_id": client,
        "account_id": principal.account_id,
        "now": now,
    }

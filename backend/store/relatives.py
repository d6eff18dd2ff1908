"""Relatives, and what a client has agreed that they may see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("relatives")


def invite(conn: Connection, client: VisibleClientId, **values: Any) -> None:
    """Store an invitation: only the digest of its token."""
    conn.execute(_QUERIES["invite"], {**values, "client_id": client})


def tenant_of_invitation(conn: Connection, invitation_sha256: bytes) -> str | None:
    """The tenant an invitation belongs to, whosever transaction it is; None when there is no such invitation."""
    params = {"invitation_sha256": invitation_sha256}
    row = conn.execute(_QUERIES["tenant_of_invitation"], params).fetchone()
    return None if row is None else row["tenant_id"]


def usable_invitation(conn: Connection, invitation_sha256: bytes, *, now: datetime) -> Row | None:
    """The invitation of a token that is neither accepted, withdrawn nor past its end."""
    params = {"invitation_sha256": invitation_sha256, "now": now}
    return conn.execute(_QUERIES["usable_invitation"], params).fetchone()


def accept(conn: Connection, relative_id: UUID, account_id: UUID, *, now: datetime) -> bool:
    """Let an account be this relative; False when somebody was first or the invitation can no longer be used."""
    params = {"relative_id": relative_id, "account_id": account_id, "now": now}
    return conn.execute(_QUERIES["accept"], params).fetchone() is not None


def of_client(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Everybody the client ever invited, oldest first."""
    return conn.execute(_QUERIES["of_client"], {"client_id": client}).fetchall()


def sharing_of_client(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Everything the client ever agreed to share, oldest first."""
    return conn.execute(_QUERIES["sharing_of_client"], {"client_id": client}).fetchall()


def lock(conn: Connection, client: VisibleClientId, relative_id: UUID) -> Row | None:
    """A relative of this client, held until the transaction ends."""
    return conn.execute(_QUERIES["lock"], {"client_id": client, "relative_id": relative_id}).fetchone()


def give(conn: Connection, client: VisibleClientId, **values: Any) -> None:
    """Store a consent."""
    conn.execute(_QUERIES["give"], {**values, "client_id": client})


def take_back(
    conn: Connection,
    client: VisibleClientId,
    relative_id: UUID,
    scope: str | None,
    *,
    revoked_by: UUID,
    now: datetime,
) -> int:
    """Take back one consent, or all with `scope` None; how many there were."""
    params = {"client_id": client, "relative_id": relative_id, "scope": scope, "revoked_by": revoked_by}
    return len(conn.execute(_QUERIES["take_back"], {**params, "now": now}).fetchall())


def end(
    conn: Connection, client: VisibleClientId, relative_id: UUID, *, ended_by: UUID, now: datetime
) -> bool:
    """End a relative's access for good; False when it had ended."""
    params = {"client_id": client, "relative_id": relative_id, "ended_by": ended_by, "now": now}
    return conn.execute(_QUERIES["end"], params).fetchone() is not None


def shared_with(
    conn: Connection, account_id: UUID, tenant_id: str, client_id: UUID | None, *, now: datetime
) -> list[Row]:
    """What is shared with an account at this moment. Only `backend.access` and the service of relatives call this."""
    params = {"account_id": account_id, "tenant_id": tenant_id, "client_id": client_id, "now": now}
    return conn.execute(_QUERIES["shared_with"], params).fetchall()

"""A client's wish to keep other units out (spärr), and protected identity.

The client decides about the block, at their own page or through their own unit's staff; who is kept out can neither set
nor lift it. Source: compliance reference L5 (patient data act 4:4).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_lasting, require_visible
from backend.errors import Conflict, Forbidden, Invalid
from backend.store import access_log
from backend.store import care_access as store
from backend.store.pool import Connection, Database

_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `unit`: who alone sees the client while it is in force."""

    block_id: UUID
    unit: str
    set_at: datetime
    set_by_client: bool
    words: str
    lifted_at: datetime | None
    lift_words: str | None


def set_block(db: Database, principal: Principal, client_id: UUID, words: str, *, now: datetime) -> None:
    """Keep other units than the client's own out, from now on; their care relations end.

    Raises NotFound, Forbidden for those who neither are the client nor give care in the client's unit, Invalid without
    words, Conflict when it is so already.
    """
    with db.transaction(principal) as conn:
        client = _require_own_unit(conn, principal, client_id, now)
        if not store.set_block(conn, client, uuid4(), principal.account_id, _words(words), now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "block_set", now=now)


def lift_block(db: Database, principal: Principal, client_id: UUID, words: str, *, now: datetime) -> None:
    """Let other units in again, as the client wishes; no care relation comes back by itself. Raises as `set_block`."""
    with db.transaction(principal) as conn:
        client = _require_own_unit(conn, principal, client_id, now)
        if not store.lift_block(conn, client, principal.account_id, _words(words), now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "block_lifted", now=now)


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> tuple[Block, ...]:
    """Every block there was, newest first. Raises NotFound."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        rows = store.blocks(conn, client)
        access_log.write(conn, principal, [client], "blocks_opened", now=now)
    return tuple(Block(**row) for row in rows)


def set_protected(db: Database, principal: Principal, client_id: UUID, *, is_on: bool, now: datetime) -> None:
    """Let the client's name stand in no list or message, or in them again. Raises NotFound, Forbidden, Conflict."""
    with db.transaction(principal) as conn:
        client = require_lasting(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        if not store.set_protected(conn, client, is_on=is_on):
            raise Conflict
        action = "identity_protected" if is_on else "identity_shown"
        access_log.write(conn, principal, [client], action, now=now)


def is_protected(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> bool:
    """Whether the client's name stands in no list. Raises NotFound."""
    with db.transaction(principal) as conn:
        return store.is_protected(conn, require_visible(conn, principal, client_id, now))


def _require_own_unit(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime
) -> VisibleClientId:
    client = require_visible(conn, principal, client_id, now)
    if not principal.is_client and (not principal.gives_care or _is_elsewhere(conn, principal, client)):
        raise Forbidden
    return client


def _is_elsewhere(conn: Connection, principal: Principal, client: VisibleClientId) -> bool:
    return principal.is_system or store.unit_of_client(conn, client) != principal.unit_id


def _words(text: str) -> str:
    words = " ".join(text.split())
    if len(words) < _SHORTEST:
        raise Invalid("say in words what the client wishes")
    return words

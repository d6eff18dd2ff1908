"""A client's wish to keep other units out (spärr), and protected identity.

The client decides about the block, at their own page or through their own unit's staff; who is kept out can neither set
nor lift it. Source: compliance reference L5 (patient data act 4:4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_lasting, require_visible
from backend.errors import Conflict, Forbidden, Invalid
from backend.store import access_log, enrolment
from backend.store import care_access as store
from backend.store.pool import Connection, Database

_SHORTEST = 3
OWN_WISH: Final = "own_wish"
"""Stands for the words of a client who does not say why: nobody need."""


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


@dataclass(frozen=True, slots=True)
class Protection:
    """What stands about one client, for staff. `may_change`: whether the principal may change it now."""

    client_id: UUID
    alias: str
    tz: str
    blocks: tuple[Block, ...]
    is_protected: bool
    may_change: bool


def protection(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> Protection:
    """Blocks and protected identity of a client one cares for. Raises NotFound for strangers, Forbidden."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.may("protect"):
            raise Forbidden
        row = enrolment.client(conn, client)
        assert row is not None, "a visible client exists"
        is_emergency = store.emergency_in_force(conn, principal.account_id, client, now=now) is not None
        found = Protection(
            client,
            row["alias"],
            row["timezone"],
            tuple(Block(**one) for one in store.blocks(conn, client)),
            store.is_protected(conn, client),
            not is_emergency and row["unit_id"] == principal.unit_id,
        )
        access_log.write(conn, principal, [client], "blocks_opened", now=now)
    return found


def set_block(db: Database, principal: Principal, client_id: UUID, words: str, *, now: datetime) -> None:
    """Keep other units than the client's own out, from now on; their care relations end.

    Staff say in words what the client wishes; the client need not say why. Raises NotFound, Forbidden for those who
    neither are the client nor give care in the client's unit (an emergency is not enough), Invalid when staff say
    nothing, Conflict when it is so already.
    """
    with db.transaction(principal) as conn:
        client = _require_own_unit(conn, principal, client_id, now)
        if not store.set_block(
            conn, client, uuid4(), principal.account_id, _words(principal, words), now=now
        ):
            raise Conflict
        access_log.write(conn, principal, [client], "block_set", now=now)


def lift_block(db: Database, principal: Principal, client_id: UUID, words: str, *, now: datetime) -> None:
    """Let other units in again, as the client wishes; no care relation comes back by itself. Raises as `set_block`."""
    with db.transaction(principal) as conn:
        client = _require_own_unit(conn, principal, client_id, now)
        if not store.lift_block(conn, client, principal.account_id, _words(principal, words), now=now):
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
        if not principal.may("protect"):
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
    client = require_lasting(conn, principal, client_id, now)
    if not principal.may("block") or (not principal.is_client and _is_elsewhere(conn, principal, client)):
        raise Forbidden
    return client


def _is_elsewhere(conn: Connection, principal: Principal, client: VisibleClientId) -> bool:
    return store.unit_of_client(conn, client) != principal.unit_id


def _words(principal: Principal, text: str) -> str:
    words = " ".join(text.split())
    if principal.is_client and not words:
        return OWN_WISH
    if len(words) < _SHORTEST:
        raise Invalid("say in words what the client wishes")
    return words

"""A client's equipment as staff handle it: one-time codes, gateways and their end, and breathalyzers.

A clinician or manager does this for the clients in their care; technical support (operators) for every client of the
tenant, seeing the equipment and nothing about the person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_equipment_of, require_lasting, require_visible
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.broker_access import BrokerAccess
from backend.store import access_log
from backend.store import enrolment as clients
from backend.store import gateway_identity as store
from backend.store.pool import Connection, Database
from contracts.enrolment import code_digest, new_code

CODE_LIFE: Final = timedelta(hours=24)
MOST_WAITING: Final = 3
"""Codes of one client that may be unused at the same time (assumption): more is a mistake or worse."""
_LONGEST_REASON: Final = 500
_LONGEST_SERIAL: Final = 60


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code, told once: only its digest is kept."""

    code_id: UUID
    code: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CodeView:
    """What became of a code."""

    code_id: UUID
    issued_at: datetime
    ends_at: datetime
    used_at: datetime | None
    device_id: str | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class GatewayView:
    """One gateway. `refused`: messages in its name that were refused for their key or signature; they are kept."""

    device_id: str
    key_id: str
    enrolled_at: datetime
    heard_at: datetime | None
    revoked_at: datetime | None
    revoke_reason: str | None
    refused: int
    last_refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class BreathalyzerView:
    """One breathalyzer by its serial number. One that is not paired counts all the same, and is pointed out."""

    serial: str
    model: str | None
    first_at: datetime | None
    last_at: datetime | None
    readings: int
    is_paired: bool


@dataclass(frozen=True, slots=True)
class Equipment:
    """All of a client's."""

    client_id: UUID
    alias: str
    tz: str
    gateways: tuple[GatewayView, ...]
    codes: tuple[CodeView, ...]
    breathalyzers: tuple[BreathalyzerView, ...]


def equipment(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> Equipment:
    """What stands at a client's home. Raises NotFound for strangers, Forbidden for a client or researcher."""
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        found = clients.client(conn, client)
        assert found is not None, "a client that can be reached exists"
        access_log.write(conn, principal, [client], "equipment", now=now)
        return Equipment(
            client_id,
            found["alias"],
            found["timezone"],
            tuple(GatewayView(**row) for row in store.gateways_of(conn, client)),
            tuple(CodeView(**row) for row in store.codes(conn, client)),
            tuple(BreathalyzerView(**row) for row in store.breathalyzers(conn, client)),
        )


def issue_code(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> NewCode:
    """A code of 80 bits that enrols one gateway for this client within 24 hours. It is told once.

    Raises NotFound for strangers, Forbidden, Conflict while three codes of the client wait already.
    """
    made = NewCode(uuid4(), new_code(), now + CODE_LIFE)
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now, is_lasting=True)
        if store.waiting_codes(conn, client, now=now) >= MOST_WAITING:
            raise Conflict("There are unused codes already. Withdraw one of them first.")
        row = clients.client(conn, client)
        assert row is not None
        store.add_code(
            conn,
            client,
            code_id=made.code_id,
            tenant_id=row["tenant_id"],
            code_sha256=code_digest(made.code),
            issued_by=_person(principal),
            now=now,
            ends_at=made.ends_at,
        )
        access_log.write(conn, principal, [client], "gateway_code_issued", now=now)
    return made


def revoke_code(db: Database, principal: Principal, code_id: UUID, *, now: datetime) -> None:
    """Withdraw a code nobody has used. Raises NotFound for strangers, Conflict when it was used or withdrawn."""
    with db.transaction(principal) as conn:
        client_id = store.client_of_code(conn, code_id)
        if client_id is None:
            raise NotFound
        client = _reach(conn, principal, client_id, now)
        if not store.revoke_code(conn, code_id, _person(principal), now=now):
            raise Conflict("That code is used or withdrawn already.")
        access_log.write(conn, principal, [client], "gateway_code_withdrawn", now=now)


def revoke_gateway(
    db: Database,
    principal: Principal,
    device_id: str,
    reason: str,
    broker: BrokerAccess | None,
    *,
    now: datetime,
) -> None:
    """Believe nothing a gateway signs from now on, and let it into the broker no more. What it sends is kept for staff.

    Raises NotFound for strangers, Invalid without a reason, Conflict when it was revoked before.
    """
    words = reason.strip()
    if not 3 <= len(words) <= _LONGEST_REASON:
        raise Invalid("a gateway is revoked for a reason in words")
    with db.transaction(principal) as conn:
        gateway = store.lock_gateway(conn, device_id)
        if gateway is None:
            raise NotFound
        client = _reach(conn, principal, gateway.client_id, now)
        is_new = store.revoke_gateway(conn, device_id, _person(principal), words, now=now)
        if is_new:
            access_log.write(conn, principal, [client], "gateway_revoked", now=now)
    # Also on a second attempt: the first may have ended here.
    if broker is not None:
        broker.withdraw(gateway.tenant_id, device_id)
    if not is_new:
        raise Conflict("That gateway is revoked already.")


def pair(db: Database, principal: Principal, client_id: UUID, serial: str, *, now: datetime) -> None:
    """Note that a breathalyzer is the client's own: its readings stand out no more. Raises NotFound, Invalid."""
    if not 1 <= len(serial) <= _LONGEST_SERIAL or not serial.isprintable():
        raise Invalid("not a serial number")
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        row = clients.client(conn, client)
        assert row is not None
        store.pair(conn, client, row["tenant_id"], serial, _person(principal), now=now)
        access_log.write(conn, principal, [client], "breathalyzer_paired", now=now)


def unpair(db: Database, principal: Principal, client_id: UUID, serial: str, *, now: datetime) -> None:
    """Note that a breathalyzer is no longer the client's own. Raises NotFound, also when it was not."""
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        if not store.end_pairing(conn, client, serial, _person(principal), now=now):
            raise NotFound
        access_log.write(conn, principal, [client], "breathalyzer_unpaired", now=now)


def _reach(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime, *, is_lasting: bool = False
) -> VisibleClientId:
    if principal.reach("equipment") == "equipment":
        row = clients.client(conn, client_id)
        if row is None:
            raise NotFound
        return require_equipment_of(conn, principal, client_id, row["tenant_id"])
    client = (require_lasting if is_lasting else require_visible)(conn, principal, client_id, now)
    if not principal.gives_care:
        raise Forbidden
    return client


def _person(principal: Principal) -> UUID | None:
    return None if principal.is_system else principal.account_id

"""How a client is reached: the number staff call, the way the client prefers, and which places of their own work.

The number is entered by staff and sealed; every version stays, with who entered it. A protected client's number is
shown only on the page that is about it, where each look is logged. Places are the client's own (`contact_points`):
staff see kinds and whether they work, never an address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client, require_lasting, require_visible
from backend.domain.telephone import dialled, is_dialled, readable
from backend.errors import Forbidden, Invalid
from backend.notify.channel import ContactKind
from backend.store import access_log, care_access, contact_points, live_events
from backend.store import client_reach as store
from backend.store import clients as client_store
from backend.store.pool import Connection, Database, Row

Preferred = Literal["phone", "sms", "letter", "message"]
PREFERRED: Final[tuple[Preferred, ...]] = get_args(Preferred)
LONGEST_NOTE: Final = 500
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ReachVersion:
    """What stood from an instant on. `phone` as it is dialled; empty for none."""

    phone: str
    preferred: Preferred
    note: str
    entered_at: datetime
    entered_by: str | None

    @property
    def phone_as_read(self) -> str:
        """The number as people read it."""
        return readable(self.phone)


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A place of the client's own, without its address."""

    kind: ContactKind
    is_confirmed: bool
    is_on: bool
    is_failing: bool
    for_reminders: bool
    for_messages: bool


@dataclass(frozen=True, slots=True)
class ClientReach:
    """Everything about how a client is reached; versions newest first."""

    client_id: UUID
    alias: str
    tz: str
    is_protected: bool
    versions: tuple[ReachVersion, ...]
    places: tuple[OwnPlace, ...]


@dataclass(frozen=True, slots=True)
class ReachLine:
    """What stands on the client's page. `now` is None while nothing was entered, and for a protected client."""

    is_protected: bool
    now: ReachVersion | None
    places: tuple[OwnPlace, ...]


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> ClientReach:
    """For staff who give care; the look is logged. Raises NotFound for strangers, Forbidden for those who give none."""
    with db.transaction(principal) as conn:
        client = _for_care(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "reach_opened", now=now)
        head = client_store.head(conn, client, now=now)
        return ClientReach(
            client_id,
            head["alias"],
            head["timezone"],
            care_access.is_protected(conn, client),
            tuple(map(_version, store.of_client(conn, client, _SHOWN))),
            _places(conn, client),
        )


def line(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> ReachLine:
    """For the client's page, whose own look is logged. Raises as `of_client` does."""
    with db.transaction(principal) as conn:
        client = _for_care(conn, principal, client_id, now)
        is_protected = care_access.is_protected(conn, client)
        newest = None if is_protected else _newest(conn, client)
        return ReachLine(is_protected, newest, _places(conn, client))


def own_number(db: Database, principal: Principal) -> str:
    """The number at which the clinic calls the client; empty for none. Raises NotFound when it is no client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        newest = _newest(conn, client)
        return newest.phone_as_read if newest else ""


def change(
    db: Database,
    principal: Principal,
    client_id: UUID,
    phone: str,
    preferred: str,
    note: str = "",
    *,
    now: datetime,
) -> None:
    """Enter a number as people write it (empty: none), the way the client prefers, and a note; what stood is kept.

    Raises NotFound for strangers, Forbidden for those who give no care and in an emergency, Invalid.
    """
    number, words = dialled(phone), note.strip()
    if (number and not is_dialled(number)) or preferred not in PREFERRED or len(words) > LONGEST_NOTE:
        raise Invalid(
            "a number as it is dialled, a way to reach the client, and a note of up to 500 characters"
        )
    with db.transaction(principal) as conn:
        client = require_lasting(conn, principal, client_id, now)
        if not principal.may("care.read"):
            raise Forbidden
        newest = _newest(conn, client)
        if newest is not None and (newest.phone, newest.preferred, newest.note) == (number, preferred, words):
            return
        store.add(
            conn,
            client,
            principal.tenant_id,
            principal.account_id,
            phone=number,
            preferred=preferred,
            note=words,
            now=now,
        )
        access_log.write(conn, principal, [client], "reach_changed", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)


def _for_care(conn: Connection, principal: Principal, client_id: UUID, now: datetime) -> VisibleClientId:
    client = require_visible(conn, principal, client_id, now)
    if not principal.may("care.read"):
        raise Forbidden
    return client


def _newest(conn: Connection, client: VisibleClientId) -> ReachVersion | None:
    rows = store.of_client(conn, client, 1)
    return _version(rows[0]) if rows else None


def _version(row: Row) -> ReachVersion:
    return ReachVersion(row["phone"], row["preferred"], row["note"], row["entered_at"], row["entered_by"])


def _places(conn: Connection, client: VisibleClientId) -> tuple[OwnPlace, ...]:
    return tuple(
        OwnPlace(
            row["kind"],
            row["confirmed_at"] is not None,
            row["active"],
            row["disabled_at"] is not None,
            row["for_reminders"],
            row["for_messages"],
        )
        for row in contact_points.of_client(conn, client)
    )

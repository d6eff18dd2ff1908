"""How a person wants to be reached: their own contact points, confirmed by a code. Nobody else sees an address."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, get_args
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.access.principal import Principal
from backend.domain.telephone import dialled, is_dialled
from backend.errors import BackendError, Conflict, Forbidden, Invalid, NotFound
from backend.notify import texts
from backend.notify.channel import ContactKind
from backend.services.codes import CODE_MINUTES, code_of, digest_of
from backend.store import contact_points as store
from backend.store import deliveries, notices
from backend.store.contact_points import Hours, Uses
from backend.store.pool import Connection, Database, Row

__all__ = ["HOURS", "KINDS", "ContactPoint", "Hours", "Preference", "Reach", "TooManyCodes", "TooManyPoints"]

KINDS: Final[tuple[ContactKind, ...]] = get_args(ContactKind)
HOURS: Final[tuple[Hours, ...]] = get_args(Hours)
MOST_POINTS = 10
MOST_TRIES = 5
CODES_PER_HOUR = 5
_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")


class TooManyCodes(BackendError):
    """Too many codes were asked for; wait a while."""

    status = 429


class TooManyPoints(Invalid):
    """Nobody needs so many places."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What a person decides about a contact point. Quiet hours are wall-clock times of `timezone`, not equal ones.

    `for_reminders` and `for_messages`: what a client is told there; at least one, or the place is switched off instead.
    `hours`: when staff are told there: always, in the unit's working hours, or outside them (on call). What cannot
    wait goes to a place outside its hours rather than nowhere.
    """

    position: int = 1
    active: bool = True
    quiet_from: time | None = None
    quiet_to: time | None = None
    timezone: str = "Europe/Stockholm"
    for_reminders: bool = True
    for_messages: bool = True
    hours: Hours = "always"

    @property
    def uses(self) -> Uses:
        """What for and when, as it is stored."""
        return Uses(self.for_reminders, self.for_messages, self.hours)


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One contact point as its owner sees it."""

    contact_point_id: UUID
    kind: ContactKind
    address: str
    preference: Preference
    confirmed_at: datetime | None
    waits_for_code_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    code_failed: bool
    """Whether the newest code could not be sent there."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which kinds of place a member of staff has that work, and how many were refused for good. No addresses."""

    account_id: UUID
    display_name: str
    kinds: tuple[ContactKind, ...]
    disabled: int


def own(db: Database, principal: Principal) -> tuple[ContactPoint, ...]:
    """The principal's own contact points in their order."""
    with db.transaction(principal) as conn:
        return tuple(_point(row) for row in store.of_account(conn, principal.account_id))


def example(principal: Principal) -> str:
    """What the principal will most often be sent, without its link: to be shown to whoever decides about a place."""
    subject: texts.Subject = "reminder" if principal.is_client else "alert"
    return texts.told(principal.language, [(subject, 2)], "…").body


def add(
    db: Database,
    principal: Principal,
    kind: ContactKind,
    address: str,
    preference: Preference | None = None,
    *,
    now: datetime,
) -> UUID:
    """A new contact point; its code is sent there at once. Raises Invalid, Conflict, TooManyCodes."""
    chosen = _checked(preference or Preference())
    clean = checked_address(kind, dialled(address) if kind == "sms" else address)
    with db.transaction(principal) as conn:
        if len(store.of_account(conn, principal.account_id)) >= MOST_POINTS:
            raise TooManyPoints(f"at most {MOST_POINTS} contact points")
        made = store.add(
            conn,
            principal.tenant_id,
            principal.account_id,
            kind,
            clean,
            position=chosen.position,
            quiet=_quiet(chosen),
            timezone=chosen.timezone,
            uses=chosen.uses,
            now=now,
        )
        if made is None:
            raise Conflict("you have that contact point already")
        _send_code(conn, principal, made, kind, now=now)
    return made


def send_code(db: Database, principal: Principal, contact_point_id: UUID, *, now: datetime) -> None:
    """Send another code; the one before is worth nothing any more. Raises NotFound for strangers, TooManyCodes."""
    with db.transaction(principal) as conn:
        row = _own(conn, principal, contact_point_id)
        _send_code(conn, principal, contact_point_id, row["kind"], now=now)


def confirm(db: Database, principal: Principal, contact_point_id: UUID, code: str, *, now: datetime) -> None:
    """Confirm with the code that arrived; also brings back one that was disabled.

    Raises NotFound for strangers, Invalid for a wrong or old code (five tries each).
    """
    with db.transaction(principal) as conn:
        row = _own(conn, principal, contact_point_id)
        is_open = (
            row["code_sha256"] is not None and row["code_ends_at"] > now and row["code_tries"] < MOST_TRIES
        )
        fits = is_open and hmac.compare_digest(row["code_sha256"], digest_of(contact_point_id, code.strip()))
        if fits:
            store.confirm(conn, contact_point_id, now=now)
        else:
            store.wrong_code(conn, contact_point_id)
    if not fits:
        # Raised outside, so that the guess is counted.
        raise Invalid("the code is wrong or too old; ask for a new one")


def change(db: Database, principal: Principal, contact_point_id: UUID, preference: Preference) -> None:
    """Change order, quiet hours, or switch it off and on. Raises NotFound for strangers, Invalid."""
    chosen = _checked(preference)
    with db.transaction(principal) as conn:
        _own(conn, principal, contact_point_id)
        store.change(
            conn,
            contact_point_id,
            position=chosen.position,
            active=chosen.active,
            quiet=_quiet(chosen),
            timezone=chosen.timezone,
            uses=chosen.uses,
        )


def put_first(db: Database, principal: Principal, contact_point_id: UUID) -> None:
    """Tell the principal at this place before the others. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        _own(conn, principal, contact_point_id)
        store.put_first(conn, principal.account_id, contact_point_id)


def remove(db: Database, principal: Principal, contact_point_id: UUID) -> None:
    """Remove it; its address is gone. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        if not store.remove(conn, principal.account_id, contact_point_id):
            raise NotFound


def unit_reach(db: Database, principal: Principal) -> tuple[Reach, ...]:
    """How the staff of a manager's own unit can be reached: kinds, never addresses. Raises Forbidden for others."""
    if not principal.may("unit.manage") or principal.unit_id is None:
        raise Forbidden
    with db.transaction(principal) as conn:
        rows = store.kinds_of_unit(conn, principal.tenant_id, principal.unit_id)
    return tuple(
        Reach(row["account_id"], row["display_name"], tuple(row["kinds"]), row["disabled"]) for row in rows
    )


def checked_address(kind: ContactKind, address: str) -> str:
    """The address as it is stored. Raises Invalid."""
    clean = address.strip()
    if kind == "email" and len(clean) <= 254 and _EMAIL.match(clean):
        return clean
    if kind == "sms" and is_dialled(number := re.sub(r"[\s()-]", "", clean)):
        return number
    if kind == "webhook" and _is_webhook(clean):
        return clean
    raise Invalid(_SAYS.get(kind, "unknown kind of contact point"))


_SAYS: Final = {
    "email": "that is not an e-mail address",
    "sms": "a telephone number is written internationally: +46 70 123 45 67",
    "webhook": "a webhook's address begins with https:// and has no user name",
}


def _is_webhook(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    clean = address.isascii() and address.isprintable() and " " not in address and len(address) <= 2000
    return clean and parts.scheme == "https" and bool(parts.hostname) and not parts.username and port != 0


def _send_code(
    conn: Connection, principal: Principal, contact_point_id: UUID, kind: ContactKind, *, now: datetime
) -> None:
    if store.codes_since(conn, principal.account_id, now - timedelta(hours=1)) >= CODES_PER_HOUR:
        raise TooManyCodes
    store.cancel_codes(conn, contact_point_id, now=now)
    delivery_id = uuid4()
    digest = digest_of(contact_point_id, code_of(delivery_id))
    store.ask_code(conn, contact_point_id, digest, ends_at=now + timedelta(minutes=CODE_MINUTES))
    deliveries.add(
        conn,
        principal.tenant_id,
        principal.account_id,
        kind,
        1,
        (),
        contact_point_id=contact_point_id,
        delivery_id=delivery_id,
        now=now,
    )
    notices.wake_worker(conn)


def _own(conn: Connection, principal: Principal, contact_point_id: UUID) -> Row:
    row = store.lock_own(conn, principal.account_id, contact_point_id)
    if row is None:
        raise NotFound
    return row


def _checked(preference: Preference) -> Preference:
    if not 1 <= preference.position <= 100:
        raise Invalid("a position is between 1 and 100")
    if (preference.quiet_from is None) != (preference.quiet_to is None):
        raise Invalid("quiet hours have a beginning and an end")
    if not preference.for_reminders and not preference.for_messages:
        raise Invalid("a place is used for something; switch it off instead")
    if preference.hours not in HOURS:
        raise Invalid("hours are always, working or duty")
    if preference.quiet_from is not None and preference.quiet_from == preference.quiet_to:
        raise Invalid("quiet hours cannot last all day; switch the contact point off instead")
    try:
        ZoneInfo(preference.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("unknown time zone") from error
    return preference


def _quiet(preference: Preference) -> tuple[time, time] | None:
    if preference.quiet_from is None or preference.quiet_to is None:
        return None
    return preference.quiet_from, preference.quiet_to


def _point(row: Row) -> ContactPoint:
    return ContactPoint(
        row["contact_point_id"],
        row["kind"],
        row["address"],
        Preference(
            row["position"],
            row["active"],
            row["quiet_from"],
            row["quiet_to"],
            row["timezone"],
            row["for_reminders"],
            row["for_messages"],
            row["hours"],
        ),
        row["confirmed_at"],
        row["code_ends_at"],
        row["disabled_at"],
        row["disabled_reason"],
        row["code_state"] == "given_up",
    )

"""Messages under way: planned, held by one worker while they are sent, and settled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.errors import LockNotAvailable

from backend.store.pool import Connection, Row
from backend.store.queries import load

PAGE = "page"
"""The place of what a person is told on their own pages."""

_QUERIES = load("deliveries")
_ACCOUNT_LOCK = 0x4E59 + 1  # namespaces of advisory locks; 0x4E59 keeps two workers off one client
_DELIVERY_LOCK = 0x4E59 + 2


def accounts_to_tell(conn: Connection, limit: int, *, now: datetime) -> list[UUID]:
    """Whose notices are to be looked at, most urgent first."""
    rows = conn.execute(_QUERIES["accounts_to_tell"], {"limit": limit, "now": now})
    return [row["account_id"] for row in rows]


def lock_account(conn: Connection, account_id: UUID) -> Row | None:
    """Tenant, language and whether it is disabled; None while another worker decides about this account."""
    params = {"account_id": account_id, "lock": _ACCOUNT_LOCK}
    return conn.execute(_QUERIES["lock_account"], params).fetchone()


def notices_to_tell(conn: Connection, account_id: UUID, *, now: datetime) -> list[Row]:
    """An account's notices to look at, with the places each has been sent to (in vain, but for the page)."""
    return conn.execute(_QUERIES["notices_to_tell"], {"account_id": account_id, "now": now}).fetchall()


def last_message_at(conn: Connection, account_id: UUID) -> datetime | None:
    """When the newest message outside the pages was made that the person has or may still get."""
    row = conn.execute(_QUERIES["last_message_at"], {"account_id": account_id}).fetchone()
    assert row is not None
    at: datetime | None = row["at"]
    return at


def add(
    conn: Connection,
    tenant_id: str,
    account_id: UUID,
    channel: str,
    tier: int,
    notice_ids: Sequence[UUID],
    *,
    contact_point_id: UUID | None = None,
    delivery_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """A message to one place about these notices; none means a code. On the page it is told by being written."""
    delivery_id = delivery_id or uuid4()
    params = {
        "delivery_id": delivery_id,
        "tenant_id": tenant_id,
        "account_id": account_id,
        "contact_point_id": contact_point_id,
        "channel": channel,
        "purpose": "notices" if notice_ids else "code",
        "tier": tier,
        "state": "sent" if channel == PAGE else "sending",
        "now": now,
    }
    conn.execute(_QUERIES["add"], params)
    if notice_ids:
        place = PAGE if contact_point_id is None else str(contact_point_id)
        linked = {"place": place, "delivery_id": delivery_id, "tenant_id": tenant_id}
        conn.execute(_QUERIES["link"], {**linked, "notice_ids": list(notice_ids)})
    return delivery_id


def look_later(conn: Connection, notice_ids: Sequence[UUID], at: datetime) -> None:
    """Look at these notices again at an instant."""
    conn.execute(_QUERIES["look_later"], {"notice_ids": list(notice_ids), "at": at})


def settle_notices(conn: Connection, notice_ids: Sequence[UUID], state: str, *, now: datetime) -> None:
    """These notices are told, unreachable or cancelled; one that was settled meanwhile stays as it is."""
    conn.execute(_QUERIES["settle_notices"], {"notice_ids": list(notice_ids), "state": state, "now": now})


def claim(conn: Connection, limit: int, *, again_at: datetime, now: datetime) -> list[tuple[UUID, int]]:
    """Messages to send now, each with the number of this try. Commit before sending anything.

    Whoever claims one calls `hold` next. When that does not happen (a crash), it can be claimed again from `again_at`.
    """
    params = {"limit": limit, "again_at": again_at, "now": now, "lock": _DELIVERY_LOCK}
    rows = conn.execute(_QUERIES["claim"], params)
    return [(row["delivery_id"], row["attempts"]) for row in rows]


def hold(conn: Connection, delivery_id: UUID, attempts: int) -> Row | None:
    """The message, kept from every other worker until this transaction ends; None when somebody else has it."""
    conn.execute(_QUERIES["limit_hold"])
    params = {"delivery_id": delivery_id, "attempts": attempts, "lock": _DELIVERY_LOCK}
    try:
        with conn.transaction():
            conn.execute(_QUERIES["wait_shortly"])
            conn.execute(_QUERIES["wait_for_hold"], params)
            conn.execute(_QUERIES["wait_as_usual"])
    except LockNotAvailable:
        return None
    return conn.execute(_QUERIES["hold"], params).fetchone()


def notices_of(conn: Connection, delivery_id: UUID) -> list[Row]:
    """What a message tells of, most urgent first."""
    return conn.execute(_QUERIES["notices_of"], {"delivery_id": delivery_id}).fetchall()


def sent(conn: Connection, delivery_id: UUID, *, now: datetime) -> None:
    """The other side has taken it."""
    conn.execute(_QUERIES["sent"], {"delivery_id": delivery_id, "now": now})


def failed(conn: Connection, delivery_id: UUID, error: str, *, next_at: datetime) -> None:
    """It did not work; the next try is a stored deadline."""
    conn.execute(_QUERIES["failed"], {"delivery_id": delivery_id, "error": error, "next_at": next_at})


def ended(conn: Connection, delivery_id: UUID, state: str, error: str | None, *, now: datetime) -> None:
    """It is given up or cancelled."""
    params = {"delivery_id": delivery_id, "state": state, "error": error, "now": now}
    conn.execute(_QUERIES["ended"], params)


def to_page_of(conn: Connection, account_id: UUID, delivery_id: UUID) -> Row | None:
    """How many notices a message of this account tells of, and the first; None when it is not theirs."""
    params = {"account_id": account_id, "delivery_id": delivery_id}
    row = conn.execute(_QUERIES["to_page_of"], params).fetchone()
    return row if row is not None and row["n"] else None


def opened(conn: Connection, account_id: UUID, delivery_id: UUID, *, now: datetime) -> None:
    """The person followed the message's link."""
    params = {"account_id": account_id, "delivery_id": delivery_id, "now": now}
    conn.execute(_QUERIES["opened"], params)


def own_notices(conn: Connection, account_id: UUID, limit: int, *, now: datetime) -> list[Row]:
    """What an account has been told or is to know by now, newest first."""
    params = {"account_id": account_id, "limit": limit, "now": now}
    return conn.execute(_QUERIES["own_notices"], params).fetchall()


def open_one(conn: Connection, account_id: UUID, notice_id: UUID, *, now: datetime) -> bool:
    """Note that a notice was opened; False when it is not theirs."""
    params = {"account_id": account_id, "notice_id": notice_id, "now": now}
    return conn.execute(_QUERIES["open_one"], params).fetchone() is not None


def health(conn: Connection, tenant_id: str | None, since: datetime) -> list[Row]:
    """Counts per channel of messages made since an instant, and the newest error."""
    return conn.execute(_QUERIES["health"], {"tenant_id": tenant_id, "since": since}).fetchall()


def unreachable(conn: Connection, tenant_id: str | None, since: datetime) -> list[UUID]:
    """Accounts that could not be told of something since an instant, and have not seen it on a page either."""
    rows = conn.execute(_QUERIES["unreachable"], {"tenant_id": tenant_id, "since": since})
    return [row["account_id"] for row in rows]

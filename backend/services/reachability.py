"""Who cannot be reached, and how the channels do: for the people who run the platform and for doctor."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.access.principal import Principal
from backend.errors import Forbidden
from backend.store import contact_points, deliveries, escalations
from backend.store.pool import Connection, Database

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One channel's last day: messages by what became of them, and its newest error."""

    channel: str
    sent: int
    sending: int
    failed: int
    given_up: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """The last day of all channels; counts only."""

    channels: Sequence[ChannelHealth]
    disabled_contact_points: int
    unreachable_accounts: int


def unreachable(conn: Connection, account_id: UUID, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """Called in the transaction in which an account turned out to be unreachable by every place it has.

    `notice_ids`: what it could not be told. Of an alert, whoever comes after in the escalation is told now, not when
    the time of one who never heard of it has run out. The state itself is the notice's (`unreachable`).
    """
    log.error("account %s cannot be reached by any of its contact points", account_id)
    if escalations.hasten(conn, notice_ids, now=now):
        escalations.wake_worker(conn)


def unreachable_accounts(conn: Connection, tenant_id: str | None, *, now: datetime) -> list[UUID]:
    """Accounts that could not be told of something in the last day and have not opened it on a page either."""
    return deliveries.unreachable(conn, tenant_id, now - LOOK_BACK)


def delivery_health(db: Database, principal: Principal, *, now: datetime) -> DeliveryHealth:
    """The channels of the operator's tenant; the system sees all of them. Raises Forbidden for anybody else."""
    if not principal.may("operations"):
        raise Forbidden
    with db.transaction(principal) as conn:
        return health(conn, None if principal.is_system else principal.tenant_id, now=now)


def health(conn: Connection, tenant_id: str | None, *, now: datetime) -> DeliveryHealth:
    """The last day of one tenant or all of them."""
    rows = deliveries.health(conn, tenant_id, now - LOOK_BACK)
    return DeliveryHealth(
        tuple(
            ChannelHealth(
                row["channel"], row["sent"], row["sending"], row["failed"], row["given_up"], row["last_error"]
            )
            for row in rows
        ),
        contact_points.disabled_count(conn, tenant_id),
        len(unreachable_accounts(conn, tenant_id, now=now)),
    )

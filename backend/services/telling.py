"""Turns due notices into messages: on the page at once, and to one place outside it, bundled and outside quiet hours.

A notice goes to the first of the person's places; when that is given up, to the next. Nobody left: unreachable, which
stays visible until the person has seen it, and is handed to `reachability.unreachable`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain import telling
from backend.domain.working_time import WorkingHours
from backend.notify import page
from backend.notify.channel import ContactKind
from backend.services import reachability
from backend.store import alert_policy, contact_points, deliveries
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

ACCOUNTS_AT_ONCE = 200
_USES: Final = {"reminder": "for_reminders", "message": "for_messages"}
"""What a place can be kept out of. Alerts, and what is wrong with the platform, go to every place."""


def tell_due(db: Database, kinds: Collection[ContactKind], *, now: datetime) -> int:
    """Look at every due notice once; returns how many accounts were looked at. `kinds`: channels that are set up.

    Each account in a transaction of its own, and by one worker at a time.
    """
    with db.transaction(SYSTEM_SCOPE) as conn:
        accounts = deliveries.accounts_to_tell(conn, ACCOUNTS_AT_ONCE, now=now)
    for account_id in accounts:
        with db.transaction(SYSTEM_SCOPE) as conn:
            _tell(conn, account_id, kinds, now=now)
    return len(accounts)


def _tell(conn: Connection, account_id: UUID, kinds: Collection[ContactKind], *, now: datetime) -> None:
    account = deliveries.lock_account(conn, account_id)
    due = deliveries.notices_to_tell(conn, account_id, now=now) if account else []
    if account is None or not due:
        return
    if account["is_disabled"]:
        deliveries.settle_notices(conn, _ids(due), "cancelled", now=now)
        return
    tenant_id: str = account["tenant_id"]
    _on_the_page(conn, tenant_id, account_id, due, now=now)
    places = [p for p in contact_points.of_account(conn, account_id) if p["confirmed_at"] and p["active"]]
    hours = None if account["unit_id"] is None else alert_policy.of_unit(conn, account["unit_id"]).hours
    unwanted = [notice for notice in due if not any(_is_for(p, notice) for p in places)]
    # Somebody who wants nothing of it outside the pages is told there.
    deliveries.settle_notices(conn, _ids(unwanted), "told", now=now)
    usable = [p for p in places if p["disabled_at"] is None and p["kind"] in kinds]
    routed = [
        (notice, [_place(p, hours, now) for p in usable if _is_for(p, notice)])
        for notice in due
        if notice not in unwanted
    ]
    _outside(conn, tenant_id, account_id, routed, now=now)


def _is_for(point: Row, notice: Row) -> bool:
    use = _USES.get(notice["subject_kind"])
    return use is None or bool(point[use])


def _on_the_page(
    conn: Connection, tenant_id: str, account_id: UUID, due: Sequence[Row], *, now: datetime
) -> None:
    fresh = [notice for notice in due if deliveries.PAGE not in notice["places"]]
    if fresh:
        tier = min(notice["tier"] for notice in fresh)
        deliveries.add(conn, tenant_id, account_id, deliveries.PAGE, tier, _ids(fresh), now=now)
        page.announce(conn, tenant_id, account_id, {notice["client_id"] for notice in fresh}, now=now)


def _outside(
    conn: Connection,
    tenant_id: str,
    account_id: UUID,
    due: Sequence[tuple[Row, Sequence[telling.Place]]],
    *,
    now: datetime,
) -> None:
    going: dict[telling.Place, list[Row]] = defaultdict(list)
    waiting: dict[datetime, list[Row]] = defaultdict(list)
    lost: list[Row] = []
    for notice, places in due:
        tried = {UUID(place) for place in notice["places"] if place != deliveries.PAGE}
        route = telling.route(places, tried, notice["tier"], now)
        if route.place is not None:
            going[route.place].append(notice)
        elif route.wait_until is not None:
            waiting[route.wait_until].append(notice)
        else:
            lost.append(notice)
    last_message_at = deliveries.last_message_at(conn, account_id)
    for place, notices in going.items():
        tier = min(notice["tier"] for notice in notices)
        until = telling.held_until(last_message_at, tier, now)
        if until is not None:
            waiting[until] += notices
        else:
            deliveries.add(
                conn,
                tenant_id,
                account_id,
                place.kind,
                tier,
                _ids(notices),
                contact_point_id=place.contact_point_id,
                now=now,
            )
    for at, notices in waiting.items():
        deliveries.look_later(conn, _ids(notices), at)
    if lost:
        deliveries.settle_notices(conn, _ids(lost), "unreachable", now=now)
        reachability.unreachable(conn, account_id, _ids(lost), now=now)


def _place(row: Row, hours: WorkingHours | None, now: datetime) -> telling.Place:
    quiet = (
        telling.Quiet(row["quiet_from"], row["quiet_to"], ZoneInfo(row["timezone"]))
        if row["quiet_from"] is not None
        else None
    )
    return telling.Place(row["contact_point_id"], row["kind"], quiet, _closed_until(row, hours, now))


def _closed_until(row: Row, hours: WorkingHours | None, now: datetime) -> datetime | None:
    """When a place's hours begin again; None inside them, and for whoever works at no unit."""
    if hours is None or row["hours"] == "always":
        return None
    if row["hours"] == "working":
        return None if hours.is_open(now) else hours.next_opening(now)
    return hours.closing(now)


def _ids(notices: Sequence[Row]) -> list[UUID]:
    return [notice["notice_id"] for notice in notices]

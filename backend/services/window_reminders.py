"""Reminders of test windows through the client's own places (e-mail, SMS, webhook): before, at opening, before closing.

The page and the sound beside the breathalyzer remind at home, also without network (device_gateway/agenda.py); these
reach a client who is elsewhere. Whoever has confirmed no place is reminded at home alone. A reminder is planned at its
moment and not earlier, so nobody hears of a test that is done, excused, paused or still secret; one that quiet hours
hold back until its window has closed is cancelled.
"""

from datetime import datetime, timedelta
from typing import Final

from backend.access.principal import Principal
from backend.errors import Forbidden
from backend.store import notices as notice_store
from backend.store import window_reminders as store
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

AHEAD: Final = timedelta(minutes=15)
"""How long before a window opens, and before it closes (domain reference F3: Soberlink reminds 15 minutes before)."""
NOT_LATER_THAN: Final = timedelta(minutes=5)
"""After a standstill nobody is reminded of a moment that has passed. An assumption."""


def remind(db: Database, principal: Principal, *, now: datetime) -> int:
    """Plan what is due at `now`, cancel what has become pointless; how many were planned. Raises Forbidden to people.

    Safe to call from every sweep and from several workers: a notice is unique per window, step and person.
    """
    if not principal.is_system:
        raise Forbidden
    with db.transaction(SYSTEM_SCOPE) as conn:
        store.cancel_pointless(conn, now=now)
        planned = store.plan_due(conn, ahead=AHEAD, not_later_than=NOT_LATER_THAN, now=now)
        if planned:
            notice_store.wake_worker(conn)
    return planned

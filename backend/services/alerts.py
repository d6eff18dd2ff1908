"""What people do with alerts: see, take on, put off, close. A person closes, with a reason and own words (G4)."""

from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_equipment_of, require_visible, visible_clients
from backend.domain.alerting import LONGEST_SNOOZE
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.alert_views import open_alerts_of, technical_view
from backend.services.notices import cancel_notices
from backend.services.views import AlertView, CloseReason, TechnicalAlert
from backend.services.work_log import log_work
from backend.store import access_log, live_events
from backend.store import alerts as store
from backend.store.pool import Connection, Database

REASONS: Final[tuple[CloseReason, ...]] = get_args(CloseReason)
LEAST_WORDS = 3
LONGEST_NOTE = 4000
_TO_THAT_MORNING = timedelta(hours=12)
"""Days are civil days: put off until the morning of the last one."""


class AlertMoved(Conflict):
    """The alert has already been moved on by somebody else."""


def open_alerts(db: Database, principal: Principal, *, now: datetime) -> tuple[AlertView, ...]:
    """The open alerts of every client the principal may see, worst first. Raises Forbidden for a client."""
    if not principal.may("list.read"):
        raise Forbidden
    with db.transaction(principal) as conn:
        seen = visible_clients(conn, principal, now)
        found = open_alerts_of(conn, seen)
        access_log.write(conn, principal, [one for one in seen if one in found], "alert_list", now=now)
    every = [alert for alerts in found.values() for alert in alerts]
    return tuple(sorted(every, key=lambda alert: (alert.tier, alert.opened_at)))


def technical_alerts(db: Database, principal: Principal) -> tuple[TechnicalAlert, ...]:
    """Trouble with equipment in the tenant, for its technical support: devices and no clients. Raises Forbidden."""
    if not principal.may("operations"):
        raise Forbidden
    with db.transaction(principal) as conn:
        rows = store.technical(conn, principal.tenant_id)
    return tuple(technical_view(row) for row in rows)


def see(db: Database, principal: Principal, alert_id: UUID, *, now: datetime) -> None:
    """Acknowledge: somebody has seen it. One that is seen or being worked on already stays so.

    Raises NotFound for strangers, Forbidden for a client, AlertMoved when it is closed.
    """
    with db.transaction(principal) as conn:
        client = _staff_client(conn, principal, alert_id, now)
        if store.move(conn, client, alert_id, ["new"], "seen", principal.account_id, now=now):
            _answered(conn, alert_id, now)
            _done(conn, principal, client, "alert_seen", now)
        elif not _is_open(conn, client, alert_id):
            raise AlertMoved


def act(db: Database, principal: Principal, alert_id: UUID, note: str = "", *, now: datetime) -> None:
    """Take an alert on: the principal becomes its owner. Raises NotFound, Forbidden, AlertMoved when it is closed."""
    with db.transaction(principal) as conn:
        client = _staff_client(conn, principal, alert_id, now)
        moved = store.move(
            conn,
            client,
            alert_id,
            ["new", "seen", "acting"],
            "acting",
            principal.account_id,
            take=True,
            note=_words(note) or None,
            now=now,
        )
        if not moved:
            raise AlertMoved
        _answered(conn, alert_id, now)
        _done(conn, principal, client, "alert_acting", now)


def snooze(
    db: Database, principal: Principal, alert_id: UUID, until: datetime, reason: str, *, now: datetime
) -> None:
    """Put an alert off until a time to come, with a reason in own words. It ends early when something worse comes.

    Whoever puts it off has seen it: nobody else is told. Raises Invalid when the time is past, too far off for the
    tier, or the tier is one that cannot wait; NotFound, Forbidden, AlertMoved when it is closed.
    """
    words = _words(reason)
    if len(words) < LEAST_WORDS:
        raise Invalid("putting an alert off needs a reason in your own words")
    with db.transaction(principal) as conn:
        client = _staff_client(conn, principal, alert_id, now)
        standing = store.lock(conn, client, alert_id)
        if standing is None or standing["state"] == "closed":
            raise AlertMoved
        longest = LONGEST_SNOOZE.get(standing["tier"])
        if longest is None:
            raise Invalid("an alert that needs a person now cannot be put off")
        if not now < until <= now + longest + _TO_THAT_MORNING:
            raise Invalid(f"an alert of this tier can be put off for at most {longest.days} days")
        store.snooze(conn, client, alert_id, principal.account_id, until, words, standing["state"], now=now)
        _answered(conn, alert_id, now)
        _done(conn, principal, client, "alert_snoozed", now)


def unsnooze(db: Database, principal: Principal, alert_id: UUID, *, now: datetime) -> None:
    """Take up again what was put off. Raises NotFound, Forbidden, AlertMoved when it was not put off."""
    with db.transaction(principal) as conn:
        client = _staff_client(conn, principal, alert_id, now)
        if not store.unsnooze(conn, client, alert_id, principal.account_id, now=now):
            raise AlertMoved
        _done(conn, principal, client, "alert_taken_up", now)


def close(
    db: Database, principal: Principal, alert_id: UUID, reason: CloseReason, note: str, *, now: datetime
) -> None:
    """Close an alert with a reason and the person's own assessment in words (at least 3 characters).

    Raises Invalid without them, NotFound for strangers, Forbidden for a client, AlertMoved when it is closed already.
    """
    if reason not in REASONS:
        raise Invalid("unknown reason for closing")
    words = _words(note)
    if len(words) < LEAST_WORDS:
        raise Invalid("closing an alert needs your own words")
    with db.transaction(principal) as conn:
        client = _staff_client(conn, principal, alert_id, now)
        moved = store.move(
            conn,
            client,
            alert_id,
            ["new", "seen", "acting"],
            "closed",
            principal.account_id,
            close_reason=reason,
            note=words,
            now=now,
        )
        if not moved:
            raise AlertMoved
        _answered(conn, alert_id, now)
        log_work(conn, principal, "alert_closed", client, source=str(alert_id), now=now)
        _done(conn, principal, client, "alert_closed", now)


def _staff_client(conn: Connection, principal: Principal, alert_id: UUID, now: datetime) -> VisibleClientId:
    found = store.whose(conn, alert_id)
    if found is None:
        raise NotFound
    if principal.reach("care.write") == "equipment" and found["track"] == "equipment":
        return require_equipment_of(conn, principal, found["client_id"], found["tenant_id"])
    client = require_visible(conn, principal, found["client_id"], now)
    if not principal.gives_care:
        raise Forbidden
    return client


def _answered(conn: Connection, alert_id: UUID, now: datetime) -> None:
    """Whoever was going to be told need not be told any more."""
    cancel_notices(conn, "alert", alert_id, now)


def _is_open(conn: Connection, client: VisibleClientId, alert_id: UUID) -> bool:
    return any(row["alert_id"] == alert_id for row in store.open_of(conn, [client]))


def _done(
    conn: Connection, principal: Principal, client: VisibleClientId, action: str, now: datetime
) -> None:
    access_log.write(conn, principal, [client], action, now=now)
    live_events.announce(conn, principal.tenant_id, [client], "alert", now=now)


def _words(note: str) -> str:
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters")
    return words

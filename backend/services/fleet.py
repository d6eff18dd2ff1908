"""One system alert when many gateways fall silent together, instead of one per client."""

import logging
from datetime import datetime

from backend.access.principal import Principal
from backend.domain.fleet import FleetNow, FleetVerdict, Standing, judge
from backend.errors import Forbidden
from backend.services.notices import cancel_notices, plan_notice
from backend.services.views import SystemAlertView
from backend.store import assessment_queue, beats, live_events
from backend.store import fleet as store
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

log = logging.getLogger(__name__)

_SHOWN = 50
_OPENED_STEP = 0


def watch(db: Database, *, now: datetime) -> int:
    """Look at every fleet whose time has come; returns how many. Safe from every sweep and every worker."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        tenants = store.tenants_due(conn, now=now)
        if tenants:
            ingest_age_s, connected = _ingest(conn)
        for tenant_id in tenants:
            _watch(conn, tenant_id, ingest_age_s, connected, now=now)
    return len(tenants)


def system_alerts(db: Database, principal: Principal, *, now: datetime) -> tuple[SystemAlertView, ...]:  # noqa: ARG001
    """The tenant's system alerts, the newest first. Raises Forbidden for clients and researchers."""
    if not principal.gives_care:
        raise Forbidden
    with db.transaction(principal) as conn:
        return tuple(_view(row) for row in store.newest(conn, principal.tenant_id, _SHOWN))


def system_alert_of(conn: Connection, tenant_id: str) -> SystemAlertView | None:
    """The open system alert of a tenant."""
    row = store.standing(conn, tenant_id)
    return None if row is None else _view(row)


def _watch(
    conn: Connection, tenant_id: str, ingest_age_s: float | None, connected: bool | None, *, now: datetime
) -> None:
    here, silent_since = store.sample(conn, tenant_id, now=now)
    standing = store.standing(conn, tenant_id)
    verdict = judge(
        FleetNow(here, ingest_age_s, connected),
        store.samples(conn, tenant_id, now=now),
        None if standing is None else Standing(standing["gateways"], standing["usual"]),
    )
    if verdict.action == "open":
        _open(conn, tenant_id, verdict, silent_since or now, now=now)
    elif verdict.action == "keep":
        store.keep_alert(conn, tenant_id, verdict)
    elif verdict.action == "close":
        _close(conn, tenant_id, now=now)


def _open(
    conn: Connection, tenant_id: str, verdict: FleetVerdict, began_at: datetime, *, now: datetime
) -> None:
    alert_id = store.open_alert(conn, tenant_id, verdict, min(began_at, now), now=now)
    if alert_id is None:
        return
    log.warning("%d of %d gateways of a tenant fell silent together", verdict.silent, verdict.gateways)
    for account_id in store.operators(conn, tenant_id):
        plan_notice(
            conn,
            tenant_id=tenant_id,
            account_id=account_id,
            client_id=None,
            subject_kind="system_alert",
            subject_id=alert_id,
            step=_OPENED_STEP,
            tier=1,
            due_at=now,
            now=now,
        )
    live_events.announce(conn, tenant_id, store.clients(conn, tenant_id), "system_alert", now=now)


def _close(conn: Connection, tenant_id: str, *, now: datetime) -> None:
    """Everybody's own contact is judged from here on, and what fell into this time is nobody's fault."""
    ended = store.close_alert(conn, tenant_id, now=now)
    if ended is None:
        return
    alert_id, began_at = ended
    cancel_notices(conn, "system_alert", alert_id, now)
    clients = store.clients(conn, tenant_id)
    assessment_queue.enqueue(conn, dict.fromkeys(clients, began_at), now=now)
    assessment_queue.wake_worker(conn)
    live_events.announce(conn, tenant_id, clients, "system_alert", now=now)


def _ingest(conn: Connection) -> tuple[float | None, bool | None]:
    """Real age of the newest sign of life of any ingest process, and whether one of them has the broker."""
    alive = [beat for name, beat in beats.beats(conn).items() if name.split("-", maxsplit=1)[0] == "ingest"]
    if not alive:
        return None, None
    newest = min(beat.age_s for beat in alive)
    told = [beat.detail.get("broker_connected") for beat in alive if beat.age_s <= newest + 30]
    known = [bool(one) for one in told if one is not None]
    return newest, any(known) if known else None


def _view(row: Row) -> SystemAlertView:
    return SystemAlertView(
        row["cause"], row["began_at"], row["opened_at"], row["ended_at"], row["gateways"], row["silent"]
    )

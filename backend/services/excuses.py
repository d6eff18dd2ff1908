"""Excuses: one window that need not be met, decided by a person before or after it, with a reason in words."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible
from backend.domain.plan_parts import WindowKind
from backend.domain.plans import windows_between
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.plan_drafts import check_reason
from backend.services.plan_views import ExcuseView
from backend.store import access_log, assessment_queue, plans
from backend.store import agreements as store
from backend.store.pool import Connection, Database

WindowName = UUID | tuple[WindowKind, datetime | None]
"""A window by its id, or by kind and opening."""
_Named = tuple[WindowKind, datetime, int]


def excuse(
    db: Database,
    principal: Principal,
    client_id: UUID,
    window: WindowName,
    *,
    reason: str,
    now: datetime,
) -> UUID:
    """Excuse a window: by its id, or by kind and opening when it is so far ahead that it has none yet.

    Raises NotFound for strangers and for a window the client's plans do not hold, Forbidden for those who give no
    care, Invalid, Conflict when it is excused already.
    """
    said, excuse_id = check_reason(reason), uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        kind, opens_at, ordinal = _named(conn, client, window)
        assessment_queue.hold(conn, client)
        row = plans.next_version(conn, client)
        if not store.add_excuse(
            conn,
            excuse_id=excuse_id,
            tenant_id=row["tenant_id"],
            client_id=client,
            kind=kind,
            opens_at=opens_at,
            ordinal=ordinal,
            reason=said,
            granted_by=None if principal.is_system else principal.account_id,
            now=now,
        ):
            raise Conflict("the window is excused already")
        access_log.write(conn, principal, [client], "excused", now=now)
        _judge_anew(conn, client, opens_at, now=now)
    return excuse_id


def withdraw(db: Database, principal: Principal, client_id: UUID, excuse_id: UUID, *, now: datetime) -> None:
    """Take an excuse back. Raises NotFound for strangers, Forbidden, Conflict when it is not in force."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        assessment_queue.hold(conn, client)
        account_id = None if principal.is_system else principal.account_id
        opens_at = store.withdraw_excuse(conn, client, excuse_id, account_id, now=now)
        if opens_at is None:
            raise Conflict
        plans.next_version(conn, client)
        access_log.write(conn, principal, [client], "excuse_withdrawn", now=now)
        _judge_anew(conn, client, opens_at, now=now)


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime
) -> tuple[ExcuseView, ...]:
    """Every excuse of a client, withdrawn ones too. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "excuses", now=now)
        return tuple(ExcuseView(**row) for row in store.excuses(conn, client))


def _named(conn: Connection, client: VisibleClientId, window: WindowName) -> _Named:
    if isinstance(window, UUID):
        row = store.window(conn, client, window)
        if row is None:
            raise NotFound
        return row["kind"], row["opens_at"], row["ordinal"]
    kind, opens_at = window
    if opens_at is None:
        raise Invalid("which window: its id, or when it opens")
    second = timedelta(seconds=1)
    for row in plans.plans_between(conn, client, opens_at, opens_at + second):
        found = windows_between(plans.plan_of(row), opens_at, opens_at + second)
        if any(one.kind == kind and one.opens_at == opens_at for one in found):
            return kind, opens_at, 0
    raise NotFound


def _judge_anew(conn: Connection, client_id: UUID, opens_at: datetime, *, now: datetime) -> None:
    assessment_queue.enqueue(conn, {client_id: min(opens_at, now)}, now=now)
    assessment_queue.wake_worker(conn)

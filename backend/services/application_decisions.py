"""A person's decision on an application. Nothing takes effect without one: no client, no plan, no care relation.

Approving does everything in one transaction: the client is made, the plan agreed on, the deciding clinician assigned,
the decision stored beside what the robot had computed. If any of it fails, none of it happened.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.visibility import require_application
from backend.errors import Forbidden, Invalid
from backend.services import application_assessment, enrolment
from backend.services.applications import require_undecided, view_of
from backend.services.casework_views import ApplicationView, Decision, ProposedWindowView
from backend.services.work_log import log_work
from backend.store import access_log, live_events
from backend.store import applications as store
from backend.store import enrolment as enrolment_store
from backend.store.pool import Connection, Database

LEAST_WORDS: Final = 3
LONGEST_WORDS: Final = 4000


class NotComplete(Invalid):
    """Something has to be known before this application can be approved."""


def approve(
    db: Database,
    principal: Principal,
    application_id: UUID,
    words: str,
    *,
    version: int,
    alias: str,
    timezone: str = "Europe/Stockholm",
    now: datetime,
) -> UUID:
    """Approve the plan as proposed, in own words; returns the new client.

    Raises NotFound for other units, Forbidden for the system, Invalid (NotComplete, nothing proposed, no words),
    Conflict (decided, changed since `version`, alias taken).
    """
    with db.transaction(principal) as conn:
        shown = _shown(conn, principal, application_id, words, version, now)
        if not shown.assessment.windows:
            raise Invalid("no plan is proposed: change or reject instead")
        windows = [_as_plan(window) for window in shown.assessment.windows]
        return _take_on(
            conn, principal, shown, "approved", words, windows, {}, alias=alias, timezone=timezone, now=now
        )


def change(
    db: Database,
    principal: Principal,
    application_id: UUID,
    words: str,
    windows: Sequence[Mapping[str, Any]],
    rules: Mapping[str, Any] | None = None,
    *,
    version: int,
    alias: str,
    timezone: str = "Europe/Stockholm",
    now: datetime,
) -> UUID:
    """Approve with another plan than the proposed one, and say why in own words. Returns and raises as `approve`."""
    with db.transaction(principal) as conn:
        shown = _shown(conn, principal, application_id, words, version, now)
        if not windows:
            raise Invalid("a plan has at least one time: reject instead")
        return _take_on(
            conn,
            principal,
            shown,
            "changed",
            words,
            windows,
            rules or {},
            alias=alias,
            timezone=timezone,
            now=now,
        )


def reject(
    db: Database, principal: Principal, application_id: UUID, words: str, *, version: int, now: datetime
) -> None:
    """Reject, in own words. No client is made. Raises as `approve`, except that gaps are no hindrance."""
    with db.transaction(principal) as conn:
        shown = _shown(conn, principal, application_id, words, version, now, may_have_gaps=True)
        _sign(conn, principal, shown, "rejected", words, None, None, now)
        about = require_application(conn, principal, application_id)
        access_log.write(conn, principal, [about], "application_decided", now=now)


def _shown(
    conn: Connection,
    principal: Principal,
    application_id: UUID,
    words: str,
    version: int,
    now: datetime,
    *,
    may_have_gaps: bool = False,
) -> ApplicationView:
    """The application as whoever decides has seen it, held until the transaction ends."""
    if principal.is_system:
        raise Forbidden
    require_application(conn, principal, application_id)
    if not LEAST_WORDS <= len(words.strip()) <= LONGEST_WORDS:
        raise Invalid("a decision needs your own words")
    require_undecided(store.lock(conn, application_id), version)
    shown = view_of(conn, application_id, now=now)
    if shown.assessment.gaps and not may_have_gaps:
        raise NotComplete("; ".join(gap.text.en for gap in shown.assessment.gaps))
    return shown


def _take_on(
    conn: Connection,
    principal: Principal,
    shown: ApplicationView,
    decision: Decision,
    words: str,
    windows: Sequence[Mapping[str, Any]],
    rules: Mapping[str, Any],
    *,
    alias: str,
    timezone: str,
    now: datetime,
) -> UUID:
    if not 1 <= len(alias.strip()) <= 40:
        raise Invalid("a client needs an alias of 1 to 40 characters")
    assert principal.unit_id is not None, "whoever has a desk has a unit"
    client = require_application(conn, principal, shown.application_id)
    enrolment.admit(
        conn,
        client,
        principal.tenant_id,
        principal.unit_id,
        alias.strip(),
        timezone,
        _local_day(now, timezone),
        shown.content.name,
        now=now,
    )
    enrolment_store.assign(conn, uuid4(), principal.account_id, client, now, None)
    enrolment.agree_on_plan(
        conn, principal, client, windows, rules, timezone=timezone, reason=words.strip(), now=now
    )
    plan = {"windows": [dict(window) for window in windows], "rules": dict(rules)}
    _sign(conn, principal, shown, decision, words, plan, client, now)
    access_log.write(conn, principal, [client], "application_decided", now=now)
    live_events.announce(conn, principal.tenant_id, [client], "client", now=now)
    return client


def _sign(
    conn: Connection,
    principal: Principal,
    shown: ApplicationView,
    decision: Decision,
    words: str,
    plan: dict[str, Any] | None,
    client: UUID | None,
    now: datetime,
) -> None:
    store.decide(
        conn,
        application_assessment.stored(shown.assessment),
        plan,
        application_id=shown.application_id,
        version=shown.version,
        tenant_id=principal.tenant_id,
        decision=decision,
        words=words.strip(),
        decided_by=principal.account_id,
        client_id=client,
        now=now,
    )
    log_work(conn, principal, "application_decided", None, source=str(shown.application_id), now=now)


def _as_plan(window: ProposedWindowView) -> dict[str, Any]:
    return {
        "kind": window.kind,
        "weekdays": list(window.weekdays),
        "opens": window.opens,
        "closes": window.closes,
    }


def _local_day(now: datetime, timezone: str) -> date:
    try:
        return now.astimezone(ZoneInfo(timezone)).date()
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(f"{timezone!r} is not an IANA time zone") from error

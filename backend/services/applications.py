"""The application desk: how applications come in, and what a case worker sees of them.

Default deny: an application comes in through a one-time link that a clinician issued, or is typed in by one. It is seen
by the clinicians of the unit it was sent to and nobody else.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal, cast
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import may_name, require_application, require_desk
from backend.domain.application import Application, ApplicationError, read_application
from backend.domain.instruments import CutOffs
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import application_assessment, unit_settings
from backend.services.casework_views import (
    ApplicationDesk,
    ApplicationRow,
    ApplicationView,
    DecisionView,
    LinkView,
    Source,
    VersionView,
)
from backend.services.work_log import log_work
from backend.store import access_log
from backend.store import applications as store
from backend.store import enrolment as enrolment_store
from backend.store import unit_settings as unit_store
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY

WrittenBy = Literal["person", "referrer"]
LINK_DAYS: Final = 14
"""How long a one-time link can be used (assumption)."""
SHOWN: Final = 200
_TYPED: Final[tuple[Source, ...]] = ("staff", "paper")


class AlreadyDecided(Conflict):
    """Somebody has decided on this application already."""


def issue_link(
    db: Database, principal: Principal, written_by: WrittenBy, *, now: datetime
) -> tuple[str, datetime]:
    """A token for one application to the principal's unit, and when it ends. It is shown once; a digest is kept.

    Raises Forbidden for anybody but a clinician of a unit.
    """
    if written_by not in {"person", "referrer"}:
        raise Invalid("a link is for a person or a referrer")
    token, ends_at = secrets.token_urlsafe(32), now + timedelta(days=LINK_DAYS)
    unit_id = require_desk(principal)
    with db.transaction(principal) as conn:
        store.add_link(
            conn,
            link_id=uuid4(),
            tenant_id=principal.tenant_id,
            unit_id=unit_id,
            token_sha256=_digest(token),
            written_by=written_by,
            issued_by=principal.account_id,
            now=now,
            ends_at=ends_at,
        )
    return token, ends_at


def revoke_link(db: Database, principal: Principal, link_id: UUID, *, now: datetime) -> None:
    """Withdraw a link that nobody has used. Raises Forbidden, NotFound."""
    unit_id = require_desk(principal)
    with db.transaction(principal) as conn:
        if not store.revoke_link(conn, link_id, unit_id, now=now):
            raise NotFound


def open_link(db: Database, token: str, *, now: datetime) -> WrittenBy:
    """Who a usable link is meant for. Raises NotFound for one that is used, withdrawn, past its end or made up."""
    with db.transaction(NOBODY) as conn:
        return cast("WrittenBy", _usable(conn, token, now)["written_by"])


def submit_by_link(db: Database, token: str, content: Mapping[str, Any], *, now: datetime) -> UUID:
    """An application from its public form; the link is used up in the same transaction.

    Gaps are allowed: staff ask for what is missing. Raises NotFound as `open_link`, Invalid for impossible values.
    """
    written = _read(content)
    with db.transaction(NOBODY) as conn:
        link = _usable(conn, token, now)
        if not store.use_link(conn, link["link_id"], now=now):
            raise NotFound
        return _add(
            conn,
            link["tenant_id"],
            link["unit_id"],
            cast("Source", link["written_by"]),
            written,
            link_id=link["link_id"],
            entered_by=None,
            now=now,
        )


def submit_by_staff(
    db: Database, principal: Principal, content: Mapping[str, Any], source: Source, *, now: datetime
) -> UUID:
    """An application typed in by a clinician, from a talk (`staff`) or from paper. Raises Forbidden, Invalid."""
    if source not in _TYPED:
        raise Invalid("staff type in what was said, or what stands on paper")
    unit_id = require_desk(principal)
    written = _read(content)
    with db.transaction(principal) as conn:
        application_id = _add(
            conn,
            principal.tenant_id,
            unit_id,
            source,
            written,
            link_id=None,
            entered_by=principal.account_id,
            now=now,
        )
        access_log.write(
            conn,
            principal,
            [require_application(conn, principal, application_id)],
            "application_typed",
            now=now,
        )
        log_work(conn, principal, "application_typed", None, source=str(application_id), now=now)
    return application_id


def complete(
    db: Database,
    principal: Principal,
    application_id: UUID,
    content: Mapping[str, Any],
    reason: str,
    *,
    version: int,
    now: datetime,
) -> int:
    """Put in what was missing, as a new version beside the old one; returns its number.

    Raises NotFound, Invalid, AlreadyDecided, Conflict when somebody else has changed it since `version`.
    """
    written = _read(content)
    if len(reason.strip()) < 3:
        raise Invalid("say in words what was completed, and how you know")
    with db.transaction(principal) as conn:
        about = require_application(conn, principal, application_id)
        held = store.lock(conn, application_id)
        require_undecided(held, version)
        store.add_version(
            conn,
            written.stored(),
            application_id=application_id,
            version=version + 1,
            tenant_id=principal.tenant_id,
            entered_by=principal.account_id,
            reason=reason.strip(),
            now=now,
        )
        access_log.write(conn, principal, [about], "application_completed", now=now)
    return version + 1


def desk(db: Database, principal: Principal, *, now: datetime) -> ApplicationDesk:
    """The unit's applications, undecided first and oldest first, and its open links. Raises Forbidden."""
    unit_id = require_desk(principal)
    with db.transaction(principal) as conn:
        unit = unit_store.unit(conn, unit_id, principal.tenant_id)
        if unit is None:
            raise Forbidden
        cut_offs = unit_settings.cut_offs_of(conn, unit_id, now=now)
        rows = store.of_unit(conn, unit_id, SHOWN)
        about = [require_application(conn, principal, row["application_id"]) for row in rows]
        access_log.write(conn, principal, about, "application_list", now=now)
        links = store.open_links(conn, unit_id, now=now)
    return ApplicationDesk(
        unit["name"],
        tuple(_row(row, cut_offs, now) for row in rows),
        tuple(
            LinkView(row["link_id"], row["written_by"], row["issued_by"], row["issued_at"], row["ends_at"])
            for row in links
        ),
    )


def undecided(db: Database, principal: Principal) -> int:
    """How many applications wait for a decision; 0 for those who handle none."""
    if not principal.may("desk") or principal.unit_id is None:
        return 0
    with db.transaction(principal) as conn:
        return store.undecided(conn, principal.unit_id)


def one(db: Database, principal: Principal, application_id: UUID, *, now: datetime) -> ApplicationView:
    """One application with the robot's proposal, or with the decision.

    Raises NotFound for other units, and once it has become a client for those who may not see that client's protected
    name: an application tells who somebody is.
    """
    with db.transaction(principal) as conn:
        about = require_application(conn, principal, application_id)
        _require_name(conn, principal, about, now)
        access_log.write(conn, principal, [about], "application_opened", now=now)
        return view_of(conn, application_id, now=now)


def view_of(conn: Connection, application_id: UUID, *, now: datetime) -> ApplicationView:
    """One application, for a caller who has checked that the principal may see it."""
    row = store.one(conn, application_id)
    versions = store.versions(conn, application_id)
    shown = versions[-1]
    content = read_application(shown["content"])
    if row["decision"] is None:
        cut_offs = unit_settings.cut_offs_of(conn, row["unit_id"], now=now)
        assessment = application_assessment.assess(content, cut_offs, now.date())
    else:
        assessment = application_assessment.read(row["assessment"])
    return ApplicationView(
        application_id,
        row["source"],
        row["received_at"],
        shown["version"],
        content,
        tuple(VersionView(v["version"], v["entered_at"], v["entered_by"], v["reason"]) for v in versions),
        assessment,
        _decision(row),
    )


def require_undecided(held: Row, version: int) -> None:
    """Raises AlreadyDecided, or Conflict when there is a newer version than the one somebody has looked at."""
    if held["decided"]:
        raise AlreadyDecided
    if held["version"] != version:
        raise Conflict("somebody has completed this application since you opened it")


def _add(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID,
    source: Source,
    written: Application,
    *,
    link_id: UUID | None,
    entered_by: UUID | None,
    now: datetime,
) -> UUID:
    application_id = uuid4()
    store.add(
        conn,
        application_id=application_id,
        tenant_id=tenant_id,
        unit_id=unit_id,
        source=source,
        link_id=link_id,
        now=now,
    )
    store.add_version(
        conn,
        written.stored(),
        application_id=application_id,
        version=1,
        tenant_id=tenant_id,
        entered_by=entered_by,
        reason="",
        now=now,
    )
    return application_id


def _usable(conn: Connection, token: str, now: datetime) -> Row:
    """The link; from here on the transaction is its tenant's."""
    tenant_id = store.tenant_of_link(conn, _digest(token))
    if tenant_id is None:
        raise NotFound
    enter_tenant(conn, tenant_id)
    row = store.usable_link(conn, _digest(token), now=now)
    if row is None:
        raise NotFound
    return row


def _read(content: Mapping[str, Any]) -> Application:
    try:
        return read_application(content)
    except ApplicationError as error:
        raise Invalid(str(error)) from error


def _row(row: Row, cut_offs: CutOffs, now: datetime) -> ApplicationRow:
    content = read_application(row["content"])
    computed = application_assessment.assess(content, cut_offs, now.date())
    return ApplicationRow(
        row["application_id"],
        row["alias_only"] or content.name,
        row["source"],
        row["received_at"],
        len(computed.gaps),
        computed.score,
        row["decision"],
        row["decided_at"],
        row["decided_by"],
        row["client_id"],
    )


def _require_name(conn: Connection, principal: Principal, about: VisibleClientId, now: datetime) -> None:
    if enrolment_store.client(conn, about) is not None and not may_name(conn, principal, about, now):
        raise NotFound


def _decision(row: Row) -> DecisionView | None:
    if row["decision"] is None:
        return None
    return DecisionView(
        row["decision"],
        row["words"],
        row["decided_by"],
        row["decided_at"],
        row["decided_version"],
        row["plan"],
        row["client_id"],
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()

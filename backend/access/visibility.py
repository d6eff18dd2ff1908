"""Default deny: a client is visible through a care relation in force, to themselves, and in a research tenant to its
researchers. A role alone opens nothing (patient data act 4:1 and 4:2, compliance reference L4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.matrix import reach
from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.errors import Forbidden, NotFound
from backend.store import applications, care_access, care_relations, leave_cover, relatives, visibility
from backend.store.pool import Connection


def visible_clients(conn: Connection, principal: Principal, now: datetime) -> tuple[VisibleClientId, ...]:
    """Every client the principal may see at `now`."""
    seen = _seen(conn, principal, None, now)
    visibility.prove(conn, seen)
    return tuple(VisibleClientId(client_id) for client_id in seen)


def require_visible(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime
) -> VisibleClientId:
    """The client as one the principal may see. Raises NotFound otherwise: a stranger learns nothing, not even a no."""
    if client_id not in _seen(conn, principal, client_id, now):
        raise NotFound
    visibility.prove(conn, [client_id])
    return VisibleClientId(client_id)


def require_lasting(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime
) -> VisibleClientId:
    """As `require_visible`, for what outlasts an emergency's hour or cannot be undone: an emergency opens none of it.

    Raises NotFound for strangers, Forbidden for who sees the client by an emergency.
    """
    client = require_visible(conn, principal, client_id, now)
    if care_access.emergency_in_force(conn, principal.account_id, client_id, now=now) is not None:
        raise Forbidden
    return client


def may_name(conn: Connection, principal: Principal, client: VisibleClientId, now: datetime) -> bool:
    """Whether the client's name may stand before the principal, who sees the client.

    A protected one stands for the client themselves and for a care relation of the client's own unit; an emergency, a
    relation of another unit and lists of several clients have the alias alone.
    """
    if principal.is_system or principal.client_id == client:
        return True
    return care_access.name_is_open(conn, client, principal.account_id, now=now)


def require_shared(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime, *, also_nothing: bool = False
) -> VisibleClientId:
    """The client as one who shares something with the acting relative at `now`; what, the service reads and keeps to.

    `also_nothing`: also a client who has this relative and shares nothing at the moment. Raises NotFound otherwise.
    """
    if not principal.may("shared.read"):
        raise NotFound
    rows = relatives.shared_with(conn, principal.account_id, principal.tenant_id, client_id, now=now)
    if not any(also_nothing or row["scope"] is not None for row in rows):
        raise NotFound
    visibility.prove(conn, [client_id])
    return VisibleClientId(client_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client somebody may open in an emergency."""

    client: VisibleClientId
    unit_id: UUID
    past_block: bool
    is_seen: bool
    """Whether the principal sees the client anyway."""


def require_emergency(conn: Connection, principal: Principal, alias: str, now: datetime) -> Candidate:
    """A client of the clinician's tenant by their whole alias, whom they may open and answer for. Raises NotFound."""
    row = care_access.client_with_alias(conn, principal.tenant_id, alias, principal.unit_id)
    if not principal.may("emergency") or row is None:
        raise NotFound
    client_id = row["client_id"]
    is_seen = client_id in _seen(conn, principal, client_id, now)
    return Candidate(VisibleClientId(client_id), row["unit_id"], row["past_block"], is_seen)


def require_reviewed(principal: Principal, client_id: UUID) -> VisibleClientId:
    """The client whose emergency access a manager has just reviewed: for the entry in the client's log only."""
    if not principal.may("unit.manage"):
        raise NotFound
    return VisibleClientId(client_id)


def require_equipment_of(
    conn: Connection, principal: Principal, client_id: UUID, tenant_id: str
) -> VisibleClientId:
    """The client as one whose equipment the principal looks after: technical support of the tenant, and nobody else.

    For what concerns equipment only; it opens no page about the person. Raises NotFound otherwise.
    """
    if principal.reach("equipment") != "equipment" or principal.tenant_id != tenant_id:
        raise NotFound
    visibility.prove(conn, [client_id])  # which breathalyzers were used stands with the readings
    return VisibleClientId(client_id)


def require_all_visible(
    conn: Connection, principal: Principal, client_ids: Sequence[UUID], now: datetime
) -> tuple[VisibleClientId, ...]:
    """The clients, if the principal may see every one of them; the system may. Raises NotFound otherwise."""
    if not principal.is_system and not set(client_ids) <= set(visible_clients(conn, principal, now)):
        raise NotFound
    return tuple(VisibleClientId(client_id) for client_id in client_ids)


def caseload_handed_over(
    conn: Connection, principal: Principal, absent_id: UUID, from_at: datetime, to_at: datetime
) -> tuple[VisibleClientId, ...]:
    """The clients of a clinician on leave, to be handed to a colleague or taken back. It opens no page about them.

    The caller has checked that `absent_id` is a clinician of the principal's own unit. Raises Forbidden for roles that
    arrange no leave.
    """
    if not principal.may("leave"):
        raise Forbidden
    return tuple(VisibleClientId(one) for one in leave_cover.caseload(conn, absent_id, from_at, to_at))


def handed_over(
    conn: Connection, principal: Principal, client_ids: Sequence[UUID], now: datetime
) -> tuple[VisibleClientId, ...]:
    """Clients whose clinician is being changed: any of a manager's unit, a clinician's own. It opens nothing of theirs.

    Each once, locked until the transaction ends. Raises Forbidden for roles that may not, NotFound unless it is all.
    """
    if not principal.may("hand_over") or principal.unit_id is None:
        raise Forbidden
    wanted = set(client_ids)
    found = care_relations.lock_clients(conn, principal.unit_id, sorted(wanted))
    if principal.reach("hand_over") == "care":
        own = visibility.assigned(conn, principal.account_id, principal.tenant_id, None, now=now)
        followed = set(care_relations.followed_by(conn, principal.account_id, found, at=now))
        found = [one for one in found if one in followed and one in set(own)]
    if set(found) != wanted:
        raise NotFound
    return tuple(VisibleClientId(one) for one in found)


def own_client(principal: Principal) -> VisibleClientId:
    """The client a client's own login stands for. Raises NotFound for anybody else."""
    if not principal.is_client or principal.client_id is None:
        raise NotFound
    return VisibleClientId(principal.client_id)


def _seen(conn: Connection, principal: Principal, client_id: UUID | None, now: datetime) -> list[UUID]:
    how_far = reach(principal.role, "record.read")
    if how_far == "own":
        return (
            [principal.client_id] if principal.client_id and client_id in {None, principal.client_id} else []
        )
    if how_far == "tenant":
        return visibility.of_research_tenant(conn, principal.tenant_id, client_id)
    if how_far == "care":
        return visibility.assigned(conn, principal.account_id, principal.tenant_id, client_id, now=now)
    if how_far == "platform" and client_id is not None:
        return visibility.existing(conn, client_id)
    return []


def require_desk(principal: Principal) -> UUID:
    """The unit whose applications the principal handles: a clinician's own. Raises Forbidden for everybody else."""
    if not principal.may("desk") or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id


def require_application(conn: Connection, principal: Principal, application_id: UUID) -> VisibleClientId:
    """The client an application would become, for a clinician of the unit it was sent to. Raises NotFound otherwise.

    The client will bear the application's identity, so that who has looked at the application stands in the same
    access log.
    """
    row = applications.unit_of(conn, application_id)
    if (
        row is None
        or not principal.may("desk")
        or principal.unit_id != row["unit_id"]
        or principal.tenant_id != row["tenant_id"]
    ):
        raise NotFound
    return VisibleClientId(application_id)


def open_equipment(conn: Connection, principal: Principal) -> None:
    """Let this transaction count readings by breathalyzer, for technical support of the tenant.

    It mints nothing and opens nothing about anybody. Raises Forbidden for everybody else.
    """
    if not principal.may("operations"):
        raise Forbidden
    visibility.prove(conn, visibility.of_tenant(conn, principal.tenant_id))


def require_recalled(
    conn: Connection, principal: Principal, client_ids: Sequence[UUID]
) -> tuple[VisibleClientId, ...]:
    """Clients of the tenant whose breathalyzers technical support looks up: for the log of who has looked, and no more.

    Raises Forbidden for everybody else, NotFound for a client of another tenant.
    """
    if principal.reach("equipment") != "equipment":
        raise Forbidden
    if not set(client_ids) <= set(visibility.of_tenant(conn, principal.tenant_id)):
        raise NotFound
    return tuple(VisibleClientId(client_id) for client_id in client_ids)


def open_archive(conn: Connection, principal: Principal, unit_id: UUID) -> None:
    """Let this transaction count in the records of a unit's clients, for its manager: before a removal, for a limit.

    It mints nothing and opens nothing about anybody. Raises NotFound for everybody else.
    """
    if not principal.may("unit.manage") or principal.unit_id != unit_id:
        raise NotFound
    visibility.prove(conn, visibility.of_unit(conn, unit_id))


def require_archive(principal: Principal, client_id: UUID, unit_id: UUID) -> VisibleClientId:
    """The client as one whose record may be removed, for managers and clinicians of the unit it is kept at.

    For counting and removing it and for the log only; it opens nothing about the person. Raises NotFound otherwise.
    """
    if not principal.may("delete") or principal.unit_id != unit_id:
        raise NotFound
    return VisibleClientId(client_id)

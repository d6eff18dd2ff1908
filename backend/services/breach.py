"""Whose data may be affected by a breach, from the access log (GDPR 33 and 34: told within 72 hours; reference G6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.errors import Forbidden, Invalid
from backend.store import rights
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE


@dataclass(frozen=True, slots=True)
class Affected:
    """One client, by number: between when something was done with their data, and what."""

    tenant_id: str
    client_id: UUID
    first_at: datetime
    last_at: datetime
    actions: tuple[str, ...]


def affected(
    db: Database,
    principal: Principal,
    since: datetime,
    until: datetime,
    *,
    username: str | None = None,
    tenant_id: str | None = None,
) -> tuple[Affected, ...]:
    """Clients with whose data an account, or anybody of a tenant, did something in [since, until). The system only.

    Raises Forbidden; Invalid without an account and a tenant, or for a turned span.
    """
    if not principal.is_system:
        raise Forbidden
    if (username is None and tenant_id is None) or since >= until:
        raise Invalid("name an account or a tenant, and a span of time")
    with db.transaction(SYSTEM_SCOPE) as conn:
        rows = rights.looked_at(conn, since, until, username=username, tenant_id=tenant_id)
    return tuple(
        Affected(row["tenant_id"], row["client_id"], row["first_at"], row["last_at"], tuple(row["actions"]))
        for row in rows
    )

"""On whose behalf a transaction runs: one tenant, the platform itself, or nobody yet."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Acting(Protocol):
    """Who acts, as far as the store must know. A `backend.access.Principal` is one."""

    @property
    def tenant_id(self) -> str:
        """The tenant whose rows may be seen and written; empty for nobody's."""
        ...

    @property
    def client_id(self) -> UUID | None:
        """The client whose own login it is: they see their own record without further proof."""
        ...

    @property
    def is_system(self) -> bool:
        """Whether the platform itself acts, for every tenant: ingest, jobs, commands."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """An `Acting` where no principal is at hand."""

    tenant_id: str
    is_system: bool = False
    client_id: UUID | None = None


SYSTEM_SCOPE = Scope("", is_system=True)
"""Ingest, jobs and commands: rows of every tenant."""
NOBODY = Scope("")
"""Before anybody has signed in: no tenant's rows."""


def tenant_scope(tenant_id: str) -> Scope:
    """The rows of this tenant and of no other."""
    return Scope(tenant_id)

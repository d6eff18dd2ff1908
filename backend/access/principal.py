"""The acting person, or the system itself."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from backend.access.matrix import Reach, Role, may, reach

__all__ = ["SYSTEM", "Language", "Principal", "Role"]

Language = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. A client's principal names the client; everybody else's does not."""

    account_id: UUID
    tenant_id: str
    role: Role
    unit_id: UUID | None
    client_id: UUID | None
    display_name: str
    language: Language

    @property
    def is_client(self) -> bool:
        """Whether this is a client at their own pages."""
        return self.role == "client"

    @property
    def is_relative(self) -> bool:
        """Whether this is somebody a client lets see something: they see that, and nothing else."""
        return self.role == "relative"

    @property
    def is_outside(self) -> bool:
        """Whether this one does not work here: a client, or a relative."""
        return self.role in {"client", "relative"}

    @property
    def gives_care(self) -> bool:
        """Whether this one may note, review and decide about clients: no client, relative or researcher may."""
        return self.may("care.write")

    def may(self, action: str) -> bool:
        """Whether the role may do this at all, by the one table (`matrix.ACTIONS`); how far it reaches is not said."""
        return may(self.role, action)

    def reach(self, action: str) -> Reach | None:
        """How far the action reaches for the role, by the same table; None when it may not."""
        return reach(self.role, action)

    @property
    def is_system(self) -> bool:
        """Whether no person acts."""
        return self.role == "system"


SYSTEM = Principal(UUID(int=0), "", "system", None, None, "Nykter", "sv")
"""Jobs and commands act as this one, so that the records always say who."""

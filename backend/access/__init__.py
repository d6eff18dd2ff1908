"""Who acts, and whom they may see. `VisibleClientId` is made here and nowhere else."""

from backend.access.principal import SYSTEM, Principal, Role
from backend.access.types import VisibleClientId

__all__ = ["SYSTEM", "Principal", "Role", "VisibleClientId"]

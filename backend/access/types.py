"""The type that proves a check was made."""

from typing import NewType
from uuid import UUID

VisibleClientId = NewType("VisibleClientId", UUID)
"""A client the acting principal may see. Minted only in `backend.access.visibility`; store functions that serve people
take nothing else, so an unchecked path does not type-check."""

"""The triage list."""

from fastapi import APIRouter

from backend.api.caller import OnCaller
from backend.services import triage
from backend.services.views import TriageList

router = APIRouter(prefix="/triage", tags=["triage"])


@router.get("")
def triage_list(on: OnCaller) -> TriageList:
    """The caseload in the order in which a human is needed. 403 for a client."""
    return triage.triage_list(on.db, on.principal, now=on.now)

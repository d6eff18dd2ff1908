"""The link in a message: asks for sign-in and leads to what it is about. The address itself says nothing."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from backend.services import own_notices
from dashboard.site import OnVisit, see_other

router = APIRouter(include_in_schema=False)


@router.get("/n/{delivery_id}")
def follow(delivery_id: UUID, on: OnVisit) -> RedirectResponse:
    """To the client's page, to who follows whom, or to the person's own start page."""
    target = own_notices.follow(on.db, on.principal, delivery_id, now=on.now)
    if target.subject_kind == "handover":
        return see_other("/care")
    if target.client_id is None or on.principal.is_client:
        return see_other("/")
    return see_other(f"/clients/{target.client_id}")

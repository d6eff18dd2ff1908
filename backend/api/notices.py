"""What the caller has been told."""

from uuid import UUID

from fastapi import APIRouter

from backend.api.caller import OnCaller
from backend.services import own_notices
from backend.services.own_notices import OwnNotice

router = APIRouter(prefix="/me/notices", tags=["notices"])


@router.get("")
def own(on: OnCaller) -> tuple[OwnNotice, ...]:
    """The caller's own notices, newest first."""
    return own_notices.own(on.db, on.principal, now=on.now)


@router.post("/{notice_id}/opened", status_code=204)
def open_one(notice_id: UUID, on: OnCaller) -> None:
    """Note that the caller has opened it. 404 for strangers."""
    own_notices.open_one(on.db, on.principal, notice_id, now=on.now)

"""Pictures of a client's blows, for a person to compare. For those who give care."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.services import identity_photos
from backend.services.identity_photos import MessageKey
from dashboard.contexts.photos import photos_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/clients/{client_id}/photos", include_in_schema=False)


@router.get("")
def page(client_id: UUID, on: OnVisit) -> Response:
    """The list."""
    found = identity_photos.photos(on.db, on.principal, client_id, now=on.now)
    return on.page("photos.html", photos_page(found, on.frame(), on.now))


@router.get("/{device_id}/{boot_id}/{sequence}/picture.jpg")
def picture(client_id: UUID, device_id: str, boot_id: str, sequence: int, on: OnVisit) -> Response:
    """One picture. It is kept in no cache."""
    key, keys = MessageKey(device_id, boot_id, sequence), on.request.app.state.photo_keys
    jpeg = identity_photos.picture(on.db, on.principal, client_id, key, keys, now=on.now)
    return Response(jpeg, media_type="image/jpeg", headers={"content-disposition": "inline"})


@router.post("/{device_id}/{boot_id}/{sequence}")
def judge(
    client_id: UUID, device_id: str, boot_id: str, sequence: int, on: OnVisit, form: OnForm
) -> RedirectResponse:
    """What the person saw."""
    key, note = MessageKey(device_id, boot_id, sequence), field(form, "note")
    identity_photos.judge(on.db, on.principal, client_id, key, field(form, "verdict"), note, now=on.now)
    back = "" if field(form, "back") == "client" else "/photos"
    return see_other(f"/clients/{client_id}{back}", "photo_judged")

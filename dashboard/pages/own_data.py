"""The client's data: who has looked, and taking it out."""

from typing import cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, NotFound
from backend.services import access_log, blocks, erasure, own_schedule, person_export, registers
from backend.services.access_extract import Form
from backend.services.erasure import Scope
from dashboard.contexts.own_data import own_data
from dashboard.pages.own import own_around
from dashboard.pages.rights import looks_file
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/me", include_in_schema=False)


@router.get("/data")
def page(on: OnVisit) -> Response:
    """Who has looked, and what one can do about one's data."""
    if not on.principal.is_client or on.principal.client_id is None:
        raise NotFound
    looks = access_log.looked(
        on.db, on.principal, on.principal.client_id, now=on.now, is_refresh=on.is_refresh
    )
    tz = own_schedule.surroundings(on.db, on.principal, now=on.now).tz
    found = registers.of_client(on.db, on.principal, on.principal.client_id, now=on.now)
    kept = blocks.of_client(on.db, on.principal, on.principal.client_id, now=on.now)
    return on.page("own_data.html", own_data(looks, found, kept, tz, on.frame(), own_around(on), on.now))


@router.post("/looks.{form}")
def looks_as_file(form: Form, on: OnVisit, _form: OnForm) -> Response:
    """Who has looked, as a file. A POST, since taking data out is an act that is logged."""
    if not on.principal.is_client or on.principal.client_id is None:
        raise NotFound
    return looks_file(on, on.principal.client_id, form)


@router.post("/erasures")
def ask_for_erasure(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Ask that one's own words, or everything, be erased."""
    try:
        erasure.ask(on.db, on.principal, cast("Scope", field(form, "scope")), field(form, "says"), now=on.now)
    except Conflict:
        return see_other("/me/data", "erasure_waits")
    return see_other("/me/data", "erasure_asked")


@router.post("/consents/{consent_id}/withdraw")
def withdraw(consent_id: UUID, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Take a consent back."""
    if not on.principal.is_client:
        raise NotFound
    registers.withdraw_consent(on.db, on.principal, consent_id, now=on.now)
    return see_other("/me/data", "own_consent_ended")


@router.post("/export.zip")
def export_everything(on: OnVisit, _form: OnForm) -> Response:
    """Everything that is stored about the client: for people (PDF) and for machines (JSON, tables)."""
    made = person_export.export_own(
        on.db, on.principal, language=on.lang.code, photo_keys=on.request.app.state.photo_keys, now=on.now
    )
    headers = {"content-disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.data, media_type="application/zip", headers=headers)

"""The client's data: who has looked, and taking it out."""

from fastapi import APIRouter
from fastapi.responses import Response

from backend.errors import NotFound
from backend.services import access_log, own_schedule, person_export, registers
from dashboard.contexts.own_data import own_data
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit

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
    asked = registers.of_client(on.db, on.principal, on.principal.client_id, now=on.now).corrections
    return on.page("own_data.html", own_data(looks, asked, tz, on.frame(), own_around(on), on.now))


@router.post("/export.zip")
def export_everything(on: OnVisit, _form: OnForm) -> Response:
    """Everything that is stored about the client: for people (PDF) and for machines (JSON, tables)."""
    made = person_export.export_own(on.db, on.principal, language=on.lang.code, now=on.now)
    headers = {"content-disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.data, media_type="application/zip", headers=headers)

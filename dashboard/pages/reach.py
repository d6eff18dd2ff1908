"""How a client is reached: the number staff call, the way the client prefers, and which of their own places work."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from backend.errors import Invalid
from backend.services import client_reach
from dashboard.contexts.reach import reach_page
from dashboard.site import OnForm, OnVisit, field, rendered, see_other

router = APIRouter(prefix="/clients/{client_id}/reach", include_in_schema=False)


@router.get("")
def page(client_id: UUID, on: OnVisit) -> Response:
    """The number, what stood before, and the client's own places."""
    found = client_reach.of_client(on.db, on.principal, client_id, now=on.now)
    return on.page("reach.html", reach_page(found, on.frame(), on.now))


@router.post("")
def change(client_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Enter another number, way or note."""
    phone, way, note = (field(form, name) for name in ("phone", "preferred", "note"))
    try:
        client_reach.change(on.db, on.principal, client_id, phone, way, note, now=on.now)
    except Invalid:
        found = client_reach.of_client(on.db, on.principal, client_id, now=on.now)
        words = on.lang.t(
            "That is not a telephone number. Write it as 070-123 45 67, or with + and the country's number."
        )
        context = reach_page(found, on.frame(), on.now, wish=(phone, way, note), problem=words)
        return rendered(on.request, "reach.html", on.lang, context, 422)
    return see_other(f"/clients/{client_id}/reach", "reach_saved")

"""A client's gateway and breathalyzer: a code to connect one, what is connected, and its end. For staff."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict
from backend.services import gateways
from backend.services.gateways import NewCode
from dashboard.contexts.gateways import equipment_page
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(prefix="/clients/{client_id}/equipment", include_in_schema=False)


@router.get("")
def page(client_id: UUID, on: OnVisit) -> Response:
    """What stands at the client's home."""
    return _page(client_id, on)


@router.post("/codes")
def issue_code(client_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Make a code. It is shown in the answer itself and never again."""
    try:
        made = gateways.issue_code(on.db, on.principal, client_id, now=on.now)
    except Conflict:
        return see_other(_path(client_id), "codes_waiting")
    return _page(client_id, on, made)


@router.post("/codes/{code_id}/withdraw")
def withdraw(client_id: UUID, code_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Withdraw an unused code."""
    try:
        gateways.revoke_code(on.db, on.principal, code_id, now=on.now)
    except Conflict:
        return see_other(_path(client_id), "gateway_moved")
    return see_other(_path(client_id), "code_withdrawn")


@router.post("/gateways/{device_id}/revoke")
def revoke(client_id: UUID, device_id: str, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Believe nothing it signs any more."""
    access = on.request.app.state.broker_access
    try:
        gateways.revoke_gateway(on.db, on.principal, device_id, field(form, "reason"), access, now=on.now)
    except Conflict:
        return see_other(_path(client_id), "gateway_moved")
    return see_other(_path(client_id), "gateway_revoked")


@router.post("/breathalyzers")
def pair(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note that a breathalyzer is the client's own, or no longer is."""
    change = gateways.unpair if field(form, "wish") == "unpair" else gateways.pair
    change(on.db, on.principal, client_id, field(form, "serial"), now=on.now)
    done = "breathalyzer_unpaired" if change is gateways.unpair else "breathalyzer_paired"
    return see_other(_path(client_id), done)


def _page(client_id: UUID, on: Visit, made: NewCode | None = None) -> Response:
    found = gateways.equipment(on.db, on.principal, client_id, now=on.now)
    is_operator = on.principal.reach("equipment") == "equipment"
    return on.page("equipment.html", equipment_page(found, on.frame(), on.now, made, is_operator=is_operator))


def _path(client_id: UUID) -> str:
    return f"/clients/{client_id}/equipment"

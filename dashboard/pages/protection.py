"""Block, protected identity and legal hold of one client, for staff; and the client's own block."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, NotFound
from backend.services import blocks, legal_holds
from dashboard.contexts.protection import protection_page
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(include_in_schema=False)


@router.get("/clients/{client_id}/protection")
def page(client_id: UUID, on: OnVisit) -> Response:
    """What stands, and the forms to change it."""
    found = blocks.protection(on.db, on.principal, client_id, now=on.now)
    holds = legal_holds.of_client(on.db, on.principal, client_id, now=on.now)
    may_hold = on.principal.may("hold")
    return on.page("protection.html", protection_page(found, holds, may_hold, on.frame(), on.now))


@router.post("/clients/{client_id}/protection/block")
def block(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Keep other units out."""
    blocks.set_block(on.db, on.principal, client_id, field(form, "words"), now=on.now)
    return _back(client_id, "block_set")


@router.post("/clients/{client_id}/protection/unblock")
def unblock(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Let other units in again."""
    blocks.lift_block(on.db, on.principal, client_id, field(form, "words"), now=on.now)
    return _back(client_id, "block_lifted")


@router.post("/clients/{client_id}/protection/identity")
def identity(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Protect the identity, or end it."""
    is_on = field(form, "to") == "on"
    blocks.set_protected(on.db, on.principal, client_id, is_on=is_on, now=on.now)
    return _back(client_id, "identity_protected" if is_on else "identity_shown")


@router.post("/clients/{client_id}/protection/hold")
def hold(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Let nothing about the client be removed."""
    legal_holds.place(on.db, on.principal, client_id, field(form, "words"), now=on.now)
    return _back(client_id, "hold_placed")


@router.post("/clients/{client_id}/protection/unhold")
def unhold(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """End the hold."""
    legal_holds.lift(on.db, on.principal, client_id, field(form, "words"), now=on.now)
    return _back(client_id, "hold_lifted")


@router.post("/me/block")
def block_own(on: OnVisit, form: OnForm) -> RedirectResponse:
    """The client keeps other units out; asked for twice is done once."""
    try:
        blocks.set_block(on.db, on.principal, _own(on), field(form, "words"), now=on.now)
    except Conflict:
        return see_other("/me/data")
    return see_other("/me/data", "own_block_set")


@router.post("/me/unblock")
def unblock_own(on: OnVisit, form: OnForm) -> RedirectResponse:
    """The client lets other units in again."""
    try:
        blocks.lift_block(on.db, on.principal, _own(on), field(form, "words"), now=on.now)
    except Conflict:
        return see_other("/me/data")
    return see_other("/me/data", "own_block_lifted")


def _own(on: Visit) -> UUID:
    if not on.principal.is_client or on.principal.client_id is None:
        raise NotFound
    return on.principal.client_id


def _back(client_id: UUID, said: str) -> RedirectResponse:
    return see_other(f"/clients/{client_id}/protection", said)

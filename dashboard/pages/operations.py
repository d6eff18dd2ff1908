"""Messages that could not be stored: what is wrong with them, and a second attempt. For operators."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, Invalid
from backend.services import dead_letters
from dashboard.contexts.dead_letters import letter_page, letters_page, read_offset
from dashboard.site import OnForm, OnVisit, field, see_other

PATH = "/operations/dead-letters"
ZONE = "Europe/Stockholm"
"""A machine's page has no client whose zone to use (assumption: operators work in Sweden)."""
router = APIRouter(prefix=PATH, include_in_schema=False)
LetterId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("")
def all_letters(on: OnVisit) -> Response:
    """All of the tenant's, open ones first."""
    found = dead_letters.dead_letters(on.db, on.principal)
    return on.page("dead_letters.html", letters_page(found, on.frame(), on.now, ZONE))


@router.get("/{letter_id}")
def one_letter(letter_id: LetterId, on: OnVisit) -> Response:
    """The form of one, never its contents."""
    found = dead_letters.opened(on.db, on.principal, letter_id, now=on.now)
    return on.page("dead_letter.html", letter_page(found, on.frame(), on.now, ZONE))


@router.post("/{letter_id}/replay")
def replay(letter_id: LetterId, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Judge it again."""
    try:
        outcome = dead_letters.replay(on.db, on.principal, letter_id, now=on.now)
    except Conflict:
        outcome = "beginning"
    return see_other(f"{PATH}/{letter_id}", f"letter_{outcome}")


@router.post("/{letter_id}/release")
def release(letter_id: LetterId, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Store it with its time corrected."""
    offset = read_offset(field(form, "offset_s"))
    try:
        if offset is None:
            raise Invalid
        outcome = dead_letters.release(on.db, on.principal, letter_id, offset, now=on.now)
    except Invalid:
        outcome = "offset"
    return see_other(f"{PATH}/{letter_id}", f"letter_{outcome}")


@router.post("/{letter_id}/set-aside")
def set_aside(letter_id: LetterId, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Nothing is to be done about it."""
    dead_letters.set_aside(on.db, on.principal, letter_id, now=on.now)
    return see_other(PATH, "letter_set_aside")

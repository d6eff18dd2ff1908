"""Messages: who waits for an answer, sending, and saying that one has read."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid, NotFound
from backend.services import messages
from dashboard.contexts.own_talk import own_messages
from dashboard.contexts.thread import messages_page
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(include_in_schema=False)


@router.get("/messages")
def waiting(on: OnVisit) -> Response:
    """Threads that wait for an answer of staff."""
    if on.principal.is_client:
        return see_other("/me/")
    rows = messages.waiting(on.db, on.principal, now=on.now)
    return on.page("messages.html", messages_page(rows, on.frame(), on.now))


@router.post("/clients/{client_id}/messages")
def send(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Staff write."""
    return _send(on, client_id, form, f"/clients/{client_id}")


@router.post("/clients/{client_id}/messages/read")
def mark_read(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Staff have read what was shown."""
    return _mark_read(on, client_id, form, f"/clients/{client_id}")


@router.get("/me/messages")
def own_thread(on: OnVisit) -> Response:
    """The client's messages. Opening them is no reading: that is said by a button."""
    found = messages.thread(on.db, on.principal, _own(on), now=on.now, is_refresh=on.is_refresh)
    return on.page("own_messages.html", own_messages(found, on.frame(), own_around(on), on.now))


@router.post("/me/messages")
def send_own(on: OnVisit, form: OnForm) -> RedirectResponse:
    """The client writes."""
    return _send(on, _own(on), form, "/me/messages")


@router.post("/me/messages/read")
def mark_own_read(on: OnVisit, form: OnForm) -> RedirectResponse:
    """The client has read what was shown."""
    return _mark_read(on, _own(on), form, "/me/messages")


def _own(on: Visit) -> UUID:
    if on.principal.client_id is None:
        raise NotFound
    return on.principal.client_id


def _send(on: Visit, client_id: UUID, form: FormData, back: str) -> RedirectResponse:
    corrects = field(form, "corrects")
    try:
        corrected = UUID(corrects) if corrects else None
    except ValueError as error:
        raise Invalid from error
    messages.send(
        on.db,
        on.principal,
        client_id,
        field(form, "body"),
        corrects=corrected,
        once_key=field(form, "once_key")[:80] or None,
        now=on.now,
    )
    return see_other(back, "message_sent")


def _mark_read(on: Visit, client_id: UUID, form: FormData, back: str) -> RedirectResponse:
    try:
        up_to = datetime.fromisoformat(field(form, "up_to"))
    except ValueError as error:
        raise Invalid from error
    if up_to.tzinfo is None:
        raise Invalid
    messages.mark_read(on.db, on.principal, client_id, up_to=up_to, now=on.now)
    return see_other(back, "message_read")

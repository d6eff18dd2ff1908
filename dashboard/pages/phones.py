"""A client's phone: staff make a link in person, the phone opens it, and from then on it is let in.

The link's own address is /l/{code}. Opening it changes nothing, so that a preview of it uses nothing up; pressing the
button on it does. No script is needed.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from backend.errors import NotFound
from backend.services import phones
from backend.services.account_codes import CodeRefused, IssuedCode
from backend.services.guessing import TooManyAttempts
from backend.services.phones import PhoneForgotten
from dashboard.contexts.page import frame, moment
from dashboard.contexts.sign_in import CodeCard, StepPage, WelcomePage, phones_page
from dashboard.cookies import asker_of, drop, machine_now, site_of, value_of, with_login, with_phone
from dashboard.pages.account import ZONE
from dashboard.qr import qr_svg
from dashboard.site import (
    OWN_PAGES,
    OnForm,
    OnVisit,
    Visit,
    form_of,
    language_of,
    own_path,
    rendered,
    see_other,
)

router = APIRouter(include_in_schema=False)


@router.get("/clients/{client_id}/phones")
def page(client_id: UUID, on: OnVisit) -> Response:
    """Which phones are let in."""
    return _page(client_id, on)


@router.post("/clients/{client_id}/phones")
def make_link(client_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Make a link. It is shown in the answer itself and never again."""
    made = phones.issue_link(on.db, on.principal, client_id, now=on.now, machine_now=machine_now(on.request))
    return _page(client_id, on, made)


@router.post("/clients/{client_id}/phones/{phone_id}/end")
def end(client_id: UUID, phone_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Let a phone in no more."""
    phones.end_for_client(
        on.db, on.principal, client_id, phone_id, now=on.now, machine_now=machine_now(on.request)
    )
    return see_other(f"/clients/{client_id}/phones", "phone_ended")


@router.get("/l")
def come_back(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """A phone that is let in signs in by itself, and is given its next secret."""
    wanted = own_path(next)
    if not value_of(request, "phone"):
        return see_other("/login")
    try:
        login, secret = phones.renew(
            request.app.state.db,
            value_of(request, "phone"),
            asker=asker_of(request),
            now=machine_now(request),
        )
    except PhoneForgotten:
        answer = see_other("/login?problem=phone_forgotten")
        drop(request, answer, "phone")
        return answer
    answer = see_other(wanted)
    if secret:
        with_phone(request, answer, secret)
    return with_login(request, answer, login)


@router.get("/l/{code}")
def welcome(code: str, request: Request) -> Response:
    """Ask whether this is the right phone. Nothing is used up yet."""
    lang = language_of(request, None)
    try:
        name = phones.greet(request.app.state.db, code, asker=asker_of(request), now=machine_now(request))
    except (CodeRefused, TooManyAttempts) as error:
        return _gone(request, error)
    page = WelcomePage(frame(lang, f"/l/{code}", None, ""), name, code)
    return rendered(request, "phone_welcome.html", lang, page)


@router.post("/l/{code}")
def let_in(code: str, request: Request, _form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Let this phone in."""
    try:
        login, secret = phones.let_in(
            request.app.state.db, code, "", asker=asker_of(request), now=machine_now(request)
        )
    except (CodeRefused, TooManyAttempts) as error:
        return _gone(request, error)
    answer = see_other(OWN_PAGES)
    with_phone(request, answer, secret)
    return with_login(request, answer, login)


def _gone(request: Request, error: CodeRefused | TooManyAttempts) -> Response:
    lang = language_of(request, None)
    page = StepPage(frame(lang, "/login", None, ""), OWN_PAGES, "")
    return rendered(request, "phone_gone.html", lang, page, error.status)


def _page(client_id: UUID, on: Visit, made: IssuedCode | None = None) -> Response:
    if on.principal.is_client:
        raise NotFound
    now = machine_now(on.request)
    found = phones.of_client(on.db, on.principal, client_id, now=on.now, machine_now=now)
    card = None
    if made is not None:
        link = f"{site_of(on.request).origin}/l/{made.code}"
        card = CodeCard(made.code, moment(made.ends_at, now, ZONE, on.lang), "", link, qr_svg(link))
    return on.page("phones.html", phones_page(found, on.frame(), str(client_id), now, ZONE, card))

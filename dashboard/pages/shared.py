"""A relative's pages: who shares with them, what one person shares, and the invitation behind its link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Forbidden, Invalid
from backend.services import relatives
from dashboard.contexts.own_around import Around, around
from dashboard.contexts.page import Frame, frame
from dashboard.contexts.shared import invitation_page, shared_list, shared_page, span
from dashboard.language import N_, Language
from dashboard.site import (
    OnVisit,
    checked_form,
    field,
    form_of,
    language_of,
    now_of,
    rendered,
    see_other,
    visit,
    visitor,
)

router = APIRouter(include_in_schema=False)
HERE = "/shared/"
HOME_ZONE = "Europe/Stockholm"
"""For the end of an invitation: who reads it has no zone of their own here (assumption)."""


@router.get(HERE)
def people(on: OnVisit) -> Response:
    """Everybody who shares with the relative."""
    if not on.principal.is_relative:
        return see_other("/")
    found = relatives.shared_with_me(on.db, on.principal, now=on.now)
    return on.page("shared_list.html", shared_list(found, on.frame(), _around(on.frame())))


@router.get("/shared/{client_id}")
def person(client_id: UUID, on: OnVisit) -> Response:
    """What one person shares now."""
    since, until = span(on.now)
    found = relatives.shared_series(
        on.db, on.principal, client_id, since, until, now=on.now, is_refresh=on.is_refresh
    )
    return on.page("shared.html", shared_page(found, on.frame(), _around(on.frame()), on.now))


@router.get("/r/{token}")
def invitation(token: str, request: Request) -> Response:
    """Who invites whom."""
    return _invitation(request, token)


@router.post("/r/{token}")
def accept(token: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """A login of one's own, or one more person for somebody who has one."""
    state, now = request.app.state, now_of(request)
    found = visitor(request)
    if found is not None:
        on = visit(request)
        checked_form(form, on)
        relatives.accept_signed_in(on.db, on.principal, token, now=now)
        return see_other(HERE)
    if form.get("password") != form.get("again"):
        return _invitation(request, token, form, N_("The two passwords are not the same."))
    password = form.get("password", "")
    try:
        relatives.accept(
            state.db,
            token,
            username=field(form, "username"),
            display_name=field(form, "name"),
            password=password if isinstance(password, str) else "",
            language=language_of(request, None).code,
            now=now,
        )
    except Conflict:
        return _invitation(request, token, form, N_("That username is taken. Choose another one."))
    except Invalid:
        return _invitation(
            request, token, form, N_("The username or the password cannot be used. Choose a longer one.")
        )
    return see_other(f"/login?next={HERE}")


def _invitation(
    request: Request, token: str, form: FormData | None = None, problem: str | None = None
) -> HTMLResponse:
    lang, now, found = language_of(request, None), now_of(request), visitor(request)
    if found is not None and not found[0].is_relative:
        raise Forbidden
    opened = relatives.open_invitation(request.app.state.db, token, now=now)
    on = frame(lang, "/r/", found[0] if found else None, found[1] if found else "")
    page = invitation_page(
        opened,
        token,
        on,
        _around(on),
        now,
        HOME_ZONE,
        field(form, "username") if form else "",
        _said(problem, lang),
    )
    return rendered(request, "invitation.html", lang, page, 422 if problem else 200)


def _said(problem: str | None, lang: Language) -> str | None:
    return lang.t(problem) if problem else None


def _around(on: Frame) -> Around:
    return around(None, on, "", None)

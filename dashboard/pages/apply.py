"""The public application form behind a one-time link. Nobody signs in here; the address itself is the key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from backend.errors import Invalid
from backend.services import applications
from dashboard.contexts.application import ApplyPage, form_fields
from dashboard.contexts.page import frame
from dashboard.pages.application_form import content_of
from dashboard.site import form_of, language_of, now_of, rendered

router = APIRouter(prefix="/apply/{token}", include_in_schema=False)


@router.get("")
def page(token: str, request: Request) -> HTMLResponse:
    """The form, while the link can be used."""
    who = applications.open_link(request.app.state.db, token, now=now_of(request))
    return _page(request, token, {}, about_oneself=who == "person")


@router.post("")
def submit(token: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> HTMLResponse:
    """Send it: the link is used up."""
    db, now = request.app.state.db, now_of(request)
    who = applications.open_link(db, token, now=now)
    content = content_of(form)
    try:
        applications.submit_by_link(db, token, content, now=now)
    except Invalid:
        return _page(request, token, content, about_oneself=who == "person", status=422)
    return _page(request, token, {}, about_oneself=who == "person", sent=True)


def _page(
    request: Request,
    token: str,
    written: dict[str, object],
    *,
    about_oneself: bool,
    sent: bool = False,
    status: int = 200,
) -> HTMLResponse:
    lang = language_of(request, None)
    problem = (
        lang.t("Something could not be read. Look through the form and send it again.")
        if status == 422
        else None
    )
    context = ApplyPage(
        frame(lang, f"/apply/{token}", None, ""),
        form_fields(lang, written, about_oneself=about_oneself),
        f"/apply/{token}",
        sent,
        problem,
    )
    return rendered(request, "apply.html", lang, context, status)

"""Sign in and out, and the language switch."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid, SignInFailed
from backend.services import auth
from dashboard.contexts.page import frame
from dashboard.contexts.small import LoginPage
from dashboard.language import CHOICES
from dashboard.site import (
    LANGUAGE_COOKIE,
    OnForm,
    OnVisit,
    cookie_name,
    field,
    form_of,
    language_of,
    own_path,
    rendered,
    see_other,
    visitor,
)

router = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 24 * 3600


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """The sign-in form."""
    if visitor(request) is not None:
        return see_other("/")
    return _form(request, own_path(next))


@router.post("/login")
def sign_in(request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Check the password, set the cookie, go where the person wanted to."""
    username, wanted = field(form, "username"), own_path(field(form, "next") or "/")
    password = form.get("password", "")
    try:
        login = auth.sign_in(
            request.app.state.db,
            username,
            password if isinstance(password, str) else "",
            now=request.app.state.machine_clock.now(),
        )
    except SignInFailed as error:
        return _form(request, wanted, username, error.status)
    answer = see_other(wanted)
    answer.set_cookie(
        cookie_name(request),
        login.token,
        expires=login.ends_at,
        path="/",
        secure=request.app.state.cookie_secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/logout")
def sign_out(on: OnVisit, _form_checked: OnForm) -> RedirectResponse:
    """End this login, on the server too."""
    token = on.request.cookies[cookie_name(on.request)]
    auth.sign_out(on.db, token, now=on.request.app.state.machine_clock.now())
    answer = see_other("/login")
    answer.delete_cookie(
        cookie_name(on.request), path="/", secure=on.request.app.state.cookie_secure, httponly=True
    )
    return answer


@router.post("/language")
def switch_language(request: Request, form: Annotated[FormData, Depends(form_of)]) -> RedirectResponse:
    """Remember the language in this browser. Touches nobody's data, so that it works before sign-in, too."""
    code = field(form, "language")
    if code not in CHOICES:
        raise Invalid
    answer = see_other(own_path(field(form, "back") or "/"))
    secure = bool(request.app.state.cookie_secure)
    answer.set_cookie(
        LANGUAGE_COOKIE, code, max_age=_YEAR_S, path="/", secure=secure, httponly=True, samesite="lax"
    )
    return answer


def _form(request: Request, wanted: str, username: str = "", status: int = 200) -> HTMLResponse:
    lang = language_of(request, None)
    problem = None
    if status == 429:
        problem = lang.t("Too many attempts. Wait a minute and try again.")
    elif status != 200:
        problem = lang.t("The username or the password is wrong.")
    page = LoginPage(frame(lang, "/login", None, ""), wanted, username, problem)
    return rendered(request, "login.html", lang, page, status)

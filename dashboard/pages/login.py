"""Sign in with a password, sign out, and the language switch. What comes after a password: `second_step`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid, SignInFailed
from backend.services import auth
from backend.services.sign_in_steps import StepNeeded
from dashboard.contexts.page import frame
from dashboard.contexts.small import LoginPage
from dashboard.cookies import (
    asker_of,
    drop,
    machine_now,
    next_step,
    policy_of,
    provider_of,
    put,
    site_of,
    value_of,
    with_login,
)
from dashboard.language import CHOICES
from dashboard.site import (
    OnForm,
    OnVisit,
    field,
    form_of,
    language_of,
    own_path,
    rendered,
    see_other,
    visitor,
    with_next,
)

router = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 24 * 3600
PROBLEMS = ("identity_unknown", "identity_failed", "started_over", "phone_forgotten")


@router.get("/login")
def login_page(request: Request, next: str = "/", problem: str = "") -> Response:  # noqa: A002 - the field's name in the address
    """The sign-in form."""
    if visitor(request) is not None:
        return see_other("/")
    return login_form(request, own_path(next), problem=problem if problem in PROBLEMS else "")


@router.post("/login")
def sign_in(request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Check the password, set the cookie, go where the person wanted to, or to the second step."""
    username, wanted = field(form, "username"), own_path(field(form, "next") or "/")
    password = form.get("password", "")
    try:
        login = auth.sign_in(
            request.app.state.db,
            username,
            password if isinstance(password, str) else "",
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except StepNeeded as needed:
        return next_step(request, needed, wanted)
    except SignInFailed as error:
        return login_form(request, wanted, username, error.status)
    return with_login(request, see_other(wanted), login)


@router.post("/logout")
def sign_out(on: OnVisit, _form_checked: OnForm) -> RedirectResponse:
    """End this login, on the server too. A client lands on the form that has the neutral title."""
    token = value_of(on.request, "login")
    auth.sign_out(on.db, token, now=machine_now(on.request))
    answer = see_other("/login?next=/me/" if on.principal.is_client else "/login")
    drop(on.request, answer, "login")
    return answer


@router.post("/language")
def switch_language(request: Request, form: Annotated[FormData, Depends(form_of)]) -> RedirectResponse:
    """Remember the language in this browser. Touches nobody's data, so that it works before sign-in, too."""
    code = field(form, "language")
    if code not in CHOICES:
        raise Invalid
    answer = see_other(own_path(field(form, "back") or "/"))
    put(request, answer, "language", code, max_age=_YEAR_S)
    return answer


def login_form(
    request: Request, wanted: str, username: str = "", status: int = 200, problem: str = ""
) -> HTMLResponse:
    """The sign-in form, with what went wrong before."""
    lang = language_of(request, None)
    words = {
        "": None,
        "identity_unknown": lang.t(
            "This e-identification belongs to no account here. Sign in another way and link it on your account page."
        ),
        "identity_failed": lang.t(
            "The e-identification did not go through. Try again, or sign in another way."
        ),
        "started_over": lang.t("It took too long, or too many codes were wrong. Please start again."),
        "phone_forgotten": lang.t(
            "This phone is no longer let in. Ask your contact at the clinic for a new link."
        ),
    }[problem]
    if status == 429:
        words = lang.t("Too many attempts. Wait a minute and try again.")
    elif status != 200:
        words = lang.t("The username or the password is wrong.")
    provider = provider_of(request)
    page = LoginPage(
        frame(lang, with_next("/login", wanted), None, ""),
        wanted,
        username,
        words,
        can_passkey=site_of(request).can_have_passkeys,
        provider=provider.settings.name if provider else "",
        is_phone=bool(value_of(request, "phone")),
        second_factor_is_optional=not policy_of(request).staff_second_factor,
    )
    return rendered(request, "login.html", lang, page, status)

"""After a first proof: a second factor, setting one up, or choosing a password. Nobody is signed in here yet."""

import hmac
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Forbidden, SignInFailed
from backend.services import account_codes, second_factors
from backend.services.account_codes import CodeRefused
from backend.services.guessing import TooManyAttempts
from backend.services.password_rules import PasswordRefused
from backend.services.sign_in_steps import Step, StepKind, StepNeeded, StepOver, step_of
from dashboard.contexts.page import frame
from dashboard.contexts.sign_in import AppPage, RecoveryPage, StepPage, password_problem
from dashboard.cookies import (
    STEP_PATHS,
    asker_of,
    drop,
    machine_now,
    next_step,
    policy_of,
    site_of,
    value_of,
    with_login,
)
from dashboard.language import Language
from dashboard.qr import qr_svg
from dashboard.site import field, form_of, language_of, own_path, rendered, see_other, with_next

router = APIRouter(prefix="/login", include_in_schema=False)
_TEMPLATES = {
    "second_factor": "login_second.html",
    "enrol": "login_enrol.html",
    "password": "login_password.html",
}
OnFields = Annotated[FormData, Depends(form_of)]


@router.get("/second")
def second_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """Where the code goes."""
    return _page(request, "second_factor", next)


@router.post("/second")
def show_code(request: Request, form: OnFields) -> Response:
    """Check the code, start the login."""
    wanted = _checked(request, form)
    try:
        login = second_factors.show_code(
            request.app.state.db,
            value_of(request, "step"),
            field(form, "code"),
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except StepOver:
        return started_over(request)
    except SignInFailed as error:
        return _page(request, "second_factor", wanted, error)
    return with_login(request, see_other(wanted), login)


@router.get("/enrol")
def enrol_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """The ways to set a second factor up."""
    return _page(request, "enrol", next)


@router.post("/enrol/app")
def offer_app(request: Request, form: OnFields) -> Response:
    """Show the secret for an authenticator app."""
    wanted = _checked(request, form)
    try:
        return _app(request, _step(request, "enrol"), wanted)
    except (StepOver, Conflict):
        return started_over(request)


@router.post("/enrol/confirm")
def confirm_app(request: Request, form: OnFields) -> Response:
    """Take the app into use, start the login, and show the recovery codes this once."""
    wanted = _checked(request, form)
    try:
        codes, login = second_factors.enrol_totp(
            request.app.state.db,
            value_of(request, "step"),
            field(form, "code"),
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except StepOver:
        return started_over(request)
    except SignInFailed as error:
        return _app(request, _step(request, "enrol"), wanted, error)
    lang = language_of(request, None)
    page = RecoveryPage(frame(lang, "/", None, ""), wanted, codes)
    return with_login(request, rendered(request, "recovery_codes.html", lang, page), login)


@router.get("/code")
def code_page(request: Request) -> Response:
    """Where a code goes that somebody was handed."""
    return _code_form(request)


@router.post("/code")
def use_code(request: Request, form: OnFields) -> Response:
    """Use the code up, and go on to choose a password."""
    lang = language_of(request, None)
    try:
        account_codes.use_for_password(
            request.app.state.db, field(form, "code"), asker=asker_of(request), now=machine_now(request)
        )
    except StepNeeded as needed:
        return next_step(request, needed)
    except TooManyAttempts:
        return _code_form(request, lang.t("Too many attempts. Wait a minute and try again."), 429)
    except CodeRefused:
        return _code_form(request, lang.t("The code is wrong, used or too old. Ask for a new one."), 404)
    return _code_form(request)


@router.get("/password")
def password_page(request: Request) -> Response:
    """Choose a password."""
    return _page(request, "password", "/")


@router.post("/password")
def choose_password(request: Request, form: OnFields) -> Response:
    """Set the password, and go on."""
    _checked(request, form)
    password = form.get("password", "")
    try:
        login = account_codes.choose_password(
            request.app.state.db,
            value_of(request, "step"),
            password if isinstance(password, str) else "",
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except PasswordRefused as error:
        return _page(request, "password", "/", error)
    except StepNeeded as needed:
        return next_step(request, needed)
    except SignInFailed:
        return started_over(request)
    return with_login(request, see_other("/"), login)


def started_over(request: Request) -> Response:
    """Back to the beginning."""
    answer = see_other("/login?problem=started_over")
    drop(request, answer, "step")
    return answer


def step_token(request: Request) -> str:
    """What every form of a step carries. Derived from the step's secret, which no other site's page can read."""
    return sha256(b"form:" + value_of(request, "step").encode()).hexdigest()


def _checked(request: Request, form: FormData) -> str:
    """Where the person wants to go. Raises Forbidden when the form is not this browser's own."""
    if not hmac.compare_digest(field(form, "csrf_token").encode(), step_token(request).encode()):
        raise Forbidden
    return own_path(field(form, "next") or "/")


def _step(request: Request, kind: StepKind) -> Step:
    return step_of(request.app.state.db, value_of(request, "step"), now=machine_now(request), kind=kind)


def _page(request: Request, kind: StepKind, wanted: str, error: Exception | None = None) -> Response:
    try:
        step = step_of(request.app.state.db, value_of(request, "step"), now=machine_now(request))
    except StepOver:
        return started_over(request)
    if step.kind != kind:
        return see_other(with_next(STEP_PATHS[step.kind], own_path(wanted)))
    lang = language_of(request, step.principal)
    page = StepPage(
        frame(lang, with_next(request.url.path, own_path(wanted)), None, ""),
        own_path(wanted),
        step_token(request),
        _problem(error, lang),
        site_of(request).can_have_passkeys,
        step.principal.display_name,
    )
    return rendered(request, _TEMPLATES[kind], lang, page, getattr(error, "status", 200))


def _app(request: Request, step: Step, wanted: str, error: Exception | None = None) -> Response:
    offered = second_factors.offer_totp(request.app.state.db, step.principal, now=machine_now(request))
    lang = language_of(request, step.principal)
    page = AppPage(
        frame(lang, with_next("/login/enrol", wanted), None, ""),
        wanted,
        step_token(request),
        "/login/enrol/confirm",
        "/login/enrol",
        qr_svg(offered.uri),
        " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4)),
        _problem(error, lang),
    )
    return rendered(request, "login_app.html", lang, page, getattr(error, "status", 200))


def _code_form(request: Request, problem: str | None = None, status: int = 200) -> Response:
    lang = language_of(request, None)
    page = StepPage(frame(lang, "/login/code", None, ""), "/", "", problem)
    return rendered(request, "login_code.html", lang, page, status)


def _problem(error: Exception | None, lang: Language) -> str | None:
    if error is None:
        return None
    if isinstance(error, PasswordRefused):
        return password_problem(error, lang)
    if isinstance(error, TooManyAttempts):
        return lang.t("Too many attempts. Wait a while and try again.")
    return lang.t("That code does not fit, or it was used already. Wait for the next one and try again.")

"""What scripts ask when a passkey is used or made. Answers are JSON; the words stand in the pages."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from backend.errors import Forbidden, Invalid, SignInFailed
from backend.services import own_logins, passkeys
from backend.services.sign_in_steps import step_of
from dashboard.cookies import (
    asker_of,
    holder_of,
    machine_now,
    policy_of,
    put_holder,
    renewed,
    site_of,
    value_of,
    with_login,
)
from dashboard.pages.second_step import step_token
from dashboard.site import OnVisit, Visit, own_path

router = APIRouter(include_in_schema=False)


async def body_of(request: Request) -> bytes:
    """The posted JSON as it came."""
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


@router.post("/login/passkey/options")
def sign_in_options(request: Request) -> Response:
    """What to ask the browser for."""
    holder = holder_of(request)
    options = passkeys.sign_in_options(
        request.app.state.db, site_of(request), holder, now=machine_now(request)
    )
    answer = Response(options, media_type="application/json")
    put_holder(request, answer, holder)
    return answer


@router.post("/login/passkey")
def sign_in(request: Request, body: Body, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """Check the browser's answer, start the login."""
    try:
        login = passkeys.sign_in(
            request.app.state.db,
            site_of(request),
            value_of(request, "holder"),
            passkeys.parsed(body),
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except (SignInFailed, Invalid):
        return JSONResponse({}, 401)
    return with_login(request, JSONResponse({"location": own_path(next)}), login)


@router.post("/login/enrol/passkey/options")
def enrol_options(request: Request) -> Response:
    """What to ask the browser for when a sign-in asks for a second factor to be set up."""
    _require_token(request, step_token(request))
    secret = value_of(request, "step")
    step = step_of(request.app.state.db, secret, now=machine_now(request), kind="enrol")
    options = passkeys.registration_options(
        request.app.state.db, step.principal, site_of(request), secret, now=machine_now(request)
    )
    return Response(options, media_type="application/json")


@router.post("/login/enrol/passkey")
def enrol(request: Request, body: Body, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """Keep the passkey, start the login."""
    _require_token(request, step_token(request))
    try:
        login = passkeys.enrol(
            request.app.state.db,
            value_of(request, "step"),
            site_of(request),
            passkeys.parsed(body),
            asker=asker_of(request),
            policy=policy_of(request),
            now=machine_now(request),
        )
    except (SignInFailed, Invalid):
        return JSONResponse({}, 401)
    return with_login(request, JSONResponse({"location": own_path(next)}), login)


@router.post("/account/passkeys/options")
def registration_options(on: OnVisit) -> Response:
    """What to ask the browser for when somebody signed in adds a passkey."""
    token = _proved(on)
    options = passkeys.registration_options(
        on.db, on.principal, site_of(on.request), token, now=machine_now(on.request)
    )
    return Response(options, media_type="application/json")


@router.post("/account/passkeys")
def register(on: OnVisit, body: Body) -> Response:
    """Keep the passkey. The login gets a new secret: it may do more from now on."""
    token = _proved(on)
    now = machine_now(on.request)
    try:
        passkeys.register(
            on.db,
            on.principal,
            site_of(on.request),
            token,
            passkeys.parsed(body),
            "",
            asker=asker_of(on.request),
            now=now,
        )
    except Invalid:
        return JSONResponse({}, 422)
    login = own_logins.renew_after_factor(on.db, on.principal, token, now=now)
    return renewed(on.request, JSONResponse({"location": "/account?said=passkey_added"}), login)


def _proved(on: Visit) -> str:
    """The login's secret, of somebody who proved lately that it is them. Raises Forbidden, ProofNeeded."""
    _require_token(on.request, on.csrf_token)
    token = value_of(on.request, "login")
    own_logins.require_proved(on.db, on.principal, token, now=machine_now(on.request))
    return token


def _require_token(request: Request, csrf_token: str) -> None:
    given = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(given.encode(), csrf_token.encode()):
        raise Forbidden

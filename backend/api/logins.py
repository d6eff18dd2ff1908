"""Sign in for a bearer token, and out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import auth, second_factors
from backend.services.sign_in_steps import Asker, SignInPolicy, StepNeeded

router = APIRouter(prefix="/logins", tags=["logins"])


class Credentials(BaseModel, extra="forbid"):
    """Username and password."""

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    code: Annotated[str, Field(min_length=6, max_length=60)] | None = None
    """A code of the authenticator app, or a recovery code, for accounts that have a second factor."""


class Login(BaseModel):
    """A fresh login. The token is shown once."""

    token: str
    ends_at: datetime


class Me(BaseModel):
    """The acting principal."""

    display_name: str
    role: str
    language: str


@router.post("", status_code=201)
def sign_in(body: Credentials, request: Request) -> Login:
    """Check a password, and the code of a second factor where there is one.

    401 when one of them is wrong or missing, 429 after too many attempts. Staff set one up on the pages.
    """
    state, now = request.app.state, request.app.state.machine_clock.now()
    asker = Asker(request.client.host if request.client else "", "API")
    policy: SignInPolicy = state.sign_in_policy
    try:
        login = auth.sign_in(state.db, body.username, body.password, asker=asker, policy=policy, now=now)
    except StepNeeded as needed:
        if body.code is None or needed.kind != "second_factor":
            raise
        login = second_factors.show_code(
            state.db, needed.token, body.code, asker=asker, policy=policy, now=now
        )
    return Login(token=login.token, ends_at=login.ends_at)


@router.get("/current")
def who_am_i(on: OnCaller) -> Me:
    """Who the token stands for."""
    who = on.principal
    return Me(display_name=who.display_name, role=who.role, language=who.language)


@router.delete("/current", status_code=204)
def sign_out(on: OnCaller, request: Request) -> None:
    """End this login."""
    auth.sign_out(on.db, on.token, now=request.app.state.machine_clock.now())

"""Sign in for a bearer token, and out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import auth

router = APIRouter(prefix="/logins", tags=["logins"])


class Credentials(BaseModel, extra="forbid"):
    """Username and password."""

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


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
    """Check a password. 401 when it is wrong, 429 after too many attempts."""
    state = request.app.state
    login = auth.sign_in(state.db, body.username, body.password, now=state.machine_clock.now())
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

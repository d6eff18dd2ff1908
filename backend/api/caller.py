"""Who calls the API: a bearer token, or the pages' cookie. Both resolve to the same principal as the pages do."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import Depends, HTTPException, Request

from backend.access import Principal
from backend.cookies import cookie_name
from backend.services import auth

_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The acting principal, the database handle for the services, and the domain time of this call."""

    principal: Principal
    db: Any
    now: datetime
    token: str


def caller(request: Request) -> Caller:
    """The caller. Answers 401 to anybody unknown, 403 to a writing call by cookie without the login's CSRF token."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    by_bearer = scheme.lower() == "bearer" and bearer != ""
    state = request.app.state
    name = cookie_name("login", is_secure=state.cookie_secure)
    token = bearer.strip() if by_bearer else request.cookies.get(name, "")
    found = (
        auth.principal_for(state.db, token, policy=state.sign_in_policy, now=state.machine_clock.now())
        if token
        else None
    )
    if found is None:
        raise HTTPException(401, "sign in first", headers={"www-authenticate": "Bearer"})
    principal, csrf_token = found
    if not by_bearer and request.method not in _READS:
        given = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), csrf_token.encode()):
            raise HTTPException(403, "x-csrf-token is missing or wrong")
    return Caller(principal, state.db, cast("datetime", state.clock.now()), token)


OnCaller = Annotated[Caller, Depends(caller)]

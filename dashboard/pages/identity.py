"""Signing in by an identity provider: there, and back."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, NotFound, SignInFailed
from backend.services import identity_sign_in, own_logins
from backend.services.identity_provider import IdentityProvider, IdentityRefused, ProviderProblem
from backend.services.identity_sign_in import NotLinked
from backend.services.sign_in_steps import StepNeeded
from dashboard.contexts.sign_in import AwayPage
from dashboard.cookies import (
    asker_of,
    drop,
    holder_of,
    machine_now,
    next_step,
    policy_of,
    provider_of,
    put_holder,
    site_of,
    value_of,
    with_login,
)
from dashboard.site import OnForm, OnVisit, own_path, see_other, visitor

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/login/identity")
def leave(request: Request, next: str = "/") -> Response:  # noqa: A002 - the field's name in the address
    """Off to the identity provider. A link and no form: browsers let no form of ours lead to another site."""
    provider, holder = _provider(request), holder_of(request)
    try:
        address = identity_sign_in.begin(
            request.app.state.db,
            provider,
            holder,
            _back(request),
            own_path(next),
            now=machine_now(request),
        )
    except ProviderProblem:
        return see_other("/login?problem=identity_failed")
    answer = RedirectResponse(address, status_code=303)
    put_holder(request, answer, holder)
    return answer


@router.post("/account/identity")
def link(on: OnVisit, _checked: OnForm) -> Response:
    """A page that leads to the provider, for somebody signed in who links an e-identification."""
    provider, holder, now = _provider(on.request), holder_of(on.request), machine_now(on.request)
    own_logins.require_proved(on.db, on.principal, value_of(on.request, "login"), now=now)
    try:
        address = identity_sign_in.begin(
            on.db, provider, holder, _back(on.request), "/account", links=on.principal, now=now
        )
    except ProviderProblem:
        return see_other("/account", "identity_failed")
    answer = on.page("account_away.html", AwayPage(on.frame(), address, provider.settings.name))
    put_holder(on.request, answer, holder)
    return answer


@router.get("/login/identity/back")
def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Back from the provider: start a login, or link."""
    provider, db, now = _provider(request), request.app.state.db, machine_now(request)
    found = visitor(request)
    try:
        returned = identity_sign_in.come_back(
            db, provider, value_of(request, "holder"), _back(request), state, code, now=now
        )
        if returned.links is not None:
            if found is None:
                raise IdentityRefused("nobody is signed in")
            identity_sign_in.link(db, found[0], returned, asker=asker_of(request), now=now)
            answer = see_other("/account", "identity_linked")
            drop(request, answer, "holder")
            return answer
        login = identity_sign_in.sign_in(
            db, returned.identity, asker=asker_of(request), policy=policy_of(request), now=now
        )
    except StepNeeded as needed:
        return next_step(request, needed, returned.wanted)
    except Conflict:
        return see_other("/account", "identity_taken")
    except NotLinked:
        return see_other("/login?problem=identity_unknown")
    except (IdentityRefused, ProviderProblem, SignInFailed) as error:
        log.warning("an identity provider's answer was refused: %s", getattr(error, "why", "no answer"))
        if found is not None:
            return see_other("/account", "identity_failed")
        return see_other("/login?problem=identity_failed")
    return with_login(request, see_other(own_path(returned.wanted)), login)


def _provider(request: Request) -> IdentityProvider:
    provider = provider_of(request)
    if provider is None:
        raise NotFound
    return provider


def _back(request: Request) -> str:
    return f"{site_of(request).origin}/login/identity/back"

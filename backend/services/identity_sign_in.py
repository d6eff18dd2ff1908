"""Signing in by an identity provider, and linking an identity to an account while signed in."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.errors import Conflict, SignInFailed
from backend.services.identity_provider import Identity, IdentityProvider, IdentityRefused
from backend.services.sign_in_steps import (
    REQUIRED,
    STEP_LIFE,
    Asker,
    Shown,
    SignInPolicy,
    digest,
    note,
    proceed,
)
from backend.services.views import LoginResult
from backend.store import sign_in as store
from backend.store.pool import Database, enter_tenant
from backend.store.scope import NOBODY


class NotLinked(SignInFailed):
    """This e-identity belongs to no account here. Sign in another way and link it first."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody back from the provider, with the answer to our own request."""

    identity: Identity
    wanted: str
    links: UUID | None


def begin(
    db: Database,
    provider: IdentityProvider,
    holder: str,
    redirect_uri: str,
    wanted: str,
    *,
    links: Principal | None = None,
    now: datetime,
) -> str:
    """Where to send the browser. `links`: the signed-in person whose account the identity is for."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = provider.address(redirect_uri, state, nonce, verifier, now=now)
    with db.transaction(NOBODY) as conn:
        store.change(conn, "forget_identity_requests", now=now)
        store.change(
            conn,
            "add_identity_request",
            state_sha256=digest(state),
            holder_sha256=digest(holder),
            nonce=nonce,
            code_verifier=verifier,
            wanted=wanted,
            links=links.account_id if links else None,
            ends_at=now + STEP_LIFE,
        )
    return address


def come_back(
    db: Database,
    provider: IdentityProvider,
    holder: str,
    redirect_uri: str,
    state: str,
    code: str,
    *,
    now: datetime,
) -> Returned:
    """Who came back, once per request and in the browser that left. Raises IdentityRefused, ProviderProblem."""
    with db.transaction(NOBODY) as conn:
        asked = store.one(
            conn, "take_identity_request", state_sha256=digest(state), holder_sha256=digest(holder)
        )
    if asked is None or asked["ends_at"] <= now:
        raise IdentityRefused("state")
    if not code:
        raise IdentityRefused("the person or the provider said no")
    found = provider.identity(code, redirect_uri, asked["nonce"], asked["code_verifier"], now=now)
    return Returned(found, asked["wanted"], asked["links"])


def sign_in(
    db: Database,
    identity: Identity,
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """Start a login for the account this identity is linked to. Raises NotLinked, StepNeeded, SignInFailed."""
    with db.transaction(NOBODY) as conn:
        tenant_id = store.tenant_of(conn, "identity", identity.digest)
        if tenant_id is None:
            raise NotLinked
        enter_tenant(conn, tenant_id)
        row = store.one(conn, "use_identity", identity_sha256=identity.digest, now=now)
        if row is None:
            raise NotLinked
    shown = Shown("oidc", is_strong=identity.is_strong)
    return proceed(db, row["account_id"], tenant_id, shown, asker=asker, policy=policy, now=now)


def link(db: Database, principal: Principal, returned: Returned, *, asker: Asker, now: datetime) -> None:
    """Link an identity to the account of whoever asked for it. Raises IdentityRefused, Conflict when it is taken."""
    if returned.links != principal.account_id:
        raise IdentityRefused("another person is signed in now")
    with db.transaction(principal) as conn:
        added = store.change(
            conn,
            "add_identity",
            identity_sha256=returned.identity.digest,
            tenant_id=principal.tenant_id,
            account_id=principal.account_id,
            issuer=returned.identity.issuer,
            now=now,
        )
        if not added:
            raise Conflict("this identity is linked already")
        account = {"tenant_id": principal.tenant_id, "account_id": principal.account_id}
        note(conn, account, "identity_added", by=principal.account_id, browser=asker.browser, now=now)

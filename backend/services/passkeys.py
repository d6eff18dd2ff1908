"""Passkeys (WebAuthn): discoverable, with user verification, so that one is both factors at once.

What is asked of a browser (the challenge) is stored with it, used once, and ends after five minutes. A passkey is bound
to the site by the browser itself: a copy of our pages elsewhere gets no answer that fits.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.access.principal import Principal
from backend.errors import Invalid, NotFound, SignInFailed
from backend.services.sign_in_steps import (
    REQUIRED,
    Asker,
    Shown,
    SignInPolicy,
    digest,
    note,
    proceed,
    step_of,
)
from backend.services.views import LoginResult
from backend.store import sign_in as store
from backend.store.pool import Database, enter_tenant
from backend.store.scope import NOBODY

CHALLENGE_LIFE: Final = timedelta(minutes=5)
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Site:
    """The site passkeys are bound to, as browsers name it."""

    origin: str

    @property
    def name(self) -> str:
        """The host without port: the relying party's id."""
        return urlsplit(self.origin).hostname or ""

    @property
    def can_have_passkeys(self) -> bool:
        """Browsers make passkeys for names only, over TLS or on one's own machine."""
        parts = urlsplit(self.origin)
        try:
            ip_address(self.name)
        except ValueError:
            return parts.scheme == "https" or self.name == "localhost"
        return False


def registration_options(
    db: Database, principal: Principal, site: Site, holder: str, *, now: datetime
) -> str:
    """What the browser needs to make a passkey for this account, as JSON. `holder`: the browser's own secret."""
    _require_site(site)
    with db.transaction(principal) as conn:
        account = store.one(conn, "account", account_id=principal.account_id)
        have = store.every(conn, "passkeys", account_id=principal.account_id)
        if account is None or len(have) >= MOST:
            raise Invalid
        options = generate_registration_options(
            rp_id=site.name,
            rp_name="Nykter",
            user_id=principal.account_id.bytes,
            user_name=account["username"],
            user_display_name=account["display_name"],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(one["credential_id"]) for one in have],
        )
        _remember(conn, holder, "register", options.challenge, now)
    return options_to_json(options)


def register(
    db: Database,
    principal: Principal,
    site: Site,
    holder: str,
    answer: Mapping[str, Any],
    name: str,
    *,
    asker: Asker,
    now: datetime,
) -> None:
    """Keep the public half of a new passkey. Raises Invalid when the answer is not one to our challenge."""
    _require_site(site)
    challenge = _taken(db, holder, "register", now)
    try:
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid("the browser's answer does not fit") from error
    with db.transaction(principal) as conn:
        added = store.change(
            conn,
            "add_passkey",
            credential_id=made.credential_id,
            tenant_id=principal.tenant_id,
            account_id=principal.account_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name.strip()[:60] or asker.browser or "Passkey",
            now=now,
        )
        if not added:
            raise Invalid("this passkey is known already")
        account = {"tenant_id": principal.tenant_id, "account_id": principal.account_id}
        note(conn, account, "passkey_added", by=principal.account_id, browser=asker.browser, now=now)


def enrol(
    db: Database,
    step_token: str,
    site: Site,
    answer: Mapping[str, Any],
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """Keep a first passkey during a sign-in that asks for one, and start the login. Raises StepOver, Invalid."""
    step = step_of(db, step_token, now=now, kind="enrol")
    principal = step.principal
    register(db, principal, site, step_token, answer, "", asker=asker, now=now)
    with db.transaction(principal) as conn:
        store.change(conn, "end_step", token_sha256=step.token_sha256)
    shown = Shown("passkey", is_strong=True)
    return proceed(db, principal.account_id, principal.tenant_id, shown, asker=asker, policy=policy, now=now)


def remove(db: Database, principal: Principal, key: str, *, asker: Asker, now: datetime) -> None:
    """Forget a passkey of one's own. Raises NotFound."""
    try:
        credential_id = bytes.fromhex(key)
    except ValueError:
        raise NotFound from None
    with db.transaction(principal) as conn:
        if not store.change(
            conn, "remove_passkey", credential_id=credential_id, account_id=principal.account_id
        ):
            raise NotFound
        account = {"tenant_id": principal.tenant_id, "account_id": principal.account_id}
        note(conn, account, "passkey_removed", by=principal.account_id, browser=asker.browser, now=now)


def sign_in_options(db: Database, site: Site, holder: str, *, now: datetime) -> str:
    """What the browser needs to sign in with any passkey it has for us, as JSON."""
    _require_site(site)
    options = generate_authentication_options(
        rp_id=site.name, user_verification=UserVerificationRequirement.REQUIRED
    )
    with db.transaction(NOBODY) as conn:
        store.change(conn, "forget_challenges", now=now)
        _remember(conn, holder, "sign_in", options.challenge, now)
    return options_to_json(options)


def sign_in(
    db: Database,
    site: Site,
    holder: str,
    answer: Mapping[str, Any],
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """Start a login with a passkey. No wait after others' failures: there is nothing to guess. Raises SignInFailed."""
    account_id, tenant_id = prove(db, site, holder, answer, now=now)
    shown = Shown("passkey", is_strong=True)
    return proceed(db, account_id, tenant_id, shown, asker=asker, policy=policy, now=now)


def prove(
    db: Database, site: Site, holder: str, answer: Mapping[str, Any], *, now: datetime
) -> tuple[UUID, str]:
    """The account and tenant whose passkey answered our challenge. Raises SignInFailed."""
    _require_site(site)
    try:
        challenge = _taken(db, holder, "sign_in", now)
        credential_id = base64url_to_bytes(str(answer["rawId"]))
    except (Invalid, KeyError, ValueError) as error:
        raise SignInFailed from error
    with db.transaction(NOBODY) as conn:
        tenant_id = store.tenant_of(conn, "passkey", credential_id)
        if tenant_id is None:
            raise SignInFailed
        enter_tenant(conn, tenant_id)
        row = store.one(conn, "passkey", credential_id=credential_id)
        if row is None:
            raise SignInFailed
        try:
            proved = verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=site.name,
                expected_origin=site.origin,
                credential_public_key=row["public_key"],
                credential_current_sign_count=row["sign_count"],
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise SignInFailed from error
        store.change(
            conn, "passkey_used", credential_id=credential_id, sign_count=proved.new_sign_count, now=now
        )
    return row["account_id"], tenant_id


def parsed(body: bytes) -> Mapping[str, Any]:
    """A browser's answer. Raises Invalid."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise Invalid from error
    if not isinstance(answer, dict):
        raise Invalid
    return answer


def _require_site(site: Site) -> None:
    if not site.can_have_passkeys:
        raise Invalid("passkeys need a name and TLS")


def _remember(conn: Any, holder: str, purpose: str, challenge: bytes, now: datetime) -> None:
    store.change(
        conn,
        "put_challenge",
        holder_sha256=digest(holder),
        purpose=purpose,
        challenge=challenge,
        ends_at=now + CHALLENGE_LIFE,
    )


def _taken(db: Database, holder: str, purpose: str, now: datetime) -> bytes:
    with db.transaction(NOBODY) as conn:
        row = store.one(conn, "take_challenge", holder_sha256=digest(holder), purpose=purpose, now=now)
    if row is None:
        raise Invalid("there is no such request, or it took too long")
    challenge: bytes = row["challenge"]
    return challenge

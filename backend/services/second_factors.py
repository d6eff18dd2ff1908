"""Authenticator apps and recovery codes.

TOTP after RFC 6238: six digits, 30 seconds, one step of drift either way; each step counts once, whoever shows it
(compliance reference 7.5, V6.5.1 and V6.5.5). A recovery code is 118 random bits, so a plain SHA-256 of it may be kept
(V6.5.2), and is used up.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp

from backend.access.principal import Principal
from backend.errors import Conflict, SignInFailed
from backend.services.guessing import refuse_guessing, second_factor_of
from backend.services.sign_in_steps import (
    REQUIRED,
    Asker,
    Method,
    Shown,
    SignInPolicy,
    StepOver,
    digest,
    is_known,
    known_key,
    note,
    proceed,
    step_of,
)
from backend.services.views import LoginResult
from backend.store import logins, sealed_secret
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row

PERIOD_S: Final = 30
DIGITS: Final = 6
RECOVERY_CODES: Final = 8
TRIES_PER_STEP: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"
_GROUPS, _GROUP = 6, 4


@dataclass(frozen=True, slots=True)
class NewTotp:
    """A secret to put into an authenticator app, shown until its first code is given."""

    secret: str
    uri: str


def offer_totp(db: Database, principal: Principal, *, now: datetime) -> NewTotp:
    """A secret for an authenticator app. Asked for again, the one that waits is shown again. Raises Conflict."""
    with db.transaction(principal) as conn:
        row = store.one(conn, "totp", account_id=principal.account_id)
        if row is not None and row["confirmed_at"] is not None:
            raise Conflict("there is an authenticator app already; remove it first")
        secret = _secret(conn, principal, row) if row is not None else pyotp.random_base32()
        if row is None:
            store.change(
                conn,
                "put_totp",
                account_id=principal.account_id,
                tenant_id=principal.tenant_id,
                secret=sealed_secret.seal_totp(conn, principal.account_id, secret),
                now=now,
            )
        account = store.one(conn, "account", account_id=principal.account_id)
    assert account is not None
    uri = pyotp.TOTP(secret).provisioning_uri(name=account["username"], issuer_name="Nykter")
    return NewTotp(secret, uri)


def confirm_totp(
    db: Database, principal: Principal, code: str, *, asker: Asker, now: datetime
) -> tuple[str, ...]:
    """Take the app into use with its first code; returns recovery codes, shown once. Raises SignInFailed."""
    with db.transaction(principal) as conn:
        refuse_guessing(conn, second_factor_of(str(principal.account_id)), now)
        row = store.one(conn, "totp", account_id=principal.account_id)
        fits = (
            row is not None
            and row["confirmed_at"] is None
            and _uses_totp(conn, principal, _secret(conn, principal, row), code, now)
        )
        if fits:
            store.change(conn, "confirm_totp", account_id=principal.account_id, now=now)
            _note(conn, principal, "totp_added", asker, now)
            return _new_recovery_codes(conn, principal, now)
        logins.remember_failure(conn, f"second {principal.account_id}", now=now)
    raise SignInFailed


def remove_totp(db: Database, principal: Principal, *, asker: Asker, now: datetime) -> None:
    """Remove the authenticator app, and the recovery codes when no passkey is left."""
    with db.transaction(principal) as conn:
        if store.change(conn, "remove_totp", account_id=principal.account_id):
            _note(conn, principal, "totp_removed", asker, now)
        factors = store.one(conn, "has_factor", account_id=principal.account_id)
        if factors is not None and not factors["passkey"]:
            store.change(conn, "remove_recovery_codes", account_id=principal.account_id)


def new_recovery_codes(db: Database, principal: Principal, *, asker: Asker, now: datetime) -> tuple[str, ...]:
    """New recovery codes, shown once; earlier ones end."""
    with db.transaction(principal) as conn:
        _note(conn, principal, "recovery_codes_made", asker, now)
        return _new_recovery_codes(conn, principal, now)


def show_code(
    db: Database,
    step_token: str,
    code: str,
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """A code of the app, or a recovery code, as the second factor of a sign-in under way.

    Raises SignInFailed for a wrong or used code, TooManyAttempts, StepOver.
    """
    step = step_of(db, step_token, now=now, kind="second_factor")
    if step.failures >= TRIES_PER_STEP:
        raise StepOver
    principal = step.principal
    with db.transaction(principal) as conn:
        known = is_known(conn, principal.account_id, asker, now)
        tries = second_factor_of(known_key(asker) if known else str(principal.account_id))
        refuse_guessing(conn, tries, now)
        method = used_factor(conn, principal, code, now)
        if method is None:
            store.change(conn, "step_failed", token_sha256=step.token_sha256)
            logins.remember_failure(conn, tries.key, now=now)
        else:
            store.change(conn, "end_step", token_sha256=step.token_sha256)
            if method == "recovery":
                _note(conn, principal, "recovery_code_used", asker, now)
    if method is None:
        raise SignInFailed
    shown = Shown(method, is_strong=True)
    return proceed(db, principal.account_id, principal.tenant_id, shown, asker=asker, policy=policy, now=now)


def enrol_totp(
    db: Database,
    step_token: str,
    code: str,
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> tuple[tuple[str, ...], LoginResult]:
    """Take an app into use during a sign-in that asks for it: recovery codes, and the login.

    Raises SignInFailed, TooManyAttempts, StepOver.
    """
    step = step_of(db, step_token, now=now, kind="enrol")
    principal = step.principal
    codes = confirm_totp(db, principal, code, asker=asker, now=now)
    with db.transaction(principal) as conn:
        store.change(conn, "end_step", token_sha256=step.token_sha256)
    shown = Shown("totp", is_strong=True)
    return codes, proceed(
        db, principal.account_id, principal.tenant_id, shown, asker=asker, policy=policy, now=now
    )


def used_factor(conn: Connection, principal: Principal, code: str, now: datetime) -> Method | None:
    """Use a code up: `totp` or `recovery`; None when it is neither, or was used before."""
    typed = "".join(code.split()).lower()
    row = store.one(conn, "totp", account_id=principal.account_id)
    is_short = len(typed) == DIGITS  # a recovery code is longer, and needs no secret that might not open
    if (
        row is not None
        and is_short
        and row["confirmed_at"] is not None
        and _uses_totp(conn, principal, _secret(conn, principal, row), typed, now)
    ):
        return "totp"
    plain = typed.replace("-", "")
    used = len(plain) == _GROUPS * _GROUP and store.change(
        conn, "use_recovery_code", code_sha256=digest(plain), account_id=principal.account_id, now=now
    )
    return "recovery" if used else None


def _secret(conn: Connection, principal: Principal, row: Row) -> str:
    return sealed_secret.open_totp(conn, principal.account_id, row["secret"])


def _uses_totp(conn: Connection, principal: Principal, secret: str, code: str, now: datetime) -> bool:
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return False
    app, current = pyotp.TOTP(secret, interval=PERIOD_S), int(now.timestamp()) // PERIOD_S
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(app.generate_otp(step), typed):
            return bool(store.change(conn, "use_totp_step", account_id=principal.account_id, step=step))
    return False


def _new_recovery_codes(conn: Connection, principal: Principal, now: datetime) -> tuple[str, ...]:
    store.change(conn, "remove_recovery_codes", account_id=principal.account_id)
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        store.change(
            conn,
            "add_recovery_code",
            code_sha256=digest(code.replace("-", "")),
            tenant_id=principal.tenant_id,
            account_id=principal.account_id,
            now=now,
        )
    return codes


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _note(conn: Connection, principal: Principal, kind: str, asker: Asker, now: datetime) -> None:
    account = {"tenant_id": principal.tenant_id, "account_id": principal.account_id}
    note(conn, account, kind, by=principal.account_id, browser=asker.browser, now=now)

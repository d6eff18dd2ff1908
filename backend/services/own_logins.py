"""One's own account: password, second factors, identities, logins. Changes ask first who one is."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.errors import NotFound, SignInFailed
from backend.services.account_codes import store_password
from backend.services.guessing import Tries, refuse_guessing
from backend.services.passwords import is_password
from backend.services.phones import Phone
from backend.services.phones import own as own_phones
from backend.services.second_factors import used_factor
from backend.services.sign_in_steps import PROOF_LASTS, Asker, ProofNeeded, digest, note
from backend.services.views import LoginResult
from backend.store import logins
from backend.store import sign_in as store
from backend.store.pool import Connection, Database


@dataclass(frozen=True, slots=True)
class OwnLogin:
    """One place where the account is signed in."""

    login_id: UUID
    method: str
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A passkey, by its id in hex."""

    key: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """An e-identity that is linked."""

    identity_id: UUID
    issuer: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that was done with the account. `by`: somebody else's name, or None for oneself."""

    at: datetime
    kind: str
    browser: str
    by: str | None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """All that a person sees of their own account."""

    username: str
    has_password: bool
    totp_since: datetime | None
    recovery_left: int
    passkeys: tuple[OwnPasskey, ...]
    identities: tuple[OwnIdentity, ...]
    logins: tuple[OwnLogin, ...]
    phones: tuple[Phone, ...]
    events: tuple[AccountEvent, ...]
    is_proved: bool


def overview(db: Database, principal: Principal, token: str, *, now: datetime) -> OwnAccount:
    """One's own account, logins, and what was done with it lately."""
    own = principal.account_id
    with db.transaction(principal) as conn:
        account = store.one(conn, "account", account_id=own)
        assert account is not None, "who is signed in has an account"
        totp = store.one(conn, "totp", account_id=own)
        left = store.one(conn, "recovery_left", account_id=own)
        passkeys = store.every(conn, "passkeys", account_id=own)
        identities = store.every(conn, "identities", account_id=own)
        open_logins = store.every(conn, "logins", account_id=own, now=now)
        events = store.every(conn, "events", account_id=own)
        is_proved = _is_proved(conn, token, now)
    return OwnAccount(
        account["username"],
        account["password_hash"] is not None,
        totp["confirmed_at"] if totp else None,
        left["n"] if left else 0,
        tuple(
            OwnPasskey(bytes(one["credential_id"]).hex(), one["name"], one["created_at"], one["used_at"])
            for one in passkeys
        ),
        tuple(
            OwnIdentity(one["identity_id"], one["issuer"], one["created_at"], one["used_at"])
            for one in identities
        ),
        tuple(
            OwnLogin(
                one["login_id"],
                one["method"],
                one["browser"],
                one["created_at"],
                one["seen_at"],
                bytes(one["token_sha256"]) == digest(token),
            )
            for one in open_logins
        ),
        own_phones(db, principal) if principal.is_client else (),
        tuple(
            AccountEvent(
                one["at"],
                one["kind"],
                one["browser"],
                None if one["by_account"] == own else one["by_name"] or "Nykter",
            )
            for one in events
        ),
        is_proved,
    )


def require_proved(db: Database, principal: Principal, token: str, *, now: datetime) -> None:
    """Raise ProofNeeded unless the person proved lately, in this login, that it is them."""
    with db.transaction(principal) as conn:
        if not _is_proved(conn, token, now):
            raise ProofNeeded


def prove(
    db: Database,
    principal: Principal,
    token: str,
    secret: str,
    *,
    now: datetime,
) -> LoginResult:
    """Prove anew who one is, with the password or a code; the login gets a new secret. Raises SignInFailed."""
    tries = Tries(f"prove {principal.account_id}")
    with db.transaction(principal) as conn:
        refuse_guessing(conn, tries, now)
        account = store.one(conn, "account", account_id=principal.account_id)
        fits = account is not None and (
            is_password(account["password_hash"], secret)
            or used_factor(conn, principal, secret, now) is not None
        )
        if fits:
            logins.forget_failures(conn, tries.key, before=now - PROOF_LASTS)
            return renew(conn, token, is_strong=False, now=now)
        logins.remember_failure(conn, tries.key, now=now)
    raise SignInFailed


def renew_after_factor(db: Database, principal: Principal, token: str, *, now: datetime) -> LoginResult:
    """A new secret for the login in which a second factor was just set up. Raises NotFound."""
    with db.transaction(principal) as conn:
        return renew(conn, token, is_strong=True, now=now)


def renew(conn: Connection, token: str, *, is_strong: bool, now: datetime) -> LoginResult:
    """Give a login a new secret, proved now. Raises NotFound when it has ended."""
    new, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = store.one(
        conn,
        "renew_login",
        token_sha256=digest(token),
        new_sha256=digest(new),
        csrf_token=csrf_token,
        is_strong=is_strong,
        now=now,
    )
    if row is None:
        raise NotFound
    return LoginResult(new, csrf_token, row["ends_at"])


def change_password(
    db: Database, principal: Principal, token: str, old: str, new: str, *, asker: Asker, now: datetime
) -> LoginResult:
    """Change one's password, knowing the old one. Every other login ends, and this one gets a new secret.

    Raises SignInFailed for a wrong old password, TooManyAttempts, PasswordRefused.
    """
    tries = Tries(f"prove {principal.account_id}")
    with db.transaction(principal) as conn:
        refuse_guessing(conn, tries, now)
        account = store.one(conn, "account", account_id=principal.account_id)
        if account is not None and is_password(account["password_hash"], old):
            store_password(conn, account, new, asker=asker, now=now)
            store.change(conn, "end_logins", account_id=principal.account_id, but=digest(token))
            store.change(conn, "end_steps_of", account_id=principal.account_id)
            return renew(conn, token, is_strong=False, now=now)
        logins.remember_failure(conn, tries.key, now=now)
    raise SignInFailed


def end_one(db: Database, principal: Principal, login_id: UUID, *, now: datetime) -> None:
    """End one of one's own logins. Raises NotFound."""
    with db.transaction(principal) as conn:
        if not store.change(conn, "end_login_by_id", login_id=login_id, account_id=principal.account_id):
            raise NotFound
        _note(conn, principal, "login_ended", now)


def end_others(db: Database, principal: Principal, token: str, *, now: datetime) -> int:
    """End all of one's own logins but this one; how many."""
    with db.transaction(principal) as conn:
        ended = store.change(conn, "end_logins", account_id=principal.account_id, but=digest(token))
        store.change(conn, "forget_known_browsers", account_id=principal.account_id, all=True, since=now)
        _note(conn, principal, "other_logins_ended", now)
    return ended


def remove_identity(db: Database, principal: Principal, identity_id: UUID, *, now: datetime) -> None:
    """Unlink an e-identity. Raises NotFound."""
    with db.transaction(principal) as conn:
        if not store.change(
            conn, "remove_identity", identity_id=identity_id, account_id=principal.account_id
        ):
            raise NotFound
        _note(conn, principal, "identity_removed", now)


def _is_proved(conn: Connection, token: str, now: datetime) -> bool:
    row = store.one(conn, "login", token_sha256=digest(token))
    return row is not None and row["proved_at"] is not None and now - row["proved_at"] <= PROOF_LASTS


def _note(conn: Connection, principal: Principal, kind: str, now: datetime) -> None:
    account = {"tenant_id": principal.tenant_id, "account_id": principal.account_id}
    note(conn, account, kind, by=principal.account_id, now=now)

"""From a first proof to a login: what else has to be shown, and the login itself.

Nobody is signed in before the last proof. Until then the browser holds a step, a secret of its own that opens the next
form and nothing else; so a forgotten check on some page shows nothing to somebody who knows a password only. Each login
has a new secret, whatever the browser came with.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from backend.access.principal import Language, Principal, Role
from backend.errors import BackendError, SignInFailed
from backend.services.views import LoginResult
from backend.store import logins
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY, tenant_scope

STAFF_IDLE: Final = timedelta(minutes=30)
STAFF_LONGEST: Final = timedelta(hours=12)
CLIENT_LONGEST: Final = timedelta(days=30)
PHONE_LOGIN_LONGEST: Final = timedelta(hours=24)
"""A login from a client's phone; the phone renews it by itself."""
STEP_LIFE: Final = timedelta(minutes=10)
PROOF_LASTS: Final = timedelta(minutes=10)
"""How long after proving who one is the account may be changed without proving it again."""
KNOWN_FOR: Final = timedelta(days=180)

Method = Literal["password", "totp", "recovery", "passkey", "oidc", "code", "device"]
StepKind = Literal["second_factor", "enrol", "password"]


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """What this deployment asks for."""

    staff_second_factor: bool = True


REQUIRED: Final = SignInPolicy()
OPTIONAL: Final = SignInPolicy(staff_second_factor=False)


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a request comes from: address, browser in words, and the secret of a browser used before."""

    address: str = ""
    browser: str = ""
    known: str = ""


NOWHERE: Final = Asker()


@dataclass(frozen=True, slots=True)
class Shown:
    """What has been proved so far."""

    method: Method
    is_strong: bool = False
    phone_id: UUID | None = None
    is_renewal: bool = False


class StepNeeded(SignInFailed):
    """Something more has to be shown: a second factor."""

    def __init__(self, token: str, kind: StepKind, ends_at: datetime) -> None:
        super().__init__()
        self.token, self.kind, self.ends_at = token, kind, ends_at


class StepOver(SignInFailed):
    """This sign-in took too long, or too many codes were wrong. Start again."""


class ProofNeeded(BackendError):
    """Prove first that it is you."""

    status = 403


@dataclass(frozen=True, slots=True)
class Step:
    """A sign-in under way."""

    principal: Principal
    kind: StepKind
    method: Method
    token_sha256: bytes
    failures: int


def digest(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits, or of a code of at least 100."""
    return sha256(secret.encode()).digest()


def proceed(
    db: Database,
    account_id: UUID,
    tenant_id: str,
    shown: Shown,
    *,
    asker: Asker,
    policy: SignInPolicy,
    now: datetime,
) -> LoginResult:
    """Start a login when enough was shown. Raises StepNeeded otherwise; SignInFailed for a disabled account."""
    with db.transaction(tenant_scope(tenant_id)) as conn:
        account = store.one(conn, "account", account_id=account_id)
        if account is None or account["disabled_at"] is not None:
            raise SignInFailed
        kind = _still_needed(conn, account, shown, policy)
        if kind is None:
            return start_login(conn, account, shown, asker=asker, now=now)
        needed = begin_step(conn, account, kind, shown.method, asker=asker, now=now)
    raise needed


def begin_step(
    conn: Connection, account: Row, kind: StepKind, method: Method, *, asker: Asker, now: datetime
) -> StepNeeded:
    """Hand out the secret of a step, as the error to raise once the transaction is over."""
    token, ends_at = secrets.token_urlsafe(32), now + STEP_LIFE
    store.change(conn, "forget_steps", now=now)
    store.change(
        conn,
        "add_step",
        token_sha256=digest(token),
        tenant_id=account["tenant_id"],
        account_id=account["account_id"],
        kind=kind,
        method=method,
        browser=asker.browser,
        now=now,
        ends_at=ends_at,
    )
    return StepNeeded(token, kind, ends_at)


def start_login(conn: Connection, account: Row, shown: Shown, *, asker: Asker, now: datetime) -> LoginResult:
    """A new login, for a caller who has checked that enough was shown."""
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ends_at = now + _longest(account["role"], shown)
    account_id = account["account_id"]
    if not shown.is_renewal:
        for key in (account["username"], f"second {account_id}", *_of_browser(conn, account_id, asker, now)):
            logins.forget_failures(conn, key, before=now - timedelta(days=1))
        note(conn, account, "signed_in", by=account_id, browser=asker.browser, now=now)
    logins.start(
        conn,
        digest(token),
        account_id,
        csrf_token,
        now=now,
        ends_at=ends_at,
        method=shown.method,
        is_strong=shown.is_strong,
        browser=asker.browser,
        proved_at=None if shown.is_renewal else now,
        phone_id=shown.phone_id,
    )
    known = "" if shown.phone_id else _known_browser(conn, account, asker, now)
    return LoginResult(token, csrf_token, ends_at, known)


def note(
    conn: Connection, account: Row, kind: str, *, by: UUID | None, browser: str = "", now: datetime
) -> None:
    """Write down what was done with an account."""
    store.change(
        conn,
        "event",
        tenant_id=account["tenant_id"],
        account_id=account["account_id"],
        kind=kind,
        by_account=by,
        browser=browser,
        now=now,
    )


def is_known(conn: Connection, account_id: UUID, asker: Asker, now: datetime) -> bool:
    """Whether the account's owner has signed in with this browser before."""
    return bool(asker.known) and (
        store.one(
            conn,
            "is_known_browser",
            token_sha256=digest(asker.known),
            account_id=account_id,
            since=now - KNOWN_FOR,
            now=now,
        )
        is not None
    )


def step_of(db: Database, token: str, *, now: datetime, kind: StepKind | None = None) -> Step:
    """The sign-in under way that a browser's secret stands for. Raises StepOver."""
    with db.transaction(NOBODY) as conn:
        tenant_id = store.tenant_of(conn, "step", digest(token)) if token else None
        if tenant_id is None:
            raise StepOver
        enter_tenant(conn, tenant_id)
        row = store.one(conn, "step", token_sha256=digest(token), now=now)
        account = store.one(conn, "account", account_id=row["account_id"]) if row is not None else None
    if row is None or account is None or account["disabled_at"] is not None:
        raise StepOver
    if kind is not None and row["kind"] != kind:
        raise StepOver
    return Step(principal_of(account), row["kind"], row["method"], row["token_sha256"], row["failures"])


def principal_of(account: Row) -> Principal:
    """The account as the one who acts."""
    role: Role = account["role"]
    language: Language = account["language"]
    return Principal(
        account["account_id"],
        account["tenant_id"],
        role,
        account["unit_id"],
        account["client_id"],
        account["display_name"],
        language,
    )


def is_staff(role: str) -> bool:
    """Whether a second factor is asked of this role: neither of clients nor of their relatives."""
    return role not in {"client", "relative"}


def known_key(asker: Asker) -> str:
    """What failures in a known browser are counted by."""
    return f"known {digest(asker.known).hex()}"


def _of_browser(conn: Connection, account_id: UUID, asker: Asker, now: datetime) -> tuple[str, ...]:
    if not is_known(conn, account_id, asker, now):
        return ()
    return known_key(asker), f"second {known_key(asker)}"


def _still_needed(conn: Connection, account: Row, shown: Shown, policy: SignInPolicy) -> StepKind | None:
    if shown.is_strong or shown.phone_id is not None:
        return None
    factors = store.one(conn, "has_factor", account_id=account["account_id"])
    if factors is not None and (factors["totp"] or factors["passkey"]):
        return "second_factor"
    return "enrol" if policy.staff_second_factor and is_staff(account["role"]) else None


def _longest(role: str, shown: Shown) -> timedelta:
    if shown.phone_id is not None:
        return PHONE_LOGIN_LONGEST
    return CLIENT_LONGEST if role == "client" else STAFF_LONGEST


def _known_browser(conn: Connection, account: Row, asker: Asker, now: datetime) -> str:
    """The browser's secret: the one it has, or a new one."""
    account_id = account["account_id"]
    if is_known(conn, account_id, asker, now):
        return asker.known
    store.change(conn, "forget_known_browsers", account_id=account_id, all=False, since=now - KNOWN_FOR)
    token = secrets.token_urlsafe(32)
    store.change(
        conn,
        "add_known_browser",
        token_sha256=digest(token),
        tenant_id=account["tenant_id"],
        account_id=account_id,
        now=now,
    )
    return token

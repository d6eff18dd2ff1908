"""A client's phone as a login: let in by staff in person, without e-identity, password or JavaScript.

The phone keeps a secret that changes each time it signs in. The one before holds until the new one has come back, so
that an answer lost on the way locks nobody out; one older than that can only be a copy, and ends the phone's login.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import may_name, own_client, require_lasting, require_visible
from backend.errors import Forbidden, NotFound, SignInFailed
from backend.services.account_codes import (
    CodeRefused,
    IssuedCode,
    enter_code,
    issue,
    refuse_guessed_codes,
    remember_wrong_code,
    used,
)
from backend.services.sign_in_steps import Asker, Shown, digest, note, start_login
from backend.services.views import LoginResult
from backend.store import access_log
from backend.store import enrolment as accounts
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY

COOKIE_LIFE: Final = timedelta(days=400)
"""The longest that browsers keep a cookie; counted anew at each use."""


AT_ONCE: Final = timedelta(seconds=60)
"""Two pages opened at the same moment show the same secret."""


class PhoneForgotten(SignInFailed):
    """This phone is no longer let in. Ask your contact at the clinic for a new link."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that was let in."""

    phone_id: UUID
    name: str
    let_in_at: datetime
    let_in_by: str | None
    used_at: datetime
    ended_at: datetime | None
    was_copied: bool


@dataclass(frozen=True, slots=True)
class ClientPhones:
    """A client's phones, for staff: whose, which, and until when an unused link holds."""

    alias: str
    display_name: str | None
    phones: tuple[Phone, ...]
    waiting_until: datetime | None


def issue_link(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, machine_now: datetime
) -> IssuedCode:
    """A one-time code that lets one phone in as this client; an unused one before it ends.

    `now` decides who is seen; codes and phones go by `machine_now`, as all logins do.

    Raises NotFound for a stranger, Forbidden for who gives no care, or sees the client for an hour only (emergency).
    """
    with db.transaction(principal) as conn:
        client = require_lasting(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        account = _account_of(conn, client_id, machine_now)
        access_log.write(conn, principal, [client], "phone_link_made", now=now)
        return issue(conn, account, "phone", principal.account_id, now=machine_now)


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, machine_now: datetime
) -> ClientPhones:
    """A client's phones, for staff who give them care. Raises NotFound, Forbidden."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        name = store.one(conn, "client_name", client_id=client)
        assert name is not None, "a visible client exists"
        account = store.one(conn, "account_of_client", client_id=client)
        account_id = account["account_id"] if account else None
        waiting = store.every(conn, "codes_waiting", account_id=account_id, now=machine_now)
        phones = _phones(conn, account_id)
        shown = name["display_name"] if may_name(conn, principal, client, now) else None
        access_log.write(conn, principal, [client], "phones", now=now)
    until = next((one["ends_at"] for one in waiting if one["purpose"] == "phone"), None)
    return ClientPhones(name["alias"], shown, phones, until)


def end_for_client(
    db: Database,
    principal: Principal,
    client_id: UUID,
    phone_id: UUID,
    *,
    now: datetime,
    machine_now: datetime,
) -> None:
    """Let a client's phone in no more; it is signed out at once. Raises NotFound, Forbidden."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        account = store.one(conn, "account_of_client", client_id=client)
        if account is None:
            raise NotFound
        _end(conn, account["account_id"], phone_id, principal, machine_now)
        access_log.write(conn, principal, [client], "phone_ended", now=now)


def own(db: Database, principal: Principal) -> tuple[Phone, ...]:
    """One's own phones. Raises NotFound for anybody but a client."""
    own_client(principal)
    with db.transaction(principal) as conn:
        return _phones(conn, principal.account_id)


def end_own(db: Database, principal: Principal, phone_id: UUID, *, now: datetime) -> None:
    """Let a phone of one's own in no more. Raises NotFound."""
    own_client(principal)
    with db.transaction(principal) as conn:
        _end(conn, principal.account_id, phone_id, principal, now)


def greet(db: Database, code: str, *, asker: Asker, now: datetime) -> str:
    """The name of the client a link is for, so that they see it is theirs. Uses nothing up. Raises CodeRefused."""
    refuse_guessed_codes(db, asker, now)
    with db.transaction(NOBODY) as conn:
        row = enter_code(conn, code, now)
    if row is None or row["purpose"] != "phone":
        remember_wrong_code(db, asker, now)
        raise CodeRefused
    name: str = row["display_name"]
    return name


def let_in(db: Database, code: str, name: str, *, asker: Asker, now: datetime) -> tuple[LoginResult, str]:
    """Let the phone that shows a code in: its login, and the secret it keeps. Raises CodeRefused, TooManyAttempts."""
    refuse_guessed_codes(db, asker, now)
    with db.transaction(NOBODY) as conn:
        row = enter_code(conn, code, now)
        account = used(conn, row, code, now) if row is not None and row["purpose"] == "phone" else None
        if row is not None and account is not None:
            phone_id, secret = uuid4(), secrets.token_urlsafe(32)
            store.change(
                conn,
                "add_phone",
                phone_id=phone_id,
                tenant_id=account["tenant_id"],
                account_id=account["account_id"],
                name=name.strip()[:60] or asker.browser or "Telefon",
                token_sha256=digest(secret),
                let_in_by=row["issued_by"],
                now=now,
            )
            note(conn, account, "phone_added", by=row["issued_by"], browser=asker.browser, now=now)
            login = start_login(conn, account, Shown("code", phone_id=phone_id), asker=asker, now=now)
            return login, secret
    remember_wrong_code(db, asker, now)
    raise CodeRefused


def renew(db: Database, secret: str, *, asker: Asker, now: datetime) -> tuple[LoginResult, str]:
    """A login for a phone that was let in, and its next secret; empty when it keeps the one it has.

    Raises PhoneForgotten.
    """
    with db.transaction(NOBODY) as conn:
        tenant_id = store.tenant_of(conn, "phone", digest(secret))
        if tenant_id is None:
            raise PhoneForgotten
        enter_tenant(conn, tenant_id)
        phone = store.one(conn, "phone_by_token", token_sha256=digest(secret))
        account = store.one(conn, "account", account_id=phone["account_id"]) if phone else None
        if phone is not None and account is not None and account["disabled_at"] is None:
            return _renewed(conn, phone, account, secret, asker, now)
        copied = store.one(conn, "phone_copied", token_sha256=digest(secret), now=now)
        if copied is not None:
            store.change(conn, "end_logins_of_phone", phone_id=copied["phone_id"])
            whose = {"tenant_id": tenant_id, "account_id": copied["account_id"]}
            note(conn, whose, "phone_copied", by=None, browser=asker.browser, now=now)
    raise PhoneForgotten


def _renewed(
    conn: Connection, phone: Row, account: Row, secret: str, asker: Asker, now: datetime
) -> tuple[LoginResult, str]:
    """The newest secret has come back: the one before it ends. The one before comes again: two requests at once, which
    change nothing; or later, an answer that was lost, and then the newest one, which nobody got, ends.
    """
    shown, following, phone_id = digest(secret), secrets.token_urlsafe(32), phone["phone_id"]
    is_newest = bytes(phone["token_sha256"]) == shown
    as_phone = Shown("device", phone_id=phone_id, is_renewal=True)
    if not is_newest and now - phone["used_at"] < AT_ONCE:
        return start_login(conn, account, as_phone, asker=asker, now=now), ""
    ending = phone["previous_sha256"] if is_newest else phone["token_sha256"]
    if ending is not None:
        store.change(
            conn,
            "forget_phone_token",
            token_sha256=ending,
            tenant_id=account["tenant_id"],
            phone_id=phone_id,
            now=now,
        )
    store.change(
        conn, "renew_phone", phone_id=phone_id, new_sha256=digest(following), previous_sha256=shown, now=now
    )
    return start_login(conn, account, as_phone, asker=asker, now=now), following


def _end(conn: Connection, account_id: UUID, phone_id: UUID, by: Principal, now: datetime) -> None:
    ended = store.change(
        conn, "end_phone", phone_id=phone_id, account_id=account_id, ended_by=by.account_id, now=now
    )
    if not ended:
        raise NotFound
    store.change(conn, "end_logins_of_phone", phone_id=phone_id)
    account = {"tenant_id": by.tenant_id, "account_id": account_id}
    note(conn, account, "phone_ended", by=by.account_id, now=now)


def _phones(conn: Connection, account_id: UUID | None) -> tuple[Phone, ...]:
    rows = store.every(conn, "phones", account_id=account_id)
    return tuple(
        Phone(
            row["phone_id"],
            row["name"],
            row["let_in_at"],
            row["let_in_by"],
            row["used_at"],
            row["ended_at"],
            row["was_copied"],
        )
        for row in rows
    )


def _account_of(conn: Connection, client_id: UUID, now: datetime) -> Row:
    """The client's account; made without a password where there is none. Raises NotFound for a disabled one."""
    found = store.one(conn, "account_of_client", client_id=client_id)
    account_id = found["account_id"] if found is not None else uuid4()
    if found is None:
        client = store.one(conn, "client_name", client_id=client_id)
        assert client is not None, "a visible client exists"
        accounts.add(
            conn,
            "account",
            account_id=account_id,
            tenant_id=client["tenant_id"],
            username=f"klient-{secrets.token_hex(5)}",
            display_name=client["display_name"] or client["alias"],
            role="client",
            unit_id=None,
            client_id=client_id,
            password_hash=None,
            language="sv",
            now=now,
        )
    account = store.one(conn, "account", account_id=account_id)
    if account is None or account["disabled_at"] is not None:
        raise NotFound
    return account

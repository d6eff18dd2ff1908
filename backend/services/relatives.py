"""Relatives: whom a client lets see what, and what such a person then sees.

Nothing is shared until the client says so, thing by thing; each thing can have an end and be taken back at any time,
with effect at once. Staff may read what is shared and change none of it. A relative sees what is shared now and nothing
of what staff wrote, decided or computed.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client, require_shared, require_visible
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import clients
from backend.services.access_log import log_look
from backend.services.enrolment import add_login
from backend.services.relative_views import (
    SCOPES,
    Invitation,
    RelativeState,
    RelativeView,
    Scope,
    SharedClient,
    SharedReading,
    SharedSeries,
    SharedTest,
    Sharing,
)
from backend.services.views import ClientSeries
from backend.store import access_log
from backend.store import relatives as store
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY

INVITATION_DAYS: Final = 7
"""How long an invitation can be accepted (assumption)."""
MOST: Final = 10
"""How many relatives a client can have at a time."""


def invite(
    db: Database,
    principal: Principal,
    called: str,
    client_shown_as: str,
    scopes: Sequence[Scope] = (),
    *,
    ends_at: datetime | None = None,
    now: datetime,
) -> tuple[UUID, str, datetime]:
    """The relative's id, a token for one acceptance, and when it ends. The token is shown once; a digest is kept.

    `called`: what the client calls the person. `client_shown_as`: what the person is to read instead of an alias.
    Raises NotFound for anybody but a client, Invalid for empty or long names and when there are too many relatives.
    """
    names = [_name(called), _name(client_shown_as)]
    client, token, relative_id = own_client(principal), secrets.token_urlsafe(32), uuid4()
    invitation_ends_at = now + timedelta(days=INVITATION_DAYS)
    with db.transaction(principal) as conn:
        if sum(row["ended_at"] is None for row in store.of_client(conn, client)) >= MOST:
            raise Invalid("there are too many relatives; end one first")
        store.invite(
            conn,
            client,
            relative_id=relative_id,
            tenant_id=principal.tenant_id,
            called=names[0],
            client_shown_as=names[1],
            invited_by=principal.account_id,
            invitation_sha256=_digest(token),
            ends_at=invitation_ends_at,
            now=now,
        )
        access_log.write(conn, principal, [client], "relative_invited", now=now)
        for scope in scopes:
            _give(conn, principal, client, relative_id, scope, ends_at, now)
    return relative_id, token, invitation_ends_at


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, is_refresh: bool = False
) -> tuple[RelativeView, ...]:
    """Everybody a client invited and what they share, for the client and those the client is visible to."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        rows, given = store.of_client(conn, client), store.sharing_of_client(conn, client)
        log_look(conn, principal, [client], "relatives", is_refresh=is_refresh, now=now)
    return tuple(
        _view(row, [one for one in given if one["relative_id"] == row["relative_id"]], now) for row in rows
    )


def share(
    db: Database,
    principal: Principal,
    relative_id: UUID,
    scope: Scope,
    *,
    ends_at: datetime | None = None,
    now: datetime,
) -> None:
    """Turn one thing on; one that is on already gets this end. Raises NotFound for anybody but the client, Invalid."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        _require_open(conn, client, relative_id)
        store.take_back(conn, client, relative_id, scope, revoked_by=principal.account_id, now=now)
        _give(conn, principal, client, relative_id, scope, ends_at, now)


def stop_sharing(
    db: Database, principal: Principal, relative_id: UUID, scope: Scope, *, now: datetime
) -> None:
    """Turn one thing off, at once; off already is no error. Raises NotFound for anybody but the client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        _require_open(conn, client, relative_id)
        if store.take_back(conn, client, relative_id, scope, revoked_by=principal.account_id, now=now):
            access_log.write(conn, principal, [client], "sharing_ended", now=now)


def end(db: Database, principal: Principal, relative_id: UUID, *, now: datetime) -> None:
    """Take everything back from a relative, or an invitation, for good. Raises NotFound for anybody but the client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        _require_open(conn, client, relative_id)
        store.take_back(conn, client, relative_id, None, revoked_by=principal.account_id, now=now)
        store.end(conn, client, relative_id, ended_by=principal.account_id, now=now)
        access_log.write(conn, principal, [client], "relative_ended", now=now)


def open_invitation(db: Database, token: str, *, now: datetime) -> Invitation:
    """Who is invited by whom. Raises NotFound for one that is used, withdrawn, past its end or made up."""
    with db.transaction(NOBODY) as conn:
        row = _usable(conn, token, now)
    return Invitation(row["called"], row["client_shown_as"], row["invitation_ends_at"])


def accept(
    db: Database,
    token: str,
    *,
    username: str,
    display_name: str,
    password: str,
    language: Literal["sv", "en"] = "sv",
    now: datetime,
) -> UUID:
    """A login for an invited relative; the invitation is used up in the same transaction.

    Raises NotFound as `open_invitation`, Invalid, Conflict when the username is taken.
    """
    with db.transaction(NOBODY) as conn:
        row = _usable(conn, token, now)
        account_id = add_login(
            conn,
            row["tenant_id"],
            username=username,
            display_name=_name(display_name),
            role="relative",
            password=password,
            language=language,
            now=now,
        )
        acting = Principal(account_id, row["tenant_id"], "relative", None, None, display_name, language)
        _accept(conn, acting, row, now)
    return account_id


def accept_signed_in(db: Database, principal: Principal, token: str, *, now: datetime) -> None:
    """One more client for somebody who is a relative already. Raises NotFound as `open_invitation`, Forbidden."""
    if not principal.may("shared.read"):
        raise Forbidden
    with db.transaction(principal) as conn:
        row = store.usable_invitation(conn, _digest(token), now=now)
        if row is None or store.shared_with(
            conn, principal.account_id, principal.tenant_id, row["client_id"], now=now
        ):
            raise NotFound
        _accept(conn, principal, row, now)


def shared_with_me(db: Database, principal: Principal, *, now: datetime) -> tuple[SharedClient, ...]:
    """The clients who have the acting relative, also those who share nothing now. Raises Forbidden for others."""
    if not principal.may("shared.read"):
        raise Forbidden
    with db.transaction(principal) as conn:
        rows = store.shared_with(conn, principal.account_id, principal.tenant_id, None, now=now)
    return tuple(_shared([row for row in rows if row["client_id"] == one]) for one in _each_client(rows))


def shared_series(
    db: Database,
    principal: Principal,
    client_id: UUID,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    is_refresh: bool = False,
) -> SharedSeries:
    """What the client lets the acting relative see between two instants.

    Raises NotFound for anybody with whom nothing of this client's is shared now, Invalid when the span is turned round.
    """
    with db.transaction(principal) as conn:
        client = require_shared(conn, principal, client_id, now)
        shared = _shared(store.shared_with(conn, principal.account_id, principal.tenant_id, client, now=now))
        log_look(conn, principal, [client], "shared_with_relative", is_refresh=is_refresh, now=now)
        return _only_shared(shared, clients.series_of(conn, client, since, until, now=now), now)


def _only_shared(shared: SharedClient, series: ClientSeries, now: datetime) -> SharedSeries:
    scopes = shared.scopes
    coming = [one for one in series.windows if one.closes_at > now and one.attendance == "pending"]
    past = [one for one in series.windows if one.attendance != "pending"]
    has_numbers = "values" in scopes
    has_results = has_numbers or "results" in scopes
    return SharedSeries(
        shared,
        series.since,
        series.until,
        tuple(SharedTest(one.kind, one.opens_at, one.closes_at, None) for one in coming if "plan" in scopes),
        tuple(
            SharedTest(one.kind, one.opens_at, one.closes_at, one.attendance)
            for one in past
            if "attendance" in scopes
        ),
        tuple(
            SharedReading(
                one.measured_at,
                one.state,
                one.brac_mg_per_l if has_numbers else None,
                one.permille if has_numbers else None,
            )
            for one in series.readings
            if has_results
        ),
    )


def _accept(conn: Connection, acting: Principal, invitation: Row, now: datetime) -> None:
    if not store.accept(conn, invitation["relative_id"], acting.account_id, now=now):
        raise NotFound
    client = require_shared(conn, acting, invitation["client_id"], now, also_nothing=True)
    access_log.write(conn, acting, [client], "relative_accepted", now=now)


def _give(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    relative_id: UUID,
    scope: Scope,
    ends_at: datetime | None,
    now: datetime,
) -> None:
    if scope not in SCOPES:
        raise Invalid("unknown thing to share")
    if ends_at is not None and ends_at <= now:
        raise Invalid("what is shared must end later than now")
    store.give(
        conn,
        client,
        sharing_id=uuid4(),
        tenant_id=principal.tenant_id,
        relative_id=relative_id,
        scope=scope,
        given_by=principal.account_id,
        ends_at=ends_at,
        now=now,
    )
    access_log.write(conn, principal, [client], "sharing_given", now=now)


def _require_open(conn: Connection, client: VisibleClientId, relative_id: UUID) -> None:
    row = store.lock(conn, client, relative_id)
    if row is None or row["ended_at"] is not None:
        raise NotFound


def _usable(conn: Connection, token: str, now: datetime) -> Row:
    tenant_id = store.tenant_of_invitation(conn, _digest(token))
    if tenant_id is None:
        raise NotFound
    enter_tenant(conn, tenant_id)
    row = store.usable_invitation(conn, _digest(token), now=now)
    if row is None:
        raise NotFound
    return row


def _view(row: Row, given: list[Row], now: datetime) -> RelativeView:
    history = tuple(
        Sharing(one["scope"], one["given_at"], one["ends_at"], one["revoked_at"]) for one in given
    )
    state: RelativeState = "accepted" if row["accepted_at"] else "invited"
    if row["ended_at"]:
        state = "ended"
    elif state == "invited" and row["invitation_ends_at"] <= now:
        state = "lapsed"
    on = {
        one.scope: one
        for one in history
        if one.revoked_at is None and (one.ends_at is None or one.ends_at > now)
    }
    return RelativeView(
        row["relative_id"],
        row["called"],
        row["client_shown_as"],
        state,
        row["invited_at"],
        row["invitation_ends_at"],
        row["accepted_at"],
        row["ended_at"],
        on,
        history,
    )


def _shared(rows: list[Row]) -> SharedClient:
    first = rows[0]
    scopes = {
        row["scope"]: Sharing(row["scope"], row["given_at"], row["ends_at"], None)
        for row in rows
        if row["scope"] is not None
    }
    return SharedClient(first["client_id"], first["client_shown_as"], first["timezone"], scopes)


def _each_client(rows: list[Row]) -> list[UUID]:
    return list(dict.fromkeys(row["client_id"] for row in rows))


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("a name has 1 to 80 letters")
    return name


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()

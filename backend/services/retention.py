"""Removes what has been kept as long as each tenant says, every night.

Raw data goes; the daily roll-up (`client_day`), the ledger of windows, alerts and what people wrote stay, and so do the
keys of messages: what a gateway sends again years later is known to have been stored.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from nacl.signing import SigningKey

from backend.access.principal import Principal
from backend.domain.retention import (
    CLINICAL,
    DEFAULT_DAYS,
    FLOOR_DAYS,
    Kind,
    RetentionError,
    keep_days,
    kept_from,
)
from backend.errors import Forbidden
from backend.services import access_chain
from backend.store import retention as store
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE

log = logging.getLogger(__name__)

PLATFORM: Final = ""
"""In place of a tenant: what belongs to none (messages on no address of ours, attempts to sign in)."""
NO_KEY: Final = "there is no NYKTER_AUDIT_KEY to sign the end of a month of the access log with"
_OF_NO_TENANT: Final = (Kind.DEAD_LETTERS, Kind.ACCESS_LOG, Kind.LOGIN_ATTEMPTS)
_OF_TENANTS: Final = tuple(kind for kind in Kind if kind is not Kind.LOGIN_ATTEMPTS)
_CHUNKED: Final = {"reading": Kind.READINGS, "check_in_answer": Kind.ANSWERS, "device_status": Kind.STATUS}
_CLIENTS_AT_ONCE: Final = 5
"""Ten years of four tests a day are 15,000 readings a client."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What went, or in a dry run would go, of one tenant and kind. `problem`: why nothing was looked at."""

    tenant_id: str
    kind: Kind
    keep_days: int
    rows: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    tenant_id: str
    kind: Kind
    days: int
    before: datetime
    problem: str | None
    now: datetime


def retain(
    db: Database,
    principal: Principal,
    *,
    now: datetime,
    dry_run: bool = False,
    audit_key: SigningKey | None = None,
) -> tuple[Removal, ...]:
    """Remove everything whose time has come; a dry run only counts. The system only. Raises Forbidden.

    The access log goes a whole month at a time, behind an end signed with `audit_key`; without a key it stays.

    Killed at any moment it leaves rows that the next run removes; each transaction writes down what it took. A tenant
    whose settings cannot be meant keeps everything of that kind, and the run says so.
    """
    if not principal.is_system:
        raise Forbidden
    with db.transaction(SYSTEM_SCOPE) as conn:
        orders = _orders(conn, now)
        if dry_run:
            return tuple(
                Removal(one.tenant_id, one.kind, one.days, _count(conn, one), one.problem) for one in orders
            )
    run = _Run(db, principal, orders, now, audit_key)
    for table in _CHUNKED:
        run.drop_chunks(table)
    for order in orders:
        run.remove(order)
    return run.removals()


class _Run:
    """One run: what it has taken so far, in memory and in the database."""

    def __init__(
        self,
        db: Database,
        principal: Principal,
        orders: Sequence[_Order],
        now: datetime,
        audit_key: SigningKey | None,
    ) -> None:
        self._db = db
        self._principal = principal
        self._audit_key = audit_key
        self._orders = {(one.tenant_id, one.kind): one for one in orders}
        self._now = now
        self._id = uuid4()
        self._rows = dict.fromkeys(self._orders, 0)

    def removals(self) -> tuple[Removal, ...]:
        """What went."""
        return tuple(
            Removal(one.tenant_id, one.kind, one.days, self._rows[key], one.problem)
            for key, one in self._orders.items()
        )

    def drop_chunks(self, table: str) -> None:
        """Drop whole chunks in which nobody keeps a row. Not getting hold of the table is no matter: rows go singly."""
        with self._db.transaction(SYSTEM_SCOPE) as conn:
            # looked at twice: most nights nothing is to be dropped, and then nobody is made to wait
            if not store.has_chunks(conn) or self._end_of_chunks(conn, table) is None:
                return
            if not store.hold_still(conn, table) or (upper := self._end_of_chunks(conn, table)) is None:
                return
            for tenant_id, rows in store.drop_chunks(conn, table, upper).items():
                self._note(conn, self._orders[tenant_id, _CHUNKED[table]], rows)

    def remove(self, order: _Order) -> None:
        """Remove rows in batches, a transaction each."""
        if order.kind is Kind.ACCESS_LOG and order.problem is None and not self._end_months(order):
            order = replace(order, problem=NO_KEY)
            self._orders[order.tenant_id, order.kind] = order
        with self._db.transaction(SYSTEM_SCOPE) as conn:
            self._note(conn, order, 0)
            due = _clients_due(conn, order) if order.problem is None and order.kind in CLINICAL else []
        if order.problem is not None:
            return
        if order.kind in CLINICAL:
            for start in range(0, len(due), _CLIENTS_AT_ONCE):
                self._remove_some(order, due[start : start + _CLIENTS_AT_ONCE])
            return
        while self._remove_some(order, ()):
            pass

    def _end_months(self, order: _Order) -> bool:
        """Sign where the months that may go ended; False when there are some and no key to sign with."""
        with self._db.transaction(SYSTEM_SCOPE) as conn:
            held = store.held(conn)
            if store.count(conn, order.kind.value, _params(conn, order, ())) == 0:
                return True
        if self._audit_key is None:
            log.error("retention: the access log of tenant %s stays: %s", order.tenant_id, NO_KEY)
            return False
        access_chain.end_months(
            self._db,
            self._principal,
            order.tenant_id,
            held,
            self._audit_key,
            before=order.before,
            now=self._now,
        )
        return True

    def _remove_some(self, order: _Order, clients: Sequence[UUID]) -> int:
        with self._db.transaction(SYSTEM_SCOPE) as conn:
            # Asked again: somebody may have written something about them, or placed a hold, since they were listed.
            due = _clients_due(conn, order, clients) if clients else []
            rows = store.remove(conn, order.kind.value, _params(conn, order, due))
            self._note(conn, order, rows)
        return rows

    def _end_of_chunks(self, conn: Connection, table: str) -> datetime | None:
        kind = _CHUNKED[table]
        orders = [one for one in self._orders.values() if one.kind is kind and one.problem is None]
        if kind in CLINICAL:
            due = [client for one in orders for client in _clients_due(conn, one)]
            oldest = store.oldest_of_others(conn, table, due)
        else:
            before = {one.tenant_id: one.before for one in orders}
            oldest = store.oldest_kept(conn, table, before, store.held(conn))
        latest = self._now - timedelta(days=FLOOR_DAYS[kind])
        return store.end_of_chunks(conn, table, min(oldest or latest, latest))

    def _note(self, conn: Connection, order: _Order, rows: int) -> None:
        store.add_run(
            conn, self._id, order.tenant_id, order.kind.value, keep_days=order.days, rows=rows, problem=order.problem,
            now=self._now,
        )  # fmt: skip
        self._rows[order.tenant_id, order.kind] += rows


def _orders(conn: Connection, now: datetime) -> list[_Order]:
    tenants: list[tuple[str, Any, tuple[Kind, ...]]] = [(PLATFORM, {}, _OF_NO_TENANT)]
    tenants += [(row["tenant_id"], row["settings"], _OF_TENANTS) for row in store.tenants(conn)]
    return [
        _order(tenant_id, settings, kind, now) for tenant_id, settings, kinds in tenants for kind in kinds
    ]


def _order(tenant_id: str, settings: Any, kind: Kind, now: datetime) -> _Order:
    problem = None
    try:
        days = keep_days(settings, kind)
    except RetentionError as error:
        days, problem = DEFAULT_DAYS[kind], str(error)
        log.error("retention: tenant %s keeps everything: %s", tenant_id, problem)
    return _Order(tenant_id, kind, days, kept_from(days, now=now), problem, now)


def _count(conn: Connection, order: _Order) -> int:
    if order.problem is not None:
        return 0
    due = _clients_due(conn, order) if order.kind in CLINICAL else []
    return store.count(conn, order.kind.value, _params(conn, order, due))


def _clients_due(conn: Connection, order: _Order, only: Sequence[UUID] | None = None) -> list[UUID]:
    return store.clients_due(conn, order.tenant_id, since=order.before, only=only)


def _params(conn: Connection, order: _Order, due: Sequence[UUID]) -> dict[str, Any]:
    return {
        "tenant_id": order.tenant_id, "before": order.before, "due": list(due), "held": store.held(conn),
        "now": order.now,
    }  # fmt: skip

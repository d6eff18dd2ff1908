"""Live changes for open pages: one listening connection per process, passed on to whom they are visible.

What travels is that something changed, never what: the page asks the services again, which check access again.
"""

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import visible_clients
from backend.errors import DatabaseUnavailable
from backend.store.notifications import LIVE, listening
from backend.store.pool import Database

log = logging.getLogger(__name__)

REFRESH_S = 60.0
"""How long a subscriber's set of visible clients is used before it is read again."""
AGAIN_S = 1.0
MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something about a client changed. Kind `resync` names no client: events may have been missed, ask anew.

    With an `account_id` it is for that person alone; then a client may or may not be named.
    """

    kind: str
    client_id: UUID | None
    at: datetime | None
    account_id: UUID | None = None


class Subscription:
    """One open page. `send` is called from the listener's thread and must not block."""

    def __init__(
        self,
        tenant_id: str,
        visible: Callable[[], frozenset[UUID]],
        send: Callable[[LiveEvent], None],
        account_id: UUID | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self._find = visible
        self.account_id = account_id
        self.visible = visible()
        self.send = send

    def refresh(self) -> None:
        """Read again who is visible: care relations begin and end while pages stay open."""
        self.visible = self._find()


class Listener:
    """Listens until closed; comes back after the database was away and tells its subscribers to ask again.

    A context manager, plain or asynchronous. Asynchronous pages take `events`, others `subscribe`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._subscriptions: set[Subscription] = set()
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    @contextlib.asynccontextmanager
    async def events(
        self, principal: Principal, now: Callable[[], datetime]
    ) -> AsyncIterator["asyncio.Queue[LiveEvent]"]:
        """A queue of the changes this principal may know of. A reader who falls behind finds one `resync` instead."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue(MOST_WAITING)

        def put(event: LiveEvent) -> None:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                event = LiveEvent("resync", None, event.at)
            queue.put_nowait(event)

        def send(event: LiveEvent) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closing, and with it the page
                loop.call_soon_threadsafe(put, event)

        subscription = await asyncio.to_thread(self.subscribe, principal, now, send)
        try:
            yield queue
        finally:
            self.unsubscribe(subscription)

    def subscribe(
        self, principal: Principal, now: Callable[[], datetime], send: Callable[[LiveEvent], None]
    ) -> Subscription:
        """Pass on changes of the clients this principal may see, until `unsubscribe`. `now` gives domain time."""
        subscription = Subscription(
            principal.tenant_id, lambda: self._visible(principal, now()), send, principal.account_id
        )
        with self._guard:
            self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop passing on; one that is gone already is no error."""
        with self._guard:
            self._subscriptions.discard(subscription)

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        fresh = True
        while not self._stop.is_set():
            try:
                with listening(self._db.conninfo, LIVE) as connection:
                    if not fresh:
                        self._pass_on(LiveEvent("resync", None, None))
                    fresh = False
                    waited = 0.0
                    while not self._stop.is_set():
                        for payload in connection.wait(0.5):
                            self._take(payload)
                        waited += 0.5
                        if waited >= REFRESH_S:
                            self._refresh()
                            waited = 0.0
            except DatabaseUnavailable:
                log.warning("live changes: the database cannot be reached; trying again")
                self._stop.wait(AGAIN_S)

    def _take(self, payload: str) -> None:
        try:
            said = json.loads(payload)
            account, client = said.get("account_id"), said["client_id"]
            event = LiveEvent(
                said["kind"],
                None if client is None and account else UUID(client),
                datetime.fromisoformat(said["at"]),
                UUID(account) if account else None,
            )
        except (ValueError, KeyError, TypeError):
            log.warning("live changes: a notification could not be read")
            return
        self._pass_on(event, said.get("tenant"))

    def _pass_on(self, event: LiveEvent, tenant_id: str | None = None) -> None:
        """To whom the client is visible. Notifications know no row-level security, so the tenant is compared here."""
        with self._guard:
            subscriptions = list(self._subscriptions)
        for one in subscriptions:
            if _is_for(event, tenant_id, one):
                one.send(event)

    def _refresh(self) -> None:
        with self._guard:
            subscriptions = list(self._subscriptions)
        for one in subscriptions:
            one.refresh()

    def _visible(self, principal: Principal, now: datetime) -> frozenset[UUID]:
        with self._db.transaction(principal) as conn:
            return frozenset[UUID](visible_clients(conn, principal, now))


def _is_for(event: LiveEvent, tenant_id: str | None, one: Subscription) -> bool:
    if event.account_id is not None:
        return event.account_id == one.account_id and tenant_id == one.tenant_id
    return event.client_id is None or (one.tenant_id == tenant_id and event.client_id in one.visible)

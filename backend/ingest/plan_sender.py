"""Sends gateways the plan of their client: at once when it has changed, and to whoever says they hold an older one.

Works beside the stream of messages, on a thread and connections of its own: a plan that cannot be made or sent holds
up no reading. Nothing is kept for a gateway that is away (the broker would keep a person's plan): its next heartbeat
says which version it holds, and is answered with the newer one.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.errors import DatabaseUnavailable, NotFound
from backend.ingest.counters import Counters
from backend.ingest.ready import Ready
from backend.ingest.receipts import ReceiptSigner
from backend.services.gateway_plans import plan_for_gateway
from backend.store import plans as store
from backend.store.notifications import listening
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.clock import Clock
from contracts.device_status import DeviceStatus
from contracts.envelope import MAX_MESSAGE_BYTES

log = logging.getLogger(__name__)

Messages = Sequence[tuple[str, bytes]]
RENEW_AFTER = timedelta(days=1)
"""Single tests, pauses and excuses are known a fortnight ahead: a plan made longer ago than this is sent anew."""
_LOOK_S = 0.5
_PAUSE_S = 2.0
_NOT_AGAIN_S = 5.0
_MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Held:
    """What a gateway said it holds."""

    version: int
    made_at: datetime | None
    sent_at: datetime


class PlanSender:
    """Of one ingest. `heard` may be called from any thread; several ingests do no harm to each other."""

    def __init__(
        self,
        database: Database,
        signer: ReceiptSigner,
        clock: Clock,
        counters: Counters,
        send: Callable[[Messages], None],
        photo_key: str | None = None,
    ) -> None:
        """`send` publishes topics and payloads and returns at once. `photo_key`: what pictures are to be sealed for."""
        self._photo_key = photo_key
        self._database, self._signer, self._clock = database, signer, clock
        self._counters, self._send = counters, send
        self._heard: dict[str, Held] = {}
        self._sent_s: dict[str, float] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plans", daemon=True)

    def start(self) -> None:
        """Begin to listen for changes and to answer heartbeats."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join(_PAUSE_S + 1)

    def heard(self, accepted: Iterable[Ready]) -> None:
        """Messages that were stored: heartbeats that tell of a plan are looked at soon."""
        for one in accepted:
            signed = one.message.signed
            if signed is None or not isinstance(said := signed.message, DeviceStatus):
                continue
            if said.plan_version is not None:
                self._note(said.device_id, Held(said.plan_version, said.plan_made_at, said.sent_at))

    def _note(self, device_id: str, held: Held) -> None:
        with self._guard:
            before = self._heard.get(device_id)
            if before is None or before.sent_at <= held.sent_at:
                self._heard[device_id] = held

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with listening(self._database.conninfo, store.CHANGED) as changes:
                    while not self._ended.is_set():
                        self._once(changes.wait(_LOOK_S))
            except DatabaseUnavailable:
                self._ended.wait(_PAUSE_S)
            except Exception:  # readings go on, and every heartbeat is another try
                log.exception("sending plans broke in a way it should not")
                self._ended.wait(_PAUSE_S)

    def _once(self, changed: Sequence[str]) -> None:
        with self._guard:
            taken = list(self._heard.items())[:_MOST_AT_ONCE]
            for device_id, _ in taken:
                del self._heard[device_id]
        if not changed and not taken:
            return
        held, now = dict(taken), self._clock.now()
        with self._database.transaction(SYSTEM_SCOPE) as conn:
            rows = store.versions(conn, [UUID(one) for one in changed], list(held))
            behind = [row for row in rows if self._is_behind(conn, row, held, now)]
            found = [self._made(conn, row["tenant_id"], row["device_id"], now) for row in behind]
        messages = [one for one in found if one is not None]
        self._counters.plans_sent += len(messages)
        if messages:
            self._send(messages)

    def _is_behind(
        self, conn: Connection, row: Mapping[str, Any], held: Mapping[str, Held], now: datetime
    ) -> bool:
        one = held.get(row["device_id"])
        if one is None:
            return True  # its client's plan has changed just now
        if one.version > row["plan_version"]:
            # Our database was restored to an earlier moment: count on from what the gateway holds.
            store.outgrow(conn, row["client_id"], one.version)
        elif one.version == row["plan_version"] and not _is_old(one, now):
            return False
        return time.monotonic() - self._sent_s.get(row["device_id"], -_NOT_AGAIN_S) >= _NOT_AGAIN_S

    def _made(
        self, conn: Connection, tenant_id: str, device_id: str, now: datetime
    ) -> tuple[str, bytes] | None:
        try:
            plan = plan_for_gateway(conn, device_id, now, self._photo_key)
            if plan is None:
                return None
            topic, payload = self._signer.plan(tenant_id, plan)
            if len(payload) > MAX_MESSAGE_BYTES:
                raise ValueError("the plan is larger than a message may be")
        except NotFound:
            return None
        except ValueError as error:  # its text may hold values: only its kind is logged
            self._counters.plans_failed += 1
            log.error("the plan of gateway %s cannot be sent: %s", device_id, type(error).__name__)
            return None
        self._sent_s[device_id] = time.monotonic()
        return topic, payload


def _is_old(held: Held, now: datetime) -> bool:
    return held.version > 0 and (held.made_at is None or now - held.made_at > RENEW_AFTER)

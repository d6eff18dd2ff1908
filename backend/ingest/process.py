"""The ingest process: broker → batches → database → receipts, beats beside it, and what happens when a part is down."""

import logging
import threading
import time
from contextlib import suppress
from typing import Any

from backend.errors import BackendError, DatabaseUnavailable
from backend.ingest.broker_address import BrokerAddress
from backend.ingest.consumer import Consumer
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler, Judged
from backend.ingest.judging import Judges
from backend.ingest.line import JudgingLine
from backend.ingest.plan_sender import Messages, PlanSender
from backend.ingest.receipts import ReceiptSigner
from backend.store.beats import record_beat, record_outage_since_last_beat
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.clock import Clock

log = logging.getLogger(__name__)

BEAT_EVERY_S = 5.0
_WAIT_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_DRAIN_S = 10.0
_LOOK_EVERY_S = 0.1


class Ingest:
    """One ingest. `run` works until `stop` is called, from a signal handler or another thread."""

    def __init__(
        self,
        database: Database,
        address: BrokerAddress,
        signer: ReceiptSigner,
        clock: Clock,
        *,
        name: str = "ingest",
        share: str | None = None,
        judges: int = 0,
        photo_key: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self.counters = Counters()
        self._judges = Judges(judges)
        self._handler = Handler(database, signer, self.counters, judges=self._judges)
        self._consumer = Consumer(address, name, share=share)
        self._plans = PlanSender(database, signer, clock, self.counters, self._publish, photo_key)
        self._line = JudgingLine(
            self._consumer.inbox, lambda batch: self._handler.judge(batch, now=clock.now())
        )
        self._asked_to_stop = False
        self._ended = threading.Event()

    def stop(self) -> None:
        """Finish what has arrived, answer it, and end `run`.

        Safe from a signal handler: takes no lock. An event's lock may be held by the very code a signal interrupts,
        and then the process would wait for itself for ever.
        """
        self._asked_to_stop = True

    def detail(self) -> dict[str, Any]:
        """Counters and states, as beats and metrics tell them; nothing about a person."""
        inbox = self._consumer.inbox
        return {
            **self.counters.detail(),
            "broker_connected": self._consumer.connected,
            "connections": self._consumer.connections,
            "queued": len(inbox),
            "queued_bytes": inbox.held_bytes,
            "queue_limit": inbox.max_rows,
            "receipts_dropped": self._consumer.receipts_dropped,
            "judges_lost": self._judges.lost,
        }

    def run(self) -> None:
        """Ingest until stopped. Raises BackendError when the connection's thread has died.

        While one batch is stored the next ones are received and judged by other threads: neither waiting for the
        database nor verifying signatures holds the interpreter's lock.
        """
        beating = threading.Thread(target=self._keep_beating, name="beats", daemon=True)
        self._consumer.start()
        self._line.start()
        beating.start()
        self._plans.start()
        try:
            while not self._asked_to_stop:
                self._turn(_WAIT_S)
            self._drain()
        finally:
            self._ended.set()
            self._plans.stop()
            self._line.stop()
            self._judges.close()
            self._consumer.stop()
            beating.join(BEAT_EVERY_S)

    def _turn(self, wait_s: float) -> None:
        """Store the next batch, when one is judged in that time."""
        if isinstance(self._consumer.failure, BackendError):
            raise self._consumer.failure
        if self._consumer.failure is not None:
            raise BackendError("The connection to the broker has failed.") from self._consumer.failure
        try:
            judged = self._line.take(wait_s)
            if judged is not None:
                self._finish(judged)
        except DatabaseUnavailable as error:
            self.counters.database_failures += 1
            log.warning(
                "nothing is acknowledged until the database answers again: %s", error.__cause__ or error
            )
            self._wait_for_database()

    def _finish(self, judged: Judged) -> None:
        handled = self._handler.store(judged)
        self._consumer.settle(judged.arrivals, handled.receipts)
        self._plans.heard(judged.accepted)
        if judged.arrivals:
            waited_s = time.monotonic() - min(one.arrived_s for one in judged.arrivals)
            self.counters.receipt_s.add(waited_s)

    def _publish(self, messages: Messages) -> None:
        self._consumer.settle((), messages)

    def _wait_for_database(self) -> None:
        """Give back everything unacknowledged (the broker sends it again on the next connection), then wait."""
        self._consumer.pause()
        pause_s = _FIRST_PAUSE_S
        while not self._stopped_within(pause_s):
            with (
                suppress(DatabaseUnavailable),
                self._database.transaction(SYSTEM_SCOPE, timeout_s=2.0) as conn,
            ):
                conn.execute("SELECT 1")
                break
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self._line.forget()
        if not self._asked_to_stop:
            log.info("the database answers again")
            self._consumer.resume()

    def _stopped_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._asked_to_stop and time.monotonic() < deadline:
            time.sleep(min(_LOOK_EVERY_S, seconds))
        return self._asked_to_stop

    def _drain(self) -> None:
        self._consumer.stop_reading()
        deadline = time.monotonic() + _DRAIN_S
        self._line.finish()
        while not self._line.finished and time.monotonic() < deadline:
            self._turn(_LOOK_EVERY_S)

    def _keep_beating(self) -> None:
        while True:
            try:
                self._beat()
            except DatabaseUnavailable:
                log.debug("no beat: the database does not answer")
            if self._ended.wait(BEAT_EVERY_S):
                return

    def _beat(self) -> None:
        detail = self.detail()
        now = self._clock.now()
        with self._database.transaction(SYSTEM_SCOPE, timeout_s=BEAT_EVERY_S) as conn:
            # Also after the database itself was away: nothing could be received then either.
            if record_outage_since_last_beat(conn, self._name, now=now):
                log.warning("the platform was away; tests due meanwhile count as its outage")
            record_beat(conn, self._name, detail, now=now)

"""Between the broker's messages and the database: batches are judged ahead of being stored, and stored in their order.

A thread of its own takes them from the inbox, so that the judges always have the next batch while the one before is
stored. Bounded: one batch waits to be stored, one is being judged, everything else stays in the inbox.
"""

import threading
from collections.abc import Callable, Sequence

from backend.ingest.arrival import Arrival
from backend.ingest.batch import next_batch
from backend.ingest.handler import Judged
from backend.ingest.inbox import Inbox

_WAIT_S = 0.05


class JudgingLine:
    """`start` it once. One thread takes what is judged."""

    def __init__(self, inbox: Inbox, judge: Callable[[Sequence[Arrival]], Judged]) -> None:
        """`judge` is called by one thread only; what it raises is raised by `take`."""
        self._inbox = inbox
        self._judge = judge
        self._changed = threading.Condition()
        self._ready: Judged | Exception | None = None
        self._round = 0
        self._last = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="judging", daemon=True)

    def start(self) -> None:
        """Begin to take batches."""
        self._thread.start()

    def take(self, wait_s: float) -> Judged | None:
        """The next judged batch, None when there is none in that time."""
        with self._changed:
            if self._ready is None:
                self._changed.wait_for(lambda: self._ready is not None or not self._thread.is_alive(), wait_s)
            found, self._ready = self._ready, None
            self._changed.notify_all()
        if isinstance(found, Exception):
            raise found
        return found

    def forget(self) -> None:
        """Drop what has arrived and is not stored, wherever it stands: the broker still has it."""
        with self._changed:
            self._round += 1
            self._inbox.clear()
            self._ready = None
            self._changed.notify_all()

    def finish(self) -> None:
        """End as soon as the inbox stays empty: nothing more will arrive."""
        self._last = True

    @property
    def finished(self) -> bool:
        """Whether nothing is left to take, and nothing will be."""
        return not self._thread.is_alive() and self._ready is None

    def stop(self, timeout_s: float = 15.0) -> None:
        """End the thread. Safe to call twice, and without `start`."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._ended:
            batch = next_batch(self._inbox, wait_s=_WAIT_S)
            if batch:
                # Asked for afterwards: of what came in this round nothing may be dropped, for nothing sends it again;
                # what is left of the last one may well be stored.
                began = self._round
                self._hand_over(self._judged(batch), began)
            elif self._last:
                return

    def _judged(self, batch: Sequence[Arrival]) -> Judged | Exception:
        try:
            return self._judge(batch)
        except Exception as error:  # noqa: BLE001 (for whoever takes)
            return error

    def _hand_over(self, found: Judged | Exception, began: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ready is None or self._ended or self._round != began)
            if self._round == began and not self._ended:
                self._ready = found
                self._changed.notify_all()

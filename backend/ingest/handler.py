"""A batch from the broker to committed rows, and the receipts to send for it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from backend.errors import DatabaseUnavailable
from backend.ingest.arrival import Arrival
from backend.ingest.batch_store import Stored, store_batch
from backend.ingest.counters import Counters
from backend.ingest.judging import Judges
from backend.ingest.ready import Ready
from backend.ingest.receipts import ReceiptSigner
from backend.ingest.verification import CLOCK_FAR_OFF, Answerable, Refused, device_of
from backend.store.assessment_queue import wake_worker
from backend.store.gateways import find_gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.receipt import Verdict

log = logging.getLogger(__name__)

_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
_ROW = (psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError)
_ATTEMPTS = 5
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch that was looked at, before anything is stored."""

    arrivals: Sequence[Arrival]
    accepted: Sequence[Ready]
    refused: Sequence[Refused]
    now: datetime


@dataclass(frozen=True, slots=True)
class Handled:
    """A batch that is committed: `receipts` are topic and payload."""

    receipts: tuple[tuple[str, bytes], ...]


class Handler:
    """Judges, stores and answers batches. Keeps no state between them but counters."""

    def __init__(
        self,
        database: Database,
        signer: ReceiptSigner,
        counters: Counters,
        *,
        judges: Judges | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._signer = signer
        self._counters = counters
        self._judges = judges or Judges()
        self._monotonic = monotonic

    def judge(self, arrivals: Sequence[Arrival], *, now: datetime) -> Judged:
        """Verify and parse a batch; changes nothing, so the next batch may be judged while this one is stored.

        Raises DatabaseUnavailable.
        """
        device_ids = {device for arrival in arrivals if (device := device_of(arrival))}
        with self._database.transaction(SYSTEM_SCOPE) as conn:
            gateways = find_gateways(conn, device_ids)
        judged = self._judges.judge(arrivals, gateways, now=now)
        accepted = [one for one in judged if isinstance(one, Ready)]
        return Judged(arrivals, accepted, [one for one in judged if isinstance(one, Refused)], now)

    def store(self, judged: Judged) -> Handled:
        """Commit a batch. Only after this has returned may its messages be acknowledged and the receipts be sent.

        Raises DatabaseUnavailable when nothing may have been stored; the same batch can be handled again.
        """
        outcomes = self._store(judged.accepted, judged.refused, judged.now)
        if any(outcome.assess_again for outcome in outcomes):
            self._wake_worker()
        self._count(judged.arrivals, judged.accepted, outcomes)
        answers = [answer for outcome in outcomes for answer in outcome.answers]
        receipts = tuple(self._signer.receipts(answers, now=judged.now))
        self._counters.receipts += len(receipts)
        return Handled(receipts)

    def _store(self, accepted: Sequence[Ready], refused: Sequence[Refused], now: datetime) -> list[Stored]:
        """Store in one transaction; where the database refuses a row, halve the batch until that row is alone."""
        try:
            return [self._store_patiently(accepted, refused, now)]
        except _ROW as error:
            if not accepted:
                raise
            reason = type(error).__name__
        self._counters.splits += 1
        if len(accepted) == 1:
            log.error("the database refused a message that passed every check: %s", reason)
            return [self._store_patiently((), [*refused, _refused_by_database(accepted[0], reason)], now)]
        half = len(accepted) // 2
        return self._store(accepted[:half], refused, now) + self._store(accepted[half:], (), now)

    def _store_patiently(
        self, accepted: Sequence[Ready], refused: Sequence[Refused], now: datetime
    ) -> Stored:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._database.transaction(SYSTEM_SCOPE) as conn:
                    return store_batch(conn, accepted, refused, now=now)
            except _PASSING:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE_S * attempt)
        raise AssertionError("unreachable")

    def _wake_worker(self) -> None:
        try:
            with self._database.transaction(SYSTEM_SCOPE) as conn:
                wake_worker(conn)
        except DatabaseUnavailable:
            log.warning("the worker was not woken; its sweep finds the clients that wait")

    def _count(
        self, arrivals: Sequence[Arrival], accepted: Sequence[Ready], outcomes: Sequence[Stored]
    ) -> None:
        counters = self._counters
        counters.received += len(arrivals)
        counters.batches += 1
        counters.batch_size = len(arrivals)
        counters.batch_sizes.add(len(arrivals))
        counters.largest_batch = max(counters.largest_batch, len(arrivals))
        counters.lag_ms = (self._monotonic() - min(a.arrived_s for a in arrivals)) * 1000 if arrivals else 0.0
        counters.unknown_fields += sum(one.unknown_fields for one in accepted)
        for outcome in outcomes:
            counters.dead_letters.update(letter.reason for letter in outcome.letters)
            counters.quarantined += sum(letter.reason == CLOCK_FAR_OFF for letter in outcome.letters)
            for answer in outcome.answers:
                counters.stored += answer.verdict is Verdict.STORED
                counters.duplicates += answer.verdict is Verdict.DUPLICATE
                counters.conflicts += answer.verdict is Verdict.CONFLICT


def _refused_by_database(one: Ready, reason: str) -> Refused:
    key = one.message.key
    answerable = Answerable(key.boot_id, key.sequence, one.message.body_sha256)
    return Refused(one.arrival, "database", reason, one.gateway, answerable)

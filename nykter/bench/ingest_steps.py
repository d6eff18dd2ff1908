"""What one reading costs in ingest, step by step, in batches of 1000: processor time, here and of the database."""

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from nacl.signing import VerifyKey

from backend.ingest.arrival import Arrival
from backend.ingest.batch_store import store_batch
from backend.ingest.interpreter import tune_interpreter
from backend.ingest.ready import Ready, judge_all, pack, ready, unpack
from backend.ingest.receipts import ReceiptSigner
from backend.ingest.verification import Accepted, Refused, judge
from backend.store.gateways import Gateway, find_gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.envelope import open_envelope, signed_text
from contracts.reading import Reading
from contracts.topics import parse
from nykter.bench.cpu import seconds_of
from nykter.bench.figure import Figure
from nykter.bench.place import RECEIPT_SEED

_BATCH = 1000
T = TypeVar("T")


class _Stopwatch:
    """Adds up seconds per step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def measure(self, step: str, work: Callable[[], T]) -> T:
        started = time.process_time()
        found = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - started
        return found


def steps(
    url: str, messages: Sequence[tuple[str, bytes]], now: datetime, bare: Figure, pids: Sequence[int]
) -> Iterator[Figure]:
    """Microseconds per reading of each step, and of all of them together with paho's own."""
    tune_interpreter()  # as the process itself does
    watch, signer = _Stopwatch(), ReceiptSigner(RECEIPT_SEED)
    arrivals = [Arrival(topic, payload) for topic, payload in messages]
    with Database(url) as database:
        for start in range(0, len(arrivals), _BATCH):
            _one_batch(watch, database, signer, arrivals[start : start + _BATCH], now, pids)
    shares = {name: seconds / len(messages) * 1e6 for name, seconds in watch.seconds.items()}
    shares["paho receive and ack"] = 1e6 / bare.value
    parts = (
        "paho receive and ack",
        "judge (all of it)",
        "store (transaction)",
        "store: the database's part",
        "receipts: build and sign",
    )
    total = Figure("step: all in a row", sum(shares[part] for part in parts), "µs/reading")
    yield total
    for name, share in shares.items():
        yield Figure(f"step: {name}", share, "µs/reading").against(total)


def _one_batch(
    watch: _Stopwatch,
    database: Database,
    signer: ReceiptSigner,
    arrivals: Sequence[Arrival],
    now: datetime,
    pids: Sequence[int],
) -> None:
    with database.transaction(SYSTEM_SCOPE) as conn:
        gateways = watch.measure(
            "find gateways", lambda: find_gateways(conn, {parse(one.topic).device_id for one in arrivals})
        )
    envelopes = watch.measure("of it: envelope", lambda: [open_envelope(one.payload) for one in arrivals])
    keys = [VerifyKey(gateways[parse(one.topic).device_id].public_key) for one in arrivals]
    pairs = list(zip(keys, envelopes, strict=True))
    watch.measure(
        "of it: verify signature",
        lambda: [key.verify(signed_text("reading", one.body), one.signature) for key, one in pairs],
    )
    watch.measure("of it: parse contract", lambda: [Reading.read(one.body) for one in envelopes])
    watch.measure("of it: digest", lambda: [sha256(one.body).digest() for one in envelopes])
    found = [judge(one, gateways, now=now) for one in arrivals]
    watch.measure(
        "of it: make the row", lambda: [ready(one, now=now) for one in found if isinstance(one, Accepted)]
    )
    judged = watch.measure("judge (all of it)", lambda: judge_all(arrivals, gateways, now=now))
    watch.measure("to another process and back", lambda: _travelled(judged, arrivals, gateways))
    accepted = [one for one in judged if isinstance(one, Ready)]

    def store() -> list[tuple[str, bytes]]:
        with database.transaction(SYSTEM_SCOPE) as conn:
            stored = store_batch(conn, accepted, (), now=now)
        return list(
            watch.measure("receipts: build and sign", lambda: list(signer.receipts(stored.answers, now=now)))
        )

    started, there = time.process_time(), seconds_of(pids)
    before = watch.seconds.get("receipts: build and sign", 0.0)
    store()
    signing = watch.seconds["receipts: build and sign"] - before
    spent = time.process_time() - started - signing
    watch.seconds["store (transaction)"] = watch.seconds.get("store (transaction)", 0.0) + spent
    database_s = watch.seconds.get("store: the database's part", 0.0)
    watch.seconds["store: the database's part"] = database_s + seconds_of(pids) - there


def _travelled(
    judged: Sequence[Ready | Refused], arrivals: Sequence[Arrival], gateways: Mapping[str, Gateway]
) -> list[Ready | Refused]:
    pickle.loads(pickle.dumps([(one.topic, one.payload) for one in arrivals], 5))  # noqa: S301 (our own)
    packed = pickle.loads(pickle.dumps([pack(one) for one in judged], 5))  # noqa: S301
    return [unpack(one, arrival, gateways) for one, arrival in zip(packed, arrivals, strict=True)]

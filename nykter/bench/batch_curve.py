"""What a reading costs to store in batches of different sizes, receipts included: processor time, not waiting."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from backend.ingest.arrival import Arrival
from backend.ingest.batch_store import store_batch
from backend.ingest.ready import Ready, judge_all
from backend.ingest.receipts import ReceiptSigner
from backend.store.gateways import find_gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.bench.cpu import seconds_of
from nykter.bench.figure import Figure
from nykter.bench.place import PLAIN, RECEIPT_SEED, Place
from nykter.bench.traffic import BenchGateway, enrol

SIZES = (10, 50, 200, 500, 1000, 2000, 4000)
_LARGE, _SMALL = 12_000, 2_000


def run(
    place: Place, made: Sequence[BenchGateway], messages: Sequence[tuple[str, bytes]], now: datetime
) -> Iterator[Figure]:
    """Yield microseconds per reading, of this process and of the database together, by size of the batch."""
    pid = [place.server_pid(PLAIN) or 0]
    signer = ReceiptSigner(RECEIPT_SEED)
    arrivals = [Arrival(topic, payload) for topic, payload in messages[:_LARGE]]
    with place.database() as url:
        enrol(url, made, now)
        with Database(url) as db:
            with db.transaction(SYSTEM_SCOPE) as conn:
                gateways = find_gateways(conn, [one.device_id for one in made])
            judged = [one for one in judge_all(arrivals, gateways, now=now) if isinstance(one, Ready)]
    for size in SIZES:
        some = judged[: _LARGE if size > SIZES[2] else _SMALL]
        with place.database() as url:
            enrol(url, made, now)
            with Database(url) as db:
                before = time.process_time() + seconds_of(pid)
                for start in range(0, len(some), size):
                    with db.transaction(SYSTEM_SCOPE) as conn:
                        stored = store_batch(conn, some[start : start + size], (), now=now)
                    list(signer.receipts(stored.answers, now=now))
                spent = time.process_time() + seconds_of(pid) - before
        yield Figure(f"storing and answering in batches of {size}", spent / len(some) * 1e6, "µs/reading")

"""What a process tells about itself in Prometheus' format, on a port of this machine's own.

Never on another address: who wants to collect it from elsewhere puts a collector on this machine. Nothing here is about
a person; labels are reasons, routes and states, never identifiers.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from backend.ingest.counters import Buckets, Counters
from nykter.errors import NykterError
from nykter.runtime.ports import LOOPBACK

_COUNTERS = {
    "received": "Messages taken from the broker and dealt with.",
    "stored": "Messages stored for the first time.",
    "duplicates": "Messages that were stored before.",
    "conflicts": "Messages whose number another one had taken.",
    "batches": "Transactions.",
    "receipts": "Signed receipts handed over to be sent.",
    "receipts_dropped": "Receipts that found no connection.",
    "connections": "Connections made and subscribed.",
    "database_failures": "Times the database was away.",
    "splits": "Batches cut up because of a row the database refused.",
    "judges_lost": "Judging processes that died.",
    "plans_sent": "Plans handed over to be sent to gateways.",
    "plans_failed": "Plans that could not be made.",
    "quarantined": "Messages from gateways whose clock is far off, kept to be released.",
    "unknown_fields": "Fields of newer gateways that were ignored.",
}
_GAUGES = {
    "queued": "Messages held in memory.",
    "queued_bytes": "Their payload bytes.",
    "queue_limit": "As many are held at most.",
    "broker_connected": "1 while messages can arrive.",
}


class Ingesting(Protocol):
    """The ingest, as far as metrics need it (`backend.ingest.process.Ingest`)."""

    counters: Counters

    def detail(self) -> dict[str, Any]:
        """Counters and states by name."""


class _IngestCollector:
    def __init__(self, ingest: Ingesting) -> None:
        self._ingest = ingest

    def collect(self) -> Iterator[Metric]:
        """Everything as it is now."""
        found = self._ingest.detail()
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"nykter_ingest_{name}", text, value=found[name])
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"nykter_ingest_{name}", text, value=float(found[name]))
        yield GaugeMetricFamily(
            "nykter_ingest_lag_seconds", "From arrival to commit, newest batch.", value=found["lag_ms"] / 1000
        )
        letters = CounterMetricFamily(
            "nykter_ingest_dead_letters", "Messages that could not be stored, by reason.", labels=["reason"]
        )
        for reason, times in found["dead_letters"].items():
            letters.add_metric([reason], times)
        yield letters
        yield _histogram("batch_size", "Messages a batch.", self._ingest.counters.batch_sizes)
        yield _histogram(
            "receipt_seconds",
            "From arrival of a batch's first message to its receipts.",
            self._ingest.counters.receipt_s,
        )


def ingest_metrics(ingest: Ingesting) -> CollectorRegistry:
    """A registry that tells how an ingest is whenever it is asked."""
    registry = CollectorRegistry()
    registry.register(_IngestCollector(ingest))
    return registry


@contextmanager
def serving_metrics(registry: CollectorRegistry, port: int | None) -> Iterator[None]:
    """Tell them on 127.0.0.1 while the block runs; not at all without a port. Raises NykterError when it is taken."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    except OSError as error:
        raise NykterError(
            f"Metrics cannot be told on port {port}: {error.strerror}. Choose another NYKTER_METRICS_PORT.",
            exit_code=2,
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _histogram(name: str, text: str, held: Buckets) -> HistogramMetricFamily:
    bounds = [*map(str, map(float, held.bounds)), "+Inf"]
    buckets = list(zip(bounds, itertools.accumulate(held.counts), strict=True))
    return HistogramMetricFamily(f"nykter_ingest_{name}", text, buckets=buckets, sum_value=held.sum)

"""From publishing a reading to an open page: the event that tells it, and the graph fetched because of it.

Once at a quiet pace, and once at 500 readings a second from 300 gateways.
"""

import json
import queue
import threading
import time
from collections.abc import Iterator
from uuid import UUID

from backend.store.pool import Database
from nykter.bench.backlog import connected
from nykter.bench.figure import Figure, percentile
from nykter.bench.place import Place
from nykter.bench.traffic import BenchGateway, enrolled_gateways, readings
from nykter.bench.visitor import USERNAME, Visitor, made_clinician, serving
from nykter.clock import SystemClock

_READINGS = 60
_PER_SECOND = 5
_WARM_UP = 5
_LONGEST_S = 10.0
_BUSY_PER_SECOND, _BUSY_SECONDS, _BUSY_GATEWAYS, _BUSY_WARM_UP = 500, 8, 300, 300


def run(place: Place) -> Iterator[Figure]:
    """Yield medians and the slowest in ms; every reading is of another client, so that each event is recognised."""
    with place.database() as url, Database(url) as db:
        now = SystemClock().now()
        made = enrolled_gateways(url, _READINGS, now)
        made_clinician(db, [one.client_id for one in made], now=now)
        with place.ingest(url), serving(db) as port, Visitor(port, USERNAME) as visitor:
            told, drawn = _measured(place, made, visitor)
    yield from _figures(told, drawn)
    busy = _busy(place)
    yield Figure(f"publish to live event at {_BUSY_PER_SECOND}/s, median", percentile(busy, 0.5), "ms")
    yield Figure(f"publish to live event at {_BUSY_PER_SECOND}/s, p99", percentile(busy, 0.99), "ms")


def _figures(told: list[float], drawn: list[float]) -> Iterator[Figure]:
    event = Figure("publish to live event, median", percentile(told, 0.5), "ms")
    yield event
    yield Figure("publish to live event, slowest", max(told), "ms")
    yield Figure("publish to fetched graph, median", percentile(drawn, 0.5), "ms").against(event)
    yield Figure("publish to fetched graph, slowest", max(drawn), "ms")


def _busy(place: Place) -> list[float]:
    """Latencies in ms: of the oldest reading of a client that the event can be about (several may share one)."""
    with place.database() as url, Database(url) as db:
        made = enrolled_gateways(url, _BUSY_GATEWAYS, SystemClock().now())
        made_clinician(db, [one.client_id for one in made], now=SystemClock().now())
        with place.ingest(url), serving(db) as port, Visitor(port, USERNAME) as visitor:
            heard: queue.Queue[tuple[UUID, float]] = queue.Queue()
            stop = threading.Event()
            threading.Thread(target=_listen, args=(visitor, stop, heard), daemon=True).start()
            sent = _publish_steadily(place, made)
            time.sleep(2.0)
            stop.set()
    latencies = []
    while not heard.empty():
        client_id, at = heard.get()
        waiting = sent[client_id]
        told = [one for one in waiting if one < at]
        sent[client_id] = waiting[len(told) :]
        if told:
            latencies.append((at - told[0]) * 1000)
    return latencies[_BUSY_WARM_UP:]


def _publish_steadily(place: Place, made: list[BenchGateway]) -> dict[UUID, list[float]]:
    """When each client's readings were published."""
    number = _BUSY_PER_SECOND * _BUSY_SECONDS
    messages = readings(made, number, SystemClock().now())
    sent: dict[UUID, list[float]] = {one.client_id: [] for one in made}
    client = connected(place, "bench-busy", clean=True)
    client.loop_start()
    time.sleep(3.0)
    began = time.perf_counter()
    for index, (topic, payload) in enumerate(messages):
        ahead = began + index / _BUSY_PER_SECOND - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        sent[made[index % len(made)].client_id].append(time.perf_counter())
        client.publish(topic, payload, qos=1)
    client.disconnect()
    client.loop_stop()
    return sent


def _measured(place: Place, made: list[BenchGateway], visitor: Visitor) -> tuple[list[float], list[float]]:
    heard: queue.Queue[tuple[UUID, float]] = queue.Queue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(visitor, stop, heard), daemon=True).start()
    client = connected(place, "bench-live", clean=True)
    client.loop_start()
    time.sleep(3.0)  # the ingest process starts and subscribes, the stream opens
    told: list[float] = []
    drawn: list[float] = []
    for gateway in made:
        started = time.perf_counter()
        client.publish(gateway.topic, gateway.reading(1, SystemClock().now()), qos=1)
        told.append((_when(heard, gateway.client_id) - started) * 1000)
        _, body = visitor.get(f"/clients/{gateway.client_id}/figure.json?days=7")
        if not any(str(trace["meta"]).startswith("reading") for trace in json.loads(body)["data"]):
            raise RuntimeError("the graph does not hold the reading its event told of")
        drawn.append((time.perf_counter() - started) * 1000)
        time.sleep(max(0.0, 1 / _PER_SECOND - (time.perf_counter() - started)))
    stop.set()
    client.disconnect()
    client.loop_stop()
    return told[_WARM_UP:], drawn[_WARM_UP:]


def _listen(visitor: Visitor, stop: threading.Event, heard: "queue.Queue[tuple[UUID, float]]") -> None:
    for client_id in visitor.changes(stop):
        heard.put((client_id, time.perf_counter()))


def _when(heard: "queue.Queue[tuple[UUID, float]]", client_id: UUID) -> float:
    while True:
        found, at = heard.get(timeout=_LONGEST_S)
        if found == client_id:
            return at

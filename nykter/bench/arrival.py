"""From publishing a reading to its commit, as a listener of the database sees it."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime

from backend.store.notifications import LIVE, listening
from nykter.bench.backlog import connected
from nykter.bench.figure import Figure, percentile
from nykter.bench.place import Place
from nykter.bench.traffic import BenchGateway, enrolled_gateways
from nykter.clock import SystemClock

PER_SECOND = 500
_SECONDS = 6
_GATEWAYS = 300
_WARM_UP = 200


def run(place: Place) -> Iterator[Figure]:
    """Yield median and 99th percentile in ms at a steady rate, each gateway with its own client."""
    with place.database() as url:
        made = enrolled_gateways(url, _GATEWAYS, SystemClock().now())
        with place.ingest(url), listening(url, LIVE) as heard:
            latencies: list[float] = []
            publishing = threading.Thread(target=_publish, args=(place, made), daemon=True)
            publishing.start()
            quiet_since = time.monotonic()
            while publishing.is_alive() or time.monotonic() - quiet_since < 2:
                for payload in heard.wait(0.5):
                    told = json.loads(payload)
                    at = datetime.fromisoformat(told["at"])
                    latencies.append((SystemClock().now() - at).total_seconds() * 1000)
                    quiet_since = time.monotonic()
            publishing.join()
    steady = latencies[_WARM_UP:]
    yield Figure(f"publish to commit at {PER_SECOND}/s, median", percentile(steady, 0.5), "ms")
    yield Figure(f"publish to commit at {PER_SECOND}/s, p99", percentile(steady, 0.99), "ms")


def _publish(place: Place, made: list[BenchGateway]) -> None:
    client = connected(place, "bench-steady", clean=True)
    client.loop_start()
    time.sleep(2.0)  # the ingest process starts and subscribes meanwhile
    started = time.perf_counter()
    for index in range(PER_SECOND * _SECONDS):
        gateway = made[index % len(made)]
        client.publish(gateway.topic, gateway.reading(1 + index // len(made), SystemClock().now()), qos=1)
        ahead = started + (index + 1) / PER_SECOND - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
    client.disconnect()
    client.loop_stop()

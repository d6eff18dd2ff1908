"""A backlog at the broker, and how fast it is drained."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from backend.ingest.broker_address import filters
from nykter.bench.place import Place

_WAIT_S = 60.0


def connected(place: Place, client_id: str, *, clean: bool, **options: Any) -> mqtt.Client:
    """A connected client with the backend's login; its thread is not started."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean, **options)
    client.username_pw_set(place.broker.backend.username, place.broker.backend.password)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", int(place.broker.url.rsplit(":", 1)[1]), keepalive=60)
    return client


def subscribe_and_leave(place: Place, client_id: str, share: str | None = None) -> None:
    """From now on the broker keeps readings for that client, or its share of them."""
    client = connected(place, client_id, clean=False)
    done = threading.Event()
    client.on_connect = lambda c, *_: c.subscribe([(topic, 1) for topic in filters(share)])
    client.on_subscribe = lambda *_: done.set()
    client.loop_start()
    _require(done.wait(_WAIT_S), "the broker did not answer")
    client.disconnect()
    client.loop_stop()


def publish(place: Place, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish at QoS 1 and return when the broker has acknowledged all of them."""
    client = connected(place, "bench-publisher", clean=True)
    client.loop_start()
    sent = [client.publish(topic, payload, qos=1) for topic, payload in messages]
    for one in sent:
        one.wait_for_publish(_WAIT_S)
    client.disconnect()
    client.loop_stop()


def bare_receive_s(place: Place, client_id: str, number: int) -> float:
    """Seconds paho needs to receive and acknowledge a backlog of `number`, doing nothing with it."""
    client = connected(place, client_id, clean=False, manual_ack=True)
    times: list[float] = []
    done = threading.Event()

    def receive(c: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        times.append(time.perf_counter())
        c.ack(message.mid, message.qos)
        if len(times) == number:
            done.set()

    client.on_message = receive
    client.loop_start()
    _require(done.wait(_WAIT_S), f"only {len(times)} of {number} messages came")
    client.disconnect()
    client.loop_stop()
    return times[-1] - times[0]


def _require(held: bool, text: str) -> None:
    if not held:
        raise RuntimeError(text)

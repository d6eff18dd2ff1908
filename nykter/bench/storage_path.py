"""Ingest without judging and answering: receive, claim keys, copy, note who is to be assessed, commit, acknowledge."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from backend.ingest.arrival import Arrival
from backend.ingest.batch import next_batch
from backend.ingest.batch_store import store_batch
from backend.ingest.broker_address import BrokerAddress
from backend.ingest.consumer import Consumer
from backend.ingest.ready import Ready, judge_all
from backend.store.gateways import find_gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.topics import parse
from nykter.bench.place import Place
from nykter.runtime.broker import login_url

_LIMIT_S = 60.0
Judged = Mapping[tuple[str, bytes], Ready]


def judged_beforehand(url: str, messages: Sequence[tuple[str, bytes]], now: datetime) -> Judged:
    """Each message's judgement, by its topic and the end of its signature."""
    arrivals = [Arrival(topic, payload) for topic, payload in messages]
    with Database(url) as database, database.transaction(SYSTEM_SCOPE) as conn:
        gateways = find_gateways(conn, {parse(one.topic).device_id for one in arrivals})
    judged = judge_all(arrivals, gateways, now=now)
    return {_name(one.arrival): one for one in judged if isinstance(one, Ready)}


def drain(place: Place, url: str, name: str, judged: Judged, now: datetime) -> float:
    """Readings per second from the first message's arrival to the last commit."""
    consumer = Consumer(BrokerAddress.from_url(login_url(place.broker, place.broker.backend)), name)
    stored, began = 0, None
    give_up_at = time.monotonic() + _LIMIT_S
    with Database(url) as database:
        consumer.start()
        while stored < len(judged) and time.monotonic() < give_up_at:
            batch = next_batch(consumer.inbox, wait_s=0.5)
            if not batch:
                continue
            began = began if began is not None else batch[0].arrived_s
            with database.transaction(SYSTEM_SCOPE) as conn:
                store_batch(conn, [judged[_name(one)] for one in batch], (), now=now)
            consumer.settle(batch, [])
            stored += len(batch)
        ended = time.monotonic()
        consumer.stop()
    if began is None or stored < len(judged):
        raise RuntimeError(f"only {stored} of {len(judged)} readings were stored")
    return stored / (ended - began)


def _name(arrival: Arrival) -> tuple[str, bytes]:
    return arrival.topic, arrival.payload[-30:]

"""Metrics are told on this machine only, and the doctor says in words what they mean."""

import http.client
import socket
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from backend.ingest.counters import Counters
from nykter.diagnosis import metrics
from nykter.diagnosis.finding import State
from nykter.errors import NykterError
from nykter.metrics import ingest_metrics, serving_metrics
from nykter.runtime.ports import free_port
from nykter.web_metrics import Timed, WebMetrics


class Told:
    """An ingest with the numbers a test gives it."""

    def __init__(self, **changes: Any) -> None:
        self.counters = Counters(stored=120, received=130, lag_ms=12.5)
        self.counters.dead_letters.update({"signature": 3})
        for size in (1, 30, 1000, 9000):
            self.counters.batch_sizes.add(size)
        self._changes = changes

    def detail(self) -> dict[str, Any]:
        more = {
            "broker_connected": True, "connections": 1, "queued": 7, "queued_bytes": 900, "queue_limit": 5000,
            "receipts_dropped": 0, "judges_lost": 0,
        }  # fmt: skip
        return {**self.counters.detail(), **more, **self._changes}


def said(told: Told) -> dict[State, list[str]]:
    port = free_port()
    with serving_metrics(ingest_metrics(told), port):
        found = list(metrics.processes(f"http://127.0.0.1:{port}/metrics, "))
    return {state: [one.says for one in found if one.state is state] for state in State}


def test_everything_counted_is_told_in_prometheus_own_format() -> None:
    port = free_port()
    with serving_metrics(ingest_metrics(Told()), port):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    found = {s.name: s.value for f in text_string_to_metric_families(text) for s in f.samples if not s.labels}
    assert found["nykter_ingest_stored_total"] == 120
    assert found["nykter_ingest_queued"] == 7
    assert found["nykter_ingest_lag_seconds"] == 0.0125
    assert found["nykter_ingest_batch_size_count"] == 4
    assert 'nykter_ingest_batch_size_bucket{le="1000.0"} 3.0' in text
    assert 'nykter_ingest_dead_letters_total{reason="signature"} 3.0' in text


def test_nobody_outside_this_machine_can_ask() -> None:
    port = free_port()
    with serving_metrics(CollectorRegistry(), port):
        addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
        for address in addresses - {"127.0.0.1"}:
            if str(address).startswith("127."):
                continue
            with pytest.raises(OSError):  # noqa: PT011 (whichever way it is refused)
                http.client.HTTPConnection(str(address), port, timeout=2).connect()
        with (
            pytest.raises(NykterError, match="NYKTER_METRICS_PORT"),
            serving_metrics(CollectorRegistry(), port),
        ):
            pass


def test_an_ingest_that_is_well_is_said_to_be() -> None:
    told = Told()
    told.counters.dead_letters.clear()
    found = said(told)
    assert found[State.FAULT] == found[State.NOTE] == []
    assert "120" in found[State.OK][0]


def test_what_is_wrong_is_said_in_words() -> None:
    told = Told(broker_connected=False, queued=4990, database_failures=2, judges_lost=1)
    for _ in range(30):
        told.counters.receipt_s.add(20)
    found = said(told)
    assert found[State.FAULT] == ["is not connected to the broker"]
    notes = " | ".join(found[State.NOTE])
    for words in (
        "more come than are stored",
        "lost the database 2 times",
        "judging",
        "signature",
        "later than 10 s",
    ):
        assert words in notes


def test_a_process_that_does_not_answer_is_a_fault_and_a_wrong_address_too() -> None:
    found = list(metrics.processes(f"http://127.0.0.1:{free_port()}/metrics,file:///etc/passwd"))
    assert [one.state for one in found] == [State.FAULT, State.FAULT]
    assert all(one.do for one in found)


async def test_requests_are_counted_by_route_never_by_address() -> None:
    app, told = FastAPI(), WebMetrics()

    @app.get("/clients/{client_id}")
    def client(client_id: str) -> str:
        if client_id == "bad":
            raise RuntimeError
        return client_id

    app.add_middleware(Timed, metrics=told)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as web:
        for path in ("/clients/anna", "/clients/bo", "/clients/bad", "/nowhere/anna"):
            await web.get(path)
    port = free_port()
    with serving_metrics(told.registry, port):
        text = generate_latest(told.registry).decode()
        found = list(metrics.processes(f"http://127.0.0.1:{port}/metrics"))
    assert (
        'nykter_web_request_seconds_count{method="GET",route="/clients/{client_id}",status="2xx"} 2.0' in text
    )
    assert "anna" not in text
    assert [one.says for one in found if one.state is State.OK] == ["has answered 4 requests"]
    assert any("failed 1 times" in one.says for one in found)

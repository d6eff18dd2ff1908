"""A real Mosquitto that knows everybody by a certificate of the deployment's own authority."""

import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from contracts.topics import Kind
from nykter.runtime.ports import wait_until
from tests.support.authority import Deployment, Shown, Visitor, running_deployment
from tests.support.ingest_process import IngestProcess
from tests.support.messages import MadeUpGateway, enrol

HOME = MadeUpGateway("gw-home-1")
OTHER = MadeUpGateway("gw-home-2", seed=b"\x02" * 32)


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with running_deployment() as running:
        yield running


@pytest.fixture(scope="module")
def backend(deployment: Deployment) -> Iterator[Visitor]:
    """Somebody with the backend's certificate who listens to everything."""
    with Visitor(deployment.broker, deployment.certificate("backend")) as visitor:
        visitor.subscribe("nykter/v1/#")
        yield visitor


@pytest.fixture(scope="module")
def home(deployment: Deployment) -> Shown:
    return deployment.certificate(f"{HOME.tenant_id}.{HOME.device_id}")


def test_a_gateway_with_its_certificate_delivers(
    deployment: Deployment, backend: Visitor, home: Shown
) -> None:
    with Visitor(deployment.broker, home) as visitor:
        assert visitor.entered
        visitor.publish(HOME.topic(Kind.READING), b"its own")
    assert wait_until(lambda: (HOME.topic(Kind.READING), b"its own") in backend.received, 5)


@pytest.mark.requirement("D1", "I7")
def test_a_gateway_cannot_write_another_ones_topic_or_its_own_receipts(
    deployment: Deployment, backend: Visitor, home: Shown
) -> None:
    with Visitor(deployment.broker, home) as visitor:
        for topic in (
            OTHER.topic(Kind.READING),
            HOME.topic(Kind.RECEIPT),
            "nykter/v1/annan/gw-home-1/reading",
        ):
            visitor.publish(topic, b"not allowed")
        visitor.publish(HOME.topic(Kind.STATUS), b"after them")
    assert wait_until(lambda: (HOME.topic(Kind.STATUS), b"after them") in backend.received, 5)
    assert b"not allowed" not in [payload for _, payload in backend.received]


@pytest.mark.requirement("D1", "I7")
def test_who_subscribes_to_everything_is_given_only_its_own_receipts(
    deployment: Deployment, backend: Visitor, home: Shown
) -> None:
    with Visitor(deployment.broker, home) as visitor:
        for wish in ("#", "nykter/v1/#", "$SYS/#", OTHER.topic(Kind.RECEIPT)):
            visitor.subscribe(wish)
        for topic in (OTHER.topic(Kind.READING), OTHER.topic(Kind.RECEIPT), HOME.topic(Kind.READING)):
            backend.publish(topic, b"for others")
        backend.publish(HOME.topic(Kind.RECEIPT), b"its receipt")
        assert wait_until(lambda: len(visitor.received) > 0, 5)
        assert {topic for topic, _ in visitor.received} == {HOME.topic(Kind.RECEIPT)}


@pytest.mark.requirement("D1")
def test_nobody_enters_without_a_certificate_of_this_authority(deployment: Deployment, home: Shown) -> None:
    with Visitor(deployment.broker, Shown(home.ca)) as visitor:
        assert not visitor.entered
    with running_deployment() as elsewhere:
        stranger = elsewhere.certificate(f"{HOME.tenant_id}.{HOME.device_id}")
        with Visitor(deployment.broker, Shown(home.ca, stranger.certificate, stranger.key)) as visitor:
            assert not visitor.entered


@pytest.mark.requirement("D1")
def test_a_revoked_certificate_is_refused_and_its_open_connection_may_write_nothing_more(
    deployment: Deployment, backend: Visitor
) -> None:
    name, topic = "testkommun.gw-stolen-1", "nykter/v1/testkommun/gw-stolen-1/status"
    stolen = deployment.certificate(name)
    with Visitor(deployment.broker, stolen) as still_there:
        still_there.publish(topic, b"before")
        assert wait_until(lambda: (topic, b"before") in backend.received, 5)
        deployment.revoke(name)
        assert wait_until(lambda: not _enters(deployment, stolen), 10)
        still_there.publish(topic, b"after")
    backend.publish("nykter/v1/x1/y11/status", b"marker")
    assert wait_until(lambda: b"marker" in [payload for _, payload in backend.received], 5)
    assert (topic, b"after") not in backend.received


@pytest.mark.requirement("D2", "H13")
def test_forged_replayed_and_rolled_back_messages_are_never_stored_twice(
    deployment: Deployment, postgres_database: str, tmp_path: Path, home: Shown
) -> None:
    enrol(postgres_database, HOME)
    assert deployment.broker.url.startswith("mqtts://127.0.0.1:")
    shown = deployment.certificate("backend")
    now = datetime.now(UTC) - timedelta(minutes=1)
    genuine = HOME.seal(Kind.READING, HOME.reading("0.000", measured_at=now, sequence=50))
    rolled_back = HOME.seal(Kind.READING, HOME.reading("0.200", measured_at=now, sequence=50))
    forged = bytearray(HOME.seal(Kind.READING, HOME.reading("0.300", measured_at=now, sequence=51)))
    forged[-20] = ord("A") if forged[-20] != ord("A") else ord("B")
    ingest = IngestProcess(
        postgres_database, deployment.broker, tmp_path,
        NYKTER_MQTT_URL=deployment.broker.url,
        NYKTER_MQTT_CA_FILE=str(shown.ca),
        NYKTER_MQTT_CERTIFICATE_FILE=str(shown.certificate),
        NYKTER_MQTT_CERTIFICATE_KEY_FILE=str(shown.key),
        NYKTER_INGEST_JUDGES="0",
    )  # fmt: skip
    with ingest:
        assert ingest.wait_until_connected(20), ingest.log.read_text()
        with Visitor(deployment.broker, home) as visitor:
            visitor.subscribe(HOME.topic(Kind.RECEIPT))
            for message in (genuine, genuine, rolled_back, bytes(forged), genuine):
                visitor.publish(HOME.topic(Kind.READING), message)
            assert wait_until(lambda: _letters(postgres_database) == {"conflict": 1, "signature": 1}, 15)
            assert wait_until(lambda: b"duplicate" in b"".join(p for _, p in visitor.received), 10)
        assert ingest.stop() == 0
    with psycopg.connect(postgres_database) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        assert conn.execute("SELECT brac_mg_per_l FROM reading").fetchall() == [(0,)]


@pytest.mark.requirement("D1", "I7")
def test_a_last_will_and_a_retained_message_reach_no_topic_but_ones_own(
    deployment: Deployment, backend: Visitor, home: Shown
) -> None:
    with Visitor(deployment.broker, home, will=(OTHER.topic(Kind.READING), b"last will")) as visitor:
        visitor.publish(OTHER.topic(Kind.READING), b"kept for later", retain=True)
        visitor.publish(HOME.topic(Kind.STATUS), b"before the end")
        visitor.drop()
    assert wait_until(lambda: (HOME.topic(Kind.STATUS), b"before the end") in backend.received, 5)
    backend.publish("nykter/v1/x1/y11/status", b"after the end")
    assert wait_until(lambda: b"after the end" in [payload for _, payload in backend.received], 5)
    with Visitor(deployment.broker, deployment.certificate("backend")) as later:
        later.subscribe("nykter/v1/#")
        assert {b"last will", b"kept for later"}.isdisjoint(
            payload for _, payload in (*backend.received, *later.received)
        )


@pytest.mark.requirement("D1")
def test_a_message_larger_than_any_of_ours_is_refused_by_the_broker(
    deployment: Deployment, backend: Visitor, home: Shown
) -> None:
    with Visitor(deployment.broker, home) as visitor:
        visitor.throw(HOME.topic(Kind.READING), b"x" * 300_000)
        assert wait_until(lambda: visitor.was_turned_away, 5)
    assert b"x" * 300_000 not in [payload for _, payload in backend.received]


@pytest.mark.requirement("D1")
def test_nobody_is_heard_without_tls(deployment: Deployment) -> None:
    assert deployment.broker.port is not None
    with socket.create_connection(("127.0.0.1", deployment.broker.port), 5) as plain:
        plain.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00<\x00\x04gw-1")
        plain.settimeout(5)
        try:
            answer = plain.recv(4)
        except ConnectionError:
            answer = b""
    assert answer[:1] != b"\x20"  # no CONNACK


def test_the_authoritys_key_is_for_its_owner_only_and_what_the_broker_reads_holds_no_secret(
    deployment: Deployment,
) -> None:
    key = deployment.authority.folder / "ca.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for path in deployment.authority.broker_folder.iterdir():
        assert "PRIVATE KEY" not in path.read_text()


def _enters(deployment: Deployment, shown: Shown) -> bool:
    with Visitor(deployment.broker, shown) as visitor:
        return visitor.entered


def _letters(database: str) -> dict[str, int]:
    with psycopg.connect(database) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        rows = conn.execute("SELECT reason, times FROM dead_letter").fetchall()
    return dict(rows)

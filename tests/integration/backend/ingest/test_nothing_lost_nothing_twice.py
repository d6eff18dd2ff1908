"""Crashes in mid-stream: every message ends up stored exactly once, and every outbox empty.

Real processes, real brokers, SIGKILL at random points (the seed is printed; TEST_SEED repeats a run). The count at the
end asks the database by itself and compares digests with what was sent.
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from backend.ingest.receipts import ReceiptSigner
from contracts.envelope import open_envelope
from contracts.receipt import Verdict
from contracts.topics import Kind
from nykter.runtime.broker import Broker
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess
from tests.support.messages import enrol, gateways
from tests.support.outbox import Outbox
from tests.support.servers import reachable_folder

READINGS = 2000
_DEVICES = 25
_PUBLIC_KEY = ReceiptSigner(RECEIPT_SEED).public_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def dice() -> random.Random:
    seed = int(os.environ.get("TEST_SEED", random.randrange(2**32)))
    print(f"TEST_SEED={seed}")
    return random.Random(seed)


class Stream:
    """Enrolled gateways, their full outboxes, and the digests of everything in them."""

    def __init__(self, database: str, broker: Broker, number: int = READINGS) -> None:
        self.database = database
        self.number = number
        made = gateways(_DEVICES)
        enrol(database, *made)
        self.outbox = Outbox(broker, _PUBLIC_KEY)
        self.digests = set()
        now = datetime.now(UTC)
        for index in range(number):
            one = made[index % _DEVICES]
            payload = one.sealed_reading(measured_at=now - timedelta(minutes=index))
            self.digests.add(sha256(open_envelope(payload).body).digest())
            self.outbox.add(one.topic(Kind.READING), payload)

    def kill_points(self, dice: random.Random, number: int) -> Iterator[int]:
        """Depths of the outbox, falling."""
        yield from sorted(dice.sample(range(self.number // 20, self.number * 19 // 20), number), reverse=True)

    def assert_stored_exactly_once(self) -> None:
        with psycopg.connect(self.database) as conn:
            stored = [bytes(row[0]) for row in conn.execute("SELECT body FROM reading").fetchall()]
            keys = conn.execute("SELECT count(*) FROM message_key").fetchone()
            letters = conn.execute("SELECT reason, times FROM dead_letter").fetchall()
        found = [sha256(body).digest() for body in stored]
        assert len(found) == len(set(found)), "stored twice"
        assert letters == []
        assert keys == (self.number,)
        assert set(found) == self.digests
        assert set(self.outbox.verdicts.values()) <= {Verdict.STORED, Verdict.DUPLICATE}
        assert len(self.outbox.verdicts) == self.number


def test_ingest_killed_again_and_again(
    postgres_database: str, broker: Broker, tmp_path: Path, dice: random.Random
) -> None:
    stream = Stream(postgres_database, broker)
    ingest = IngestProcess(postgres_database, broker, tmp_path)
    with ingest, stream.outbox as outbox:
        for depth in stream.kill_points(dice, 4):
            assert outbox.wait_for_depth(depth, 60), ingest.log.read_text()
            time.sleep(dice.random() * 0.05)
            ingest.kill()
            ingest.start()
        assert outbox.wait_until_empty(90), ingest.log.read_text()
    stream.assert_stored_exactly_once()


@pytest.mark.timescale
def test_ingest_killed_while_it_writes_to_a_hypertable(
    timescale_database: str, mosquitto: Broker, tmp_path: Path, dice: random.Random
) -> None:
    stream = Stream(timescale_database, mosquitto)
    ingest = IngestProcess(timescale_database, mosquitto, tmp_path)
    with ingest, stream.outbox as outbox:
        for depth in stream.kill_points(dice, 3):
            assert outbox.wait_for_depth(depth, 60), ingest.log.read_text()
            ingest.kill()
            ingest.start()
        assert outbox.wait_until_empty(90), ingest.log.read_text()
    stream.assert_stored_exactly_once()


def test_the_broker_killed_again_and_again(
    postgres_database: str, broker: Broker, tmp_path: Path, dice: random.Random
) -> None:
    stream = Stream(postgres_database, broker)
    with IngestProcess(postgres_database, broker, tmp_path) as ingest, stream.outbox as outbox:
        for depth in stream.kill_points(dice, 3):
            assert outbox.wait_for_depth(depth, 60), ingest.log.read_text()
            broker.kill()
            time.sleep(dice.random() * 0.5)
            broker.start()
        assert outbox.wait_until_empty(90), ingest.log.read_text()
        assert ingest.is_running
    stream.assert_stored_exactly_once()


def test_the_database_killed_again_and_again(mosquitto: Broker, tmp_path: Path, dice: random.Random) -> None:
    from backend.store.migrate import migrate

    with reachable_folder() as folder:
        server = EmbeddedPostgres(folder / "pg")
        url = server.start()
        try:
            migrate(url)
            stream = Stream(url, mosquitto)
            with IngestProcess(url, mosquitto, tmp_path) as ingest, stream.outbox as outbox:
                for depth in stream.kill_points(dice, 3):
                    assert outbox.wait_for_depth(depth, 60), ingest.log.read_text()
                    server.kill()
                    time.sleep(dice.random())
                    server.start()
                assert outbox.wait_until_empty(90), ingest.log.read_text()
                assert ingest.is_running
            stream.assert_stored_exactly_once()
        finally:
            server.stop()


def test_two_ingests_at_once_with_one_of_them_killed(
    postgres_database: str, mosquitto: Broker, tmp_path: Path, dice: random.Random
) -> None:
    """Both are given every message: the second sees nothing but duplicates, and steps in when the first is gone."""
    stream = Stream(postgres_database, mosquitto)
    first = IngestProcess(postgres_database, mosquitto, tmp_path)
    second = IngestProcess(postgres_database, mosquitto, tmp_path, "ingest-2")
    with first, second, stream.outbox as outbox:
        (depth,) = stream.kill_points(dice, 1)
        assert outbox.wait_for_depth(depth, 60), first.log.read_text()
        first.kill()
        assert outbox.wait_until_empty(90), second.log.read_text()
    stream.assert_stored_exactly_once()


def test_a_stopped_ingest_answers_what_it_has_taken_and_leaves_the_rest_to_the_broker(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    stream = Stream(postgres_database, mosquitto, 1000)
    stream.outbox.again_after_s = 3600  # every message is published once: nothing may need a second time
    ingest = IngestProcess(postgres_database, mosquitto, tmp_path)
    ingest.start()
    assert ingest.wait_until_connected(30), ingest.log.read_text()
    with ingest, stream.outbox as outbox:
        assert outbox.wait_for_depth(700, 60), ingest.log.read_text()
        assert ingest.stop() == 0
        time.sleep(0.5)  # what was sent on the way out arrives
        with psycopg.connect(postgres_database) as conn:
            row = conn.execute("SELECT count(*) FROM reading").fetchone()
        assert row == (1000 - outbox.depth,)
        ingest.start()
        assert outbox.wait_until_empty(60), ingest.log.read_text()
    stream.assert_stored_exactly_once()

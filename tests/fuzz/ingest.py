"""Broken, oversized, replayed and forged messages through a real broker into a real ingest process: `make fuzz-ingest`.

None may be stored as a reading, each must be counted, the ingest must live and its memory have an end. The true
readings sent among them must all arrive, once.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from contracts.topics import Kind
from nykter.runtime.broker import Broker
from nykter.runtime.brokers import make_broker
from tests.support.ingest_process import IngestProcess
from tests.support.messages import MadeUpGateway, enrol, gateways
from tests.support.servers import plain_databases

_GROWTH_BYTES = 200e6
"""More than the inbox's bound in bytes, an interpreter's habits included (assumption)."""
_WAVE = 2_000
_DEAD = "SELECT coalesce(sum(times), 0) FROM dead_letter"

Fault = Callable[[random.Random, MadeUpGateway, bytes], tuple[str, bytes]]


def _noise(dice: random.Random, gateway: MadeUpGateway, _true: bytes) -> tuple[str, bytes]:
    return gateway.topic(Kind.READING), dice.randbytes(dice.randrange(1, 4000))


def _flipped(dice: random.Random, gateway: MadeUpGateway, true: bytes) -> tuple[str, bytes]:
    """One bit of the body: the signature no longer fits."""
    broken = bytearray(true)
    broken[dice.randrange(10, len(true) - 140)] ^= 1 << dice.randrange(8)
    return gateway.topic(Kind.READING), bytes(broken)


def _cut(dice: random.Random, gateway: MadeUpGateway, true: bytes) -> tuple[str, bytes]:
    return gateway.topic(Kind.READING), true[: dice.randrange(len(true) - 1)]


def _oversized(dice: random.Random, gateway: MadeUpGateway, true: bytes) -> tuple[str, bytes]:
    return gateway.topic(Kind.READING), true + bytes([dice.randrange(256)]) * dice.choice((65_000, 150_000))


def _another_kind(dice: random.Random, gateway: MadeUpGateway, true: bytes) -> tuple[str, bytes]:
    return gateway.topic(dice.choice((Kind.CHECK_IN, Kind.STATUS))), true


def _anothers_name(dice: random.Random, gateway: MadeUpGateway, _true: bytes) -> tuple[str, bytes]:
    forger = MadeUpGateway(device_id=gateway.device_id, seed=dice.randbytes(32))
    return gateway.topic(Kind.READING), forger.seal(
        Kind.READING, forger.reading(sequence=dice.randrange(1, 10**6))
    )


def _against_contract(dice: random.Random, gateway: MadeUpGateway, _true: bytes) -> tuple[str, bytes]:
    """Rightly signed, and wrong."""
    field, value = dice.choice([
        ("brac_mg_per_l", "-1.000"), ("measured_at", "yesterday"), ("timezone", "+01:00"), ("attempt", 0),
        ("schema_version", 7), ("measured_at", "1970-01-01T00:00:00Z"), ("frames", "x" * 100), ("sequence", 2**70),
    ])  # fmt: skip
    body = gateway.altered(gateway.reading(), **{field: value, "gateway_version": str(dice.random())})
    return gateway.topic(Kind.READING), gateway.seal(Kind.READING, body)


def _stranger(dice: random.Random, _gateway: MadeUpGateway, true: bytes) -> tuple[str, bytes]:
    return f"nykter/v1/testkommun/gw-{dice.randrange(10**6)}/reading", true


FAULTS: Sequence[Fault] = (
    _noise, _flipped, _cut, _oversized, _another_kind, _anothers_name, _against_contract, _stranger,
)  # fmt: skip


def fuzz(database: str, broker: Broker, folder: Path, number: int, seed: int) -> dict[str, int]:
    """Send `number` bad messages with true ones and their replays among them; dead letters by reason.

    Raises AssertionError when one is stored, lost from the count, or ends the ingest.
    """
    from tests.integration.backend.ingest.test_the_connection import Publisher

    dice = random.Random(seed)
    made = gateways(20)
    enrol(database, *made)
    true = {g.device_id: g.sealed_reading(measured_at=datetime.now(UTC)) for g in made}
    sent: set[tuple[str, bytes]] = set()
    with (
        IngestProcess(database, broker, folder) as ingest,
        psycopg.connect(database, autocommit=True) as conn,
    ):
        assert ingest.wait_until_connected(30), ingest.log.read_text()
        publisher = Publisher(broker)
        _publish(publisher, [(g.topic(Kind.READING), true[g.device_id]) for g in made])
        memory = [ingest.resident_bytes()]
        for start in range(0, number, _WAVE):
            wave: list[tuple[str, bytes]] = []
            while len(wave) < min(_WAVE, number - start):
                gateway = dice.choice(made)
                one = dice.choice(FAULTS)(dice, gateway, true[gateway.device_id])
                if one not in sent:
                    sent.add(one)
                    wave.append(one)
            replays = [(g.topic(Kind.READING), true[g.device_id]) for g in dice.sample(made, 5)]
            _publish(publisher, [*wave, *replays])
            _wait(conn, start + len(wave), ingest)
            memory.append(ingest.resident_bytes())
        publisher.close()
        assert ingest.is_running
        stored = conn.execute("SELECT count(*), count(DISTINCT device_id) FROM reading").fetchone()
        assert stored == (len(made), len(made)), stored
        assert max(memory) - memory[0] < _GROWTH_BYTES, memory
        rows = conn.execute("SELECT reason, sum(times)::int FROM dead_letter GROUP BY reason").fetchall()
    return dict(rows)


def _publish(publisher: object, messages: Sequence[tuple[str, bytes]]) -> None:
    client = publisher._client  # type: ignore[attr-defined]
    for info in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
        info.wait_for_publish(60)


def _wait(conn: "psycopg.Connection[tuple[int]]", number: int, ingest: IngestProcess) -> None:
    ends = time.monotonic() + 60
    while True:
        row = conn.execute(_DEAD).fetchone()
        assert row is not None
        if row[0] >= number:
            break
        assert time.monotonic() < ends, f"{row[0]} of {number} were counted\n{ingest.log.read_text()[-2000:]}"
        time.sleep(0.05)
    assert row[0] == number, f"{row[0]} were counted of {number}"


def main() -> int:
    """100,000 by themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    with TemporaryDirectory(prefix="nykter-fuzz-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        broker = make_broker(folder / "broker")
        broker.start()
        try:
            with plain_databases() as databases, databases.fresh() as url:
                print(json.dumps(fuzz(url, broker, folder, args.messages, args.seed), indent=1))
        finally:
            broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

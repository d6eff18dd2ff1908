"""The background sensor over the virtual radio: fetched, kept, only then forgotten; never a breath test."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from backend.ingest.receipts import ReceiptSigner
from contracts.background import Background, RecordKind
from contracts.envelope import open_envelope
from contracts.topics import Kind
from device_gateway.background import BackgroundCollector
from device_gateway.errors import OutboxError, OutboxFullError, RadioError
from device_gateway.messages import Origin
from device_gateway.outbox import Outbox
from device_gateway.publisher import BrokerAddress, Publisher
from device_gateway.radio import BleakBackgroundRadio
from device_gateway.signing import ReceiptVerifier, Signer
from nykter.clock import SystemClock
from nykter.runtime.broker import Broker
from simulators.bluez import virtual_radio
from simulators.transdermal.skyn import Skyn, clock_record, sample_record
from tests.support.gateway import OPENED, ORIGIN, START, HandClock, opened
from tests.support.home_rig import until
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess
from tests.support.messages import enrol, gateways

ADDRESS = "5C:00:00:00:00:01"
SINCE = int(START.timestamp()) - 7200


def worn(samples: int) -> Skyn:
    sensor = Skyn(ADDRESS, unix_s=int(START.timestamp()))
    sensor.memory = [clock_record(SINCE, 20), *(sample_record(n, 3000, 5) for n in range(samples))]
    return sensor


def collector_for(outbox: Outbox) -> BackgroundCollector:
    radio = BleakBackgroundRadio(ADDRESS)
    return BackgroundCollector(radio, outbox, ORIGIN, HandClock(), offset_ms=lambda: -35)


def batches(outbox: Outbox) -> list[Background]:
    rows = outbox.waiting(0, 100)
    return [Background.read(open_envelope(r.sealed).body).value for r in rows if r.kind == Kind.BACKGROUND]


def counts(outbox: Outbox) -> list[int | None]:
    records = (record for batch in batches(outbox) for record in batch.records)
    return [record.alcohol_counts for record in records if record.kind is RecordKind.SAMPLE]


async def test_what_the_sensor_stored_is_kept_and_then_forgotten_by_it(tmp_path: Path) -> None:
    outbox, sensor = opened(tmp_path / "outbox.sqlite3"), worn(700)
    async with virtual_radio(sensor):
        assert await collector_for(outbox).collect() == 701
        assert sensor.memory == []
        assert await collector_for(outbox).collect() == 0
        sensor.memory = [sample_record(9999, 3000, 5)]
        assert await collector_for(outbox).collect() == 1
    found = batches(outbox)
    assert counts(outbox) == [*range(700), 9999]
    assert [len(batch.records) for batch in found] == [300, 300, 101, 1]
    assert (found[0].device_clock, found[0].clock_offset_ms) == (START, -35)
    assert found[0].sensor.battery_millivolts == 3912
    last = found[-1].records[0].device_time
    assert last is not None
    assert int(last.timestamp()) == SINCE + 700 * 20
    assert sensor.forbidden_writes == []
    assert outbox.waiting_of(Kind.READING) == 0


async def test_a_link_lost_while_fetching_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outbox, sensor = opened(tmp_path / "outbox.sqlite3"), worn(500)
    sensor.silent_after = 200
    async with virtual_radio(sensor):
        with pytest.raises(RadioError):
            await collector_for(outbox).collect()
        assert len(sensor.memory) == 501
        assert await collector_for(outbox).collect() == 501
    assert counts(outbox) == list(range(500))


async def test_what_was_kept_but_not_forgotten_is_not_kept_twice(tmp_path: Path) -> None:
    outbox, sensor = opened(tmp_path / "outbox.sqlite3"), worn(400)
    before = list(sensor.memory)
    async with virtual_radio(sensor):
        real = outbox.set_note
        outbox.set_note = lambda *_: (_ for _ in ()).throw(OutboxError())  # type: ignore[method-assign]
        with pytest.raises(OutboxError):
            await collector_for(outbox).collect()
        outbox.set_note = real  # type: ignore[method-assign]
        sensor.memory = [*before, sample_record(7777, 1, 1)]  # the discard never reached it
        assert await collector_for(outbox).collect() == 1
    assert counts(outbox) == [*range(400), 7777]


async def test_a_full_outbox_leaves_the_records_with_the_sensor(tmp_path: Path) -> None:
    outbox, sensor = opened(tmp_path / "outbox.sqlite3", limit_bytes=300_000), worn(2900)
    async with virtual_radio(sensor):
        with pytest.raises(OutboxFullError):
            await collector_for(outbox).collect()
    assert len(sensor.memory) == 2901


async def test_a_breath_test_comes_first(tmp_path: Path) -> None:
    outbox, sensor = opened(tmp_path / "outbox.sqlite3"), worn(10)
    async with virtual_radio(sensor):
        busy = True
        task = asyncio.create_task(collector_for(outbox).keep_collecting(0.1, lambda: busy))
        await asyncio.sleep(0.5)
        assert batches(outbox) == []
        busy = False
        await until(lambda: len(batches(outbox)) == 1)
        task.cancel()


async def test_it_reaches_the_database_apart_from_everything_that_is_judged(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    [gateway] = gateways(1)
    enrol(postgres_database, gateway)
    clock = SystemClock()
    outbox = Outbox(tmp_path / "outbox.sqlite3", Signer.of(gateway.key), clock)
    OPENED.append(outbox)
    sensor = worn(310)
    async with virtual_radio(sensor):
        origin = Origin(gateway.device_id, "Europe/Stockholm")
        collector = BackgroundCollector(
            BleakBackgroundRadio(ADDRESS), outbox, origin, clock, offset_ms=lambda: None
        )
        await collector.collect()
    login = mosquitto.add_gateway(gateway.tenant_id, gateway.device_id)
    place = BrokerAddress.of(mosquitto.url)
    address = BrokerAddress(place.host, place.port, username=login.username, password=login.password)
    verifier = ReceiptVerifier([ReceiptSigner(RECEIPT_SEED).public_key], gateway.device_id)
    publisher = Publisher(outbox, verifier, address, gateway.tenant_id, gateway.device_id, clock)
    with IngestProcess(postgres_database, mosquitto, tmp_path) as ingest:
        assert await asyncio.to_thread(ingest.wait_until_connected, 30)
        publisher.start()
        await until(lambda: outbox.depth().waiting == 0)
        await asyncio.to_thread(publisher.stop)
    with psycopg.connect(postgres_database) as conn:
        stored = conn.execute(
            "SELECT records, driver_grade, serial FROM background_batch ORDER BY sequence"
        ).fetchall()
        tables = ("reading", "check_in", "dead_letter", "test_result")
        others = [conn.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables]
    assert stored == [(300, "experimental", "SKYN00001"), (11, "experimental", "SKYN00001")]
    assert others == [(0,)] * len(tables)

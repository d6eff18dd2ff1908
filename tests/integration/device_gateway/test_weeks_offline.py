"""A month without network, four tests a day: then one connection, and everything is there, in order, once."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from backend.ingest.receipts import ReceiptSigner
from contracts.base import Message
from contracts.envelope import open_envelope
from contracts.reading import NativeUnit, Purpose
from contracts.topics import Kind
from device_gateway.heartbeats import Heartbeats
from device_gateway.link import Bluetooth
from device_gateway.messages import Condition, Origin, check_in_of
from device_gateway.outbox import Outbox
from device_gateway.protocol.events import Identified, Result
from device_gateway.publisher import BrokerAddress, Pace, Publisher
from device_gateway.recorder import Recorder
from device_gateway.retest import RetestRules
from device_gateway.signing import ReceiptVerifier, Signer
from device_gateway.test_run import Phase, Run
from device_gateway.writer import Wanted, Writer
from nykter.runtime.broker import Broker
from tests.support.gateway import OPENED, HandClock
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess
from tests.support.messages import MadeUpGateway, enrol, gateways

DAYS = 30
HOURS = (7, 12, 17, 21)


def run_of(number: int) -> Run:
    """A finished test of some value below the trace limit."""
    return Run(
        f"{number:032x}",
        purpose=Purpose.PLANNED,
        phase=Phase.RESULT,
        settled=True,
        result=Result(Decimal(number % 10) / 1000, NativeUnit.PERCENT_BAC, "800600005800"),
        driver="bactrack_c6",
        identified=Identified("BACtrack C6", "0C6000001", "1.04"),
    )


class OfflineMonth:
    """Lives through it in a moment, with the gateway's own recorder, writer, heartbeats and outbox."""

    def __init__(self, path: Path, gateway: MadeUpGateway, since: datetime) -> None:
        self.clock = HandClock(since)
        self.outbox = Outbox(path, Signer.of(gateway.key), self.clock)
        OPENED.append(self.outbox)
        self.origin = Origin(gateway.device_id, "Europe/Stockholm")
        self.writer = Writer(self.outbox, lambda: None, self._never)
        rules = RetestRules(trace_mg_per_l=Decimal("0.05"))
        self.recorder = Recorder(
            self.outbox, self.writer, self.origin, self.clock, lambda: rules, self._never
        )
        self.heartbeats = Heartbeats(self.outbox, self.origin, 60)

    def live(self) -> None:
        """Test at four hours of the day, one check-in, heartbeats as they fall due."""
        number = 0
        for quarter in range(DAYS * 96):
            self.clock.advance(minutes=15)
            hour = quarter % 96 / 4
            if hour in HOURS:
                number += 1
                self.recorder.keep(replace(run_of(number), phase=Phase.READY), self.clock.now())
                self.recorder.record(run_of(number), self.clock.now(), None)
            if hour == 21.25:
                self.writer.write(Wanted(Kind.CHECK_IN, self._check_in, {"type": "check_in"}))
            if self.heartbeats.due(self.clock.now()):
                self.heartbeats.send(self.clock.now(), self._condition)

    def _check_in(self, boot_id: str, sequence: int) -> Message:
        answers = {"craving": Decimal(3)}
        now = self.clock.now()
        return check_in_of(
            self.origin, boot_id, sequence, answered_at=now, answers=answers, drank=False, comment=None
        )

    def _condition(self) -> Condition:
        return Condition(1, self.outbox.depth(), None, Bluetooth.ON)

    def _never(self, code: str) -> None:
        raise AssertionError(code)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_thirty_days_offline_arrive_in_one_go_in_order_and_once(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    [gateway] = gateways(1)
    enrol(postgres_database, gateway)
    now = datetime.now(UTC)
    month = OfflineMonth(tmp_path / "outbox.sqlite3", gateway, now - timedelta(days=DAYS))
    month.live()
    waiting = month.outbox.waiting(0, 100_000)
    sent = {row.sequence: sha256(open_envelope(row.sealed).body).digest() for row in waiting}
    assert [row.kind for row in waiting].count(Kind.READING) == DAYS * len(HOURS)
    assert month.outbox.fill_percent() < 5

    login = mosquitto.add_gateway(gateway.tenant_id, gateway.device_id)
    address = BrokerAddress.of(mosquitto.url)
    publisher = Publisher(
        month.outbox,
        ReceiptVerifier([ReceiptSigner(RECEIPT_SEED).public_key], gateway.device_id),
        BrokerAddress(address.host, address.port, username=login.username, password=login.password),
        gateway.tenant_id,
        gateway.device_id,
        month.clock,
        pace=Pace(),
    )
    with IngestProcess(postgres_database, mosquitto, tmp_path) as ingest:
        assert ingest.wait_until_connected(30)
        began = time.monotonic()
        publisher.start()
        while month.outbox.depth().waiting and time.monotonic() - began < 60:
            time.sleep(0.02)
        took = time.monotonic() - began
        publisher.stop()
    print(f"{len(sent)} messages of {DAYS} days in {took:.1f} s")
    with psycopg.connect(postgres_database) as conn:
        stored = conn.execute("SELECT sequence, body, measured_at FROM reading ORDER BY sequence").fetchall()
        keys = conn.execute("SELECT sequence, body_sha256 FROM message_key").fetchall()
        letters = conn.execute("SELECT reason FROM dead_letter").fetchall()
    assert {sequence: bytes(digest) for sequence, digest in keys} == sent
    assert len(keys) == len(sent)
    assert len(stored) == DAYS * len(HOURS)
    times = [measured_at for _, _, measured_at in stored]
    assert times == sorted(times)
    assert times[-1] - times[0] > timedelta(days=DAYS - 1)
    assert [sha256(bytes(body)).digest() for _, body, _ in stored] == [
        sent[number] for number, _, _ in stored
    ]
    assert letters == []
    assert took < 10

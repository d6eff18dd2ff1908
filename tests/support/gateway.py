"""Builders for tests of the gateway: a clock that is set by hand, an outbox, messages."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl.signing import SigningKey

from contracts.device_status import DeviceStatus
from contracts.receipt import Receipt, ReceiptEntry, Verdict
from device_gateway.link import Bluetooth
from device_gateway.messages import Condition, Origin, status_of
from device_gateway.outbox import Build, Depth, Outbox
from device_gateway.outbox_file import MessageRow
from device_gateway.signing import Signer

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ORIGIN = Origin("gw-test-1", "Europe/Stockholm")
GATEWAY_KEY = SigningKey(bytes([7]) * 32)
SIGNER = Signer.of(GATEWAY_KEY)
OPENED: list[Outbox] = []
"""Closed after each test by the conftest beside the tests."""


@dataclass
class HandClock:
    """Shows what it is told to; domain and real time are the same."""

    at: datetime = START
    real_offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return self.at

    def real_time_of(self, instant: datetime) -> datetime:
        return instant + self.real_offset

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


def opened(path: Path, clock: HandClock | None = None, *, limit_bytes: int = 64 * 1024 * 1024) -> Outbox:
    """An outbox signed with the test key, closed by the test's end."""
    outbox = Outbox(path, SIGNER, clock or HandClock(), limit_bytes=limit_bytes)
    OPENED.append(outbox)
    return outbox


def status(uptime_s: int = 0) -> Build:
    """A small message to write."""

    def build(boot_id: str, sequence: int) -> DeviceStatus:
        condition = Condition(uptime_s, Depth(0, None, 0), None, Bluetooth.ON)
        return status_of(condition, ORIGIN, boot_id, sequence, sent_at=START)

    return build


def receipt_for(*rows: MessageRow, verdict: Verdict = Verdict.STORED, digest: str | None = None) -> Receipt:
    """The backend's answer to some messages."""
    return Receipt(
        device_id=ORIGIN.device_id,
        received_at=START,
        entries=tuple(
            ReceiptEntry(
                boot_id=row.boot_id,
                sequence=row.sequence,
                body_sha256=digest or row.body_sha256,
                verdict=verdict,
            )
            for row in rows
        ),
    )

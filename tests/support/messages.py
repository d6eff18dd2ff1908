"""Messages as a gateway would send them, signed with a made-up gateway's own key, and its enrolment in a database."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
from nacl.signing import SigningKey

from contracts.base import Message
from contracts.check_in import Answer, CheckIn, DrinkingReport
from contracts.device_status import DeviceStatus
from contracts.envelope import key_id_of, open_envelope, seal, signed_text
from contracts.reading import (
    Battery,
    Blow,
    BlowQuality,
    Breathalyzer,
    Calibration,
    CalibrationState,
    DriverGrade,
    NativeUnit,
    Outcome,
    Purpose,
    RawFrame,
    Reading,
)
from contracts.receipt import Receipt, ReceiptEntry
from contracts.topics import Kind, Topic

TENANT = "testkommun"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When these tests play, unless they say otherwise."""

_DEVICE = Breathalyzer(
    driver="made_up",
    driver_version="1",
    driver_grade=DriverGrade.EXPERIMENTAL,
    model="Made-up 1",
    serial="0001",
    battery=Battery(level=3),
    calibration=Calibration(state=CalibrationState.VALID),
)
_FRAMES = tuple(
    RawFrame(after_ms=900 * i, direction="in", characteristic="fff4", hex=f"{i:02x}10203040506070")
    for i in range(8)
)


@dataclass
class MadeUpGateway:
    """Signs what it sends; the same seed is the same key. `sequence` counts up with every message made."""

    device_id: str = "gw-test-0001"
    tenant_id: str = TENANT
    client_id: UUID = field(default_factory=uuid4)
    seed: bytes = b"\x01" * 32
    boot_id: str = "00000000000000aa"
    sequences: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.seed)

    @property
    def public_key(self) -> bytes:
        return bytes(self.key.verify_key)

    def topic(self, kind: Kind) -> str:
        return str(Topic(self.tenant_id, self.device_id, kind))

    def seal(self, kind: Kind, body: Message | bytes) -> bytes:
        content = body if isinstance(body, bytes) else body.canonical_bytes()
        key = self.key
        return seal(kind.value, content, key_id_of(self.public_key), lambda text: key.sign(text).signature)

    def reading(self, brac: str = "0.000", *, measured_at: datetime = NOW, **changes: Any) -> Reading:
        values: dict[str, Any] = {
            "device_id": self.device_id,
            "boot_id": self.boot_id,
            "sequence": changes.get("sequence") or next(self.sequences),
            "run_id": uuid4().hex,
            "attempt": 1,
            "purpose": Purpose.PLANNED,
            "measured_at": measured_at,
            "gateway_time": measured_at + timedelta(seconds=1),
            "timezone": "Europe/Stockholm",
            "outcome": Outcome.COMPLETE,
            "native_value": Decimal(brac),
            "native_unit": NativeUnit.MG_PER_L,
            "brac_mg_per_l": Decimal(brac),
            "conversion": "identity-1",
            "blow": Blow(quality=BlowQuality.GOOD, duration_ms=5000),
            "breathalyzer": _DEVICE,
            "frames": _FRAMES,
            "gateway_version": "0.1.0",
        }
        return Reading(**(values | changes))

    def check_in(self, *, answered_at: datetime = NOW, **changes: Any) -> CheckIn:
        values: dict[str, Any] = {
            "device_id": self.device_id,
            "boot_id": self.boot_id,
            "sequence": next(self.sequences),
            "answered_at": answered_at,
            "timezone": "Europe/Stockholm",
            "answers": (
                Answer(item="craving", value=Decimal(3), low=Decimal(0), high=Decimal(10)),
                Answer(item="craving", value=Decimal(4), low=Decimal(0), high=Decimal(10)),
                Answer(item="sleep_quality", value=Decimal(2), low=Decimal(1), high=Decimal(5)),
            ),
            "drank": True,
            "drinking": (DrinkingReport(started_at=answered_at - timedelta(hours=12), amount_g=Decimal(24)),),
            "gateway_version": "0.1.0",
        }
        return CheckIn(**(values | changes))

    def status(self, *, sent_at: datetime = NOW, **changes: Any) -> DeviceStatus:
        values: dict[str, Any] = {
            "device_id": self.device_id,
            "boot_id": self.boot_id,
            "sequence": next(self.sequences),
            "sent_at": sent_at,
            "timezone": "Europe/Stockholm",
            "uptime_s": 60,
            "outbox_depth": 0,
            "bluetooth": "on",
            "battery": Battery(level=2),
            "gateway_version": "0.1.0",
        }
        return DeviceStatus(**(values | changes))

    def sealed_reading(self, brac: str = "0.000", **changes: Any) -> bytes:
        return self.seal(Kind.READING, self.reading(brac, **changes))

    def altered(self, message: Message, **fields: Any) -> bytes:
        """The message's body with fields put in that the model does not know or would refuse."""
        return json.dumps(json.loads(message.canonical_bytes()) | fields, separators=(",", ":")).encode()


def gateways(number: int, tenant_id: str = TENANT) -> list[MadeUpGateway]:
    """So many gateways with keys of their own."""
    return [
        MadeUpGateway(f"gw-test-{i:04d}", tenant_id, seed=i.to_bytes(32, "big")) for i in range(1, number + 1)
    ]


def enrol(conninfo: str, *found: MadeUpGateway, revoked_at: datetime | None = None) -> None:
    """Put gateways with their clients, a unit and a tenant into a database."""
    with psycopg.connect(conninfo) as conn:
        for tenant_id in {one.tenant_id for one in found}:
            conn.execute(
                "INSERT INTO tenant (tenant_id, name, kind, created_at) VALUES (%s, 'Test', 'municipality', %s)"
                " ON CONFLICT DO NOTHING",
                (tenant_id, NOW),
            )
        for one in found:
            unit = uuid4()
            conn.execute(
                "INSERT INTO unit (unit_id, tenant_id, name) VALUES (%s, %s, 'Unit')", (unit, one.tenant_id)
            )
            conn.execute(
                "INSERT INTO client (client_id, tenant_id, unit_id, alias, timezone, started_on, created_at)"
                " VALUES (%s, %s, %s, %s, 'Europe/Stockholm', '2026-01-01', %s)",
                (one.client_id, one.tenant_id, unit, f"client of {one.device_id}", NOW),
            )
            conn.execute(
                "INSERT INTO gateway (device_id, tenant_id, client_id, public_key, key_id, enrolled_at, revoked_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    one.device_id,
                    one.tenant_id,
                    one.client_id,
                    one.public_key,
                    key_id_of(one.public_key),
                    NOW,
                    revoked_at,
                ),
            )


def read_receipt(payload: bytes, backend_public_key: bytes) -> Receipt:
    """Open a receipt as a gateway does; raises when the signature does not hold."""
    from nacl.signing import VerifyKey

    envelope = open_envelope(payload)
    assert envelope.key_id == key_id_of(backend_public_key)
    VerifyKey(backend_public_key).verify(signed_text(Kind.RECEIPT.value, envelope.body), envelope.signature)
    return Receipt.read(envelope.body).value


def entries(
    receipts: list[tuple[str, bytes]] | tuple[tuple[str, bytes], ...], key: bytes
) -> list[ReceiptEntry]:
    """The entries of several receipts."""
    return [entry for _, payload in receipts for entry in read_receipt(payload, key).entries]


def same_boot(gateway: MadeUpGateway) -> MadeUpGateway:
    """A copy that starts counting afresh, as one restored from an old backup would."""
    return replace(gateway, sequences=count(1))

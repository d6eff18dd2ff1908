"""Made-up gateways and their signed readings, for measuring."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
from nacl.signing import SigningKey

from contracts.envelope import key_id_of, seal
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
from contracts.topics import Kind, Topic

_TENANT = "bench"
_BOOT = "00000000000000be"
_DEVICE = Breathalyzer(
    driver="bactrack_c6",
    driver_version="1",
    driver_grade=DriverGrade.EXPERIMENTAL,
    model="Made-up C6",
    serial="0001",
    battery=Battery(millivolts=3900, level=3),
    calibration=Calibration(state=CalibrationState.VALID),
)
# As many frames as a blow of a C6 gives: countdown, blow, analysis, result.
_FRAMES = tuple(
    RawFrame(after_ms=1000 * i, direction="in", characteristic="fff4", hex=f"{i:02x}0102030405060708")
    for i in range(14)
)

_WEEKS = timedelta(weeks=10)
_WINDOWS = json.dumps(
    [
        {"kind": kind, "weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": opens, "closes": closes}
        for kind, opens, closes in (
            ("breath_test", "06:00", "08:00"),
            ("breath_test", "11:00", "13:00"),
            ("breath_test", "16:00", "18:00"),
            ("breath_test", "20:00", "22:00"),
            ("check_in", "18:00", "21:00"),
        )
    ]
)


@dataclass(frozen=True)
class BenchGateway:
    """A made-up gateway with its client."""

    device_id: str
    client_id: UUID
    key: SigningKey

    @property
    def topic(self) -> str:
        """Where it publishes readings."""
        return str(Topic(_TENANT, self.device_id, Kind.READING))

    def reading(self, sequence: int, measured_at: datetime) -> bytes:
        """One signed reading as it is published."""
        reading = Reading(
            device_id=self.device_id,
            boot_id=_BOOT,
            sequence=sequence,
            run_id=uuid4().hex,
            attempt=1,
            purpose=Purpose.PLANNED,
            measured_at=measured_at,
            gateway_time=measured_at,
            timezone="Europe/Stockholm",
            outcome=Outcome.COMPLETE,
            native_value=Decimal("0.02"),
            native_unit=NativeUnit.PERCENT_BAC,
            brac_mg_per_l=Decimal("0.095"),
            conversion="bac_percent_210_v1",
            blow=Blow(quality=BlowQuality.GOOD, duration_ms=5000),
            breathalyzer=_DEVICE,
            frames=_FRAMES,
            gateway_version="bench",
        )
        key_id = key_id_of(bytes(self.key.verify_key))
        body = reading.canonical_bytes()
        return seal(Kind.READING.value, body, key_id, lambda text: self.key.sign(text).signature)


def made_gateways(number: int, first: int = 0) -> list[BenchGateway]:
    """So many gateways, each with a client of its own, numbered from `first` on."""
    return [
        BenchGateway(f"gw-bench-{i:05d}", uuid4(), SigningKey.generate())
        for i in range(first, first + number)
    ]


def enrolled_gateways(conninfo: str, number: int, now: datetime) -> list[BenchGateway]:
    """So many gateways, put into the database with a client each."""
    made = made_gateways(number)
    enrol(conninfo, made, now)
    return made


def enrol(conninfo: str, made: Sequence[BenchGateway], now: datetime, *, planned: bool = False) -> None:
    """Put gateways and their clients into a database; `planned`: four tests and a check-in a day, ten weeks back."""
    unit = uuid4()
    with psycopg.connect(conninfo) as conn:
        conn.execute(
            "INSERT INTO tenant (tenant_id, name, kind, created_at) VALUES (%s, 'Bench', 'research', %s)"
            " ON CONFLICT DO NOTHING",
            (_TENANT, now),
        )
        conn.execute("INSERT INTO unit (unit_id, tenant_id, name) VALUES (%s, %s, 'Bench')", (unit, _TENANT))
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO client (client_id, tenant_id, unit_id, alias, timezone, started_on, created_at)"
                " VALUES (%s, %s, %s, %s, 'Europe/Stockholm', %s, %s)",
                [(one.client_id, _TENANT, unit, one.device_id, now.date(), now) for one in made],
            )
            cursor.executemany(
                "INSERT INTO gateway (device_id, tenant_id, client_id, public_key, key_id, enrolled_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    (one.device_id, _TENANT, one.client_id, bytes(one.key.verify_key),
                     key_id_of(bytes(one.key.verify_key)), now)
                    for one in made
                ],
            )  # fmt: skip
            if planned:
                cursor.executemany(
                    "INSERT INTO plan (plan_id, tenant_id, client_id, valid_from, timezone, windows, rules, reason,"
                    " created_at) VALUES (gen_random_uuid(), %s, %s, %s, 'Europe/Stockholm', %s, '{}', 'bench', %s)",
                    [(_TENANT, one.client_id, now - _WEEKS, _WINDOWS, now) for one in made],
                )


def readings(made: Sequence[BenchGateway], number: int, now: datetime) -> list[tuple[str, bytes]]:
    """Topic and payload of `number` readings, taken in turns by the gateways and spread over the last ten weeks."""
    found = []
    for index in range(number):
        gateway = made[index % len(made)]
        at = now - timedelta(minutes=10 * (index // len(made)))
        found.append((gateway.topic, gateway.reading(1 + index // len(made), at)))
    return found

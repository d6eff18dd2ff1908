"""A small clinic in a real database: two clinicians, a client, plan, gateway, and readings as ingest stores them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row

from backend.access.principal import SYSTEM, Principal, Role
from backend.services import enrolment
from backend.store import assessment_queue
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

PASSWORD = "korrekt häst batteri"
START = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
DAILY = [
    {"kind": "breath_test", "weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": "07:00", "closes": "09:00"},
    {"kind": "breath_test", "weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": "19:00", "closes": "21:00"},
    {"kind": "check_in", "weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": "18:00", "closes": "22:00"},
]


@dataclass
class Clinic:
    """Anna is assigned to the client; Bo is a clinician of the same unit without a care relation to them."""

    db: Database
    tenant_id: str
    unit_id: UUID
    anna: Principal
    bo: Principal
    client: Principal
    client_id: UUID
    device_id: str
    sequences: dict[str, int] = field(default_factory=dict)

    def blow(
        self,
        at: datetime,
        brac: float | None,
        *,
        received_at: datetime | None = None,
        client_id: UUID | None = None,
        device_id: str | None = None,
    ) -> int:
        """Store one reading as ingest does, with the client put on the list of those to assess."""
        device = device_id or self.device_id
        client = client_id or self.client_id
        sequence = self.sequences[device] = self.sequences.get(device, 0) + 1
        received = received_at or at + timedelta(seconds=2)
        outcome = "complete" if brac is not None else "failed"
        with self.db.transaction(SYSTEM_SCOPE) as conn:
            conn.execute(
                """
                INSERT INTO reading (tenant_id, client_id, device_id, boot_id, sequence, measured_at, gateway_time,
                    received_at, timezone, run_id, attempt, purpose, outcome, failure, native_value, native_unit,
                    brac_mg_per_l, conversion, blow_quality, identity, driver, driver_grade, breathalyzer_model,
                    calibration_state, battery_level, key_id, signature, body)
                VALUES (%s, %s, %s, 'aaaaaaaaaaaaaaaa', %s, %s, %s, %s, 'Europe/Stockholm', %s, 1, 'planned', %s, %s,
                    %s, 'mg/L', %s, 'x/1', 'good', 'not_used', 'bactrack_c6', 'vendor_source_only', 'C6', 'valid', 3,
                    'k', '\\x00', '\\x00')""",
                (
                    self.tenant_id, client, device, sequence, at, at, received,
                    sha256(f"{device}{sequence}".encode()).hexdigest()[:32], outcome,
                    None if brac is not None else "no_blow", brac, brac,
                ),
            )  # fmt: skip
            conn.execute(
                "UPDATE gateway SET heard_at = greatest(heard_at, %s) WHERE device_id = %s",
                (received, device),
            )
            assessment_queue.enqueue(conn, {client: at}, now=received)
        return sequence

    def status(self, at: datetime, *, device_id: str | None = None) -> None:
        """Store a sign of life of the gateway."""
        device = device_id or self.device_id
        sequence = self.sequences[device] = self.sequences.get(device, 0) + 1
        with self.db.transaction(SYSTEM_SCOPE) as conn:
            conn.execute(
                """
                INSERT INTO device_status (tenant_id, client_id, device_id, boot_id, sequence, sent_at, received_at,
                    outbox_depth, body)
                SELECT tenant_id, client_id, device_id, 'aaaaaaaaaaaaaaaa', %s, %s, %s, 0, '\\x00'
                  FROM gateway WHERE device_id = %s""",
                (sequence, at, at, device),
            )
            conn.execute(
                "UPDATE gateway SET heard_at = greatest(heard_at, %s) WHERE device_id = %s", (at, device)
            )
            assessment_queue.enqueue(conn, {self.client_id: at}, now=at)

    def rows(self, query: str, *params: object) -> list[dict[str, object]]:
        """What a query finds, for looking behind the services."""
        with psycopg.connect(self.db.conninfo, row_factory=dict_row, options="-c timezone=UTC") as conn:
            return conn.execute(query.encode(), params or None).fetchall()


def make_clinic(
    db: Database, *, now: datetime = START, plan: bool = True, tenant_id: str = "kommun"
) -> Clinic:
    """Set a clinic up through the enrolment service."""
    enrolment.create_tenant(db, SYSTEM, tenant_id, "Provkommun", "municipality", now=now)
    unit_id = enrolment.create_unit(db, SYSTEM, tenant_id, "Öppenvården")
    client_id = add_client(db, unit_id, "K-01", now=now)
    anna = _account(db, tenant_id, unit_id, f"anna-{tenant_id}", "clinician", now)
    bo = _account(db, tenant_id, unit_id, f"bo-{tenant_id}", "clinician", now)
    client = _account(db, tenant_id, None, f"klient-{tenant_id}", "client", now, client_id)
    enrolment.assign(db, SYSTEM, anna.account_id, client_id, now=now)
    device_id = f"gw-{tenant_id}-1"
    enrolment.enrol_gateway(db, SYSTEM, device_id, client_id, sha256(device_id.encode()).digest(), now=now)
    if plan:
        enrolment.set_plan(db, SYSTEM, client_id, DAILY, reason="Enligt överenskommelse", now=now)
    return Clinic(db, tenant_id, unit_id, anna, bo, client, client_id, device_id)


def add_client(
    db: Database, unit_id: UUID, alias: str, *, now: datetime, started_on: date | None = None
) -> UUID:
    """One more client."""
    return enrolment.create_client(
        db,
        SYSTEM,
        unit_id,
        alias=alias,
        timezone="Europe/Stockholm",
        started_on=started_on or now.date(),
        now=now,
    )


def _account(
    db: Database,
    tenant_id: str,
    unit_id: UUID | None,
    username: str,
    role: Role,
    now: datetime,
    client_id: UUID | None = None,
) -> Principal:
    account_id = enrolment.create_account(
        db,
        SYSTEM,
        tenant_id,
        username=username,
        display_name=username.title(),
        role=role,
        password=PASSWORD,
        unit_id=unit_id,
        client_id=client_id,
        now=now,
    )
    return Principal(account_id, tenant_id, role, unit_id, client_id, username.title(), "sv")


def add_account(
    clinic: Clinic, username: str, role: Role, *, unit: str | None = None, now: datetime = START
) -> Principal:
    """One more member of staff, of the clinic's unit or of another unit with this name."""
    unit_id = (
        clinic.unit_id if unit is None else enrolment.create_unit(clinic.db, SYSTEM, clinic.tenant_id, unit)
    )
    return _account(clinic.db, clinic.tenant_id, unit_id, username, role, now)


def stranger(tenant_id: str = "kommun") -> Principal:
    """A clinician nobody knows."""
    return Principal(uuid4(), tenant_id, "clinician", None, None, "Okänd", "sv")

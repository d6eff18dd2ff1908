"""Gateways as ingest sees them: whose they are, which key is theirs, and when they were last heard from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.store.bulk import Target, stage_rows
from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.signed_message import SignedMessage
from contracts.device_status import DeviceStatus

_QUERIES = load("ingest")
_STATUS = Target(
    "device_status",
    {
        "tenant_id": "text",
        "client_id": "uuid",
        "device_id": "text",
        "boot_id": "text",
        "sequence": "int8",
        "sent_at": "timestamptz",
        "received_at": "timestamptz",
        "outbox_depth": "int4",
        "battery_level": "int2",
        "last_error": "text",
        "body": "bytea",
        "clock_correction_ms": "int8",
    },
)
_LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Gateway:
    """An enrolled gateway."""

    device_id: str
    tenant_id: str
    client_id: UUID
    public_key: bytes
    key_id: str
    revoked_at: datetime | None
    previous_public_key: bytes | None = None
    previous_key_id: str | None = None
    previous_until: datetime | None = None
    """Until when messages signed with the key before this one are believed: they may have waited in its outbox."""

    def key_named(self, key_id: str, *, now: datetime) -> bytes | None:
        """The public key of that name, if the gateway may sign with it at `now`."""
        if key_id == self.key_id:
            return self.public_key
        if key_id == self.previous_key_id and self.previous_until is not None and now < self.previous_until:
            return self.previous_public_key
        return None


@dataclass(frozen=True, slots=True)
class Heard:
    """When a gateway had last been heard from, before now."""

    client_id: UUID
    before: datetime | None


def find_gateways(conn: Connection, device_ids: Iterable[str]) -> dict[str, Gateway]:
    """The enrolled ones among `device_ids`, revoked or not."""
    rows = conn.execute(_QUERIES["find_gateways"], {"device_ids": list(device_ids)}).fetchall()
    return {row["device_id"]: Gateway(**row) for row in rows}


def gateways_in_use(conn: Connection) -> list[Gateway]:
    """Every enrolled gateway whose key was not revoked."""
    rows = conn.execute(_QUERIES["gateways_in_use"]).fetchall()
    return [Gateway(**row) for row in rows]


def hear_gateways(
    conn: Connection,
    device_ids: Sequence[str],
    statuses: Iterable[SignedMessage[DeviceStatus]],
    *,
    now: datetime,
) -> dict[str, Heard]:
    """Note that these gateways were heard from, and what the newest status of each says."""
    newest: dict[str, SignedMessage[DeviceStatus]] = {}
    for one in statuses:
        known = newest.get(one.message.device_id)
        if known is None or known.message.sent_at < one.message.sent_at:
            newest[one.message.device_id] = one
    ids = sorted(device_ids)
    before = conn.execute(_QUERIES["lock_gateways"], {"device_ids": ids}).fetchall()
    said = [newest.get(device_id) for device_id in ids]
    params = {
        "device_ids": ids,
        "statuses": [one and one.body.decode() for one in said],
        "sent_at": [one and one.message.sent_at for one in said],
        "now": now,
    }
    conn.execute(_QUERIES["hear_gateways"], params)
    return {row["device_id"]: Heard(row["client_id"], row["heard_at"]) for row in before}


def clients_with_windows_closed_unheard(
    conn: Connection, silent_since: Mapping[UUID, datetime], *, now: datetime
) -> frozenset[UUID]:
    """Those clients who had an undecided window close while their gateway was silent."""
    if not silent_since:
        return frozenset()
    params = {"client_ids": list(silent_since), "heard_at": list(silent_since.values()), "now": now}
    rows = conn.execute(_QUERIES["clients_with_windows_closed_unheard"], params).fetchall()
    return frozenset(row["client_id"] for row in rows)


def add_statuses(conn: Connection, messages: Iterable[SignedMessage[DeviceStatus]], *, now: datetime) -> None:
    """Store new statuses (their keys were claimed in this transaction)."""
    stage_rows(conn, _STATUS, [_status(one, now) for one in messages])


def _status(one: SignedMessage[DeviceStatus], now: datetime) -> tuple[object, ...]:
    said = one.message
    return (
        one.tenant_id, one.client_id, said.device_id, said.boot_id, said.sequence, said.sent_at, now,
        min(said.outbox_depth, _LARGEST_INTEGER), said.battery.level, said.last_error and said.last_error.code,
        one.body, one.clock_correction_ms,
    )  # fmt: skip

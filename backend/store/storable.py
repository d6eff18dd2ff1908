"""A verified message as its transaction needs it: who, which, when, and its row where it has only one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend.store.signed_message import MessageKey, SignedMessage
from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo


class Storable(NamedTuple):
    """One message. Either `row` is filled (a reading: one row of one table) or `signed` (everything else)."""

    key: MessageKey
    kind: str
    tenant_id: str
    client_id: UUID
    happened_at: datetime
    body_sha256: bytes
    row: bytes = b""
    signed: SignedMessage[CheckIn | DeviceStatus | Background | Photo] | None = None

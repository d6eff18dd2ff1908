"""From a judgement to what the transaction needs, and how that travels between two processes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from backend.ingest.arrival import Arrival
from backend.ingest.verification import Accepted, Answerable, Claimed, Refused, device_of, judge
from backend.store.gateways import Gateway
from backend.store.readings import reading_row
from backend.store.signed_message import MessageKey, SignedMessage
from backend.store.storable import Storable
from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.reading import Reading

Packed = tuple[Any, ...]
"""A judgement without what its asker has already: the arrival and the gateway. See `pack`."""


class Ready(NamedTuple):
    """A message to store."""

    arrival: Arrival
    gateway: Gateway
    message: Storable
    unknown_fields: int = 0


def ready(one: Accepted, *, now: datetime) -> Ready:
    """What the transaction needs of an accepted message; `now` is when it was received."""
    signed = one.signed
    row = b""
    rest: SignedMessage[CheckIn | DeviceStatus | Background | Photo] | None = None
    if isinstance(signed.message, Reading):
        row = reading_row(cast("SignedMessage[Reading]", signed), now=now)
    else:
        rest = cast("SignedMessage[CheckIn | DeviceStatus | Background | Photo]", signed)
    message = Storable(
        signed.key,
        signed.kind,
        signed.tenant_id,
        signed.client_id,
        signed.happened_at,
        signed.body_sha256,
        row,
        rest,
    )
    return Ready(one.arrival, one.gateway, message, len(one.unknown_fields))


def judge_all(
    arrivals: Sequence[Arrival],
    gateways: Mapping[str, Gateway],
    *,
    now: datetime,
    correction: timedelta | None = None,
) -> list[Ready | Refused]:
    """Judge each message and make it ready; never raises for bad input. `correction`: see `judge`."""
    judged = (judge(arrival, gateways, now=now, correction=correction) for arrival in arrivals)
    return [ready(one, now=now) if isinstance(one, Accepted) else one for one in judged]


def pack(one: Ready | Refused) -> Packed:
    """As few and as plain values as say it: they are copied twice on their way."""
    if isinstance(one, Refused):
        told = one.answerable and (
            one.answerable.boot_id,
            one.answerable.sequence,
            one.answerable.body_sha256,
        )
        claimed = one.claimed and (one.claimed.at, one.claimed.clock_offset_ms)
        return (False, one.reason, one.detail, one.gateway is not None, told, claimed)
    said = one.message
    rest = said.signed
    return (
        True, said.key.boot_id, said.key.sequence, said.kind, said.happened_at, said.body_sha256, said.row, rest,
        one.unknown_fields,
    )  # fmt: skip


def unpack(packed: Packed, arrival: Arrival, gateways: Mapping[str, Gateway]) -> Ready | Refused:
    """The judgement that was packed. `gateways` are those it was made with."""
    device_id = device_of(arrival) or ""
    if not packed[0]:
        _, reason, detail, known, told, claimed = packed
        gateway = gateways[device_id] if known else None
        return Refused(
            arrival, reason, detail, gateway, Answerable(*told) if told else None,
            Claimed(*claimed) if claimed else None,
        )  # fmt: skip
    _, boot_id, sequence, kind, happened_at, digest, row, rest, unknown = packed
    gateway = gateways[device_id]
    key = MessageKey(device_id, boot_id, sequence)
    message = Storable(key, kind, gateway.tenant_id, gateway.client_id, happened_at, digest, row, rest)
    return Ready(arrival, gateway, message, unknown)

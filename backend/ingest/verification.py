"""Whether a message is what it claims to be. Pure: bytes and enrolled gateways in, a judgement out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from pydantic import BaseModel, ConfigDict, ValidationError

from backend.ingest.arrival import Arrival
from backend.ingest.clock_correction import corrected
from backend.store.gateways import Gateway
from backend.store.message_keys import AnyMessage
from backend.store.signed_message import SignedMessage, happened_at
from contracts.background import Background
from contracts.base import BootId, Parsed, Sequence
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.envelope import Envelope, open_envelope, signed_text
from contracts.errors import ContractError
from contracts.photo import Photo
from contracts.reading import Reading
from contracts.topics import UPWARD, Kind, Topic, parse

FARTHEST_AHEAD = timedelta(days=1)
OLDEST = timedelta(days=400)
"""Outside of these a gateway's clock is taken to be wrong, and the message is set aside instead of stored (assumption:
longer than any outbox is expected to wait, shorter than a clock that starts at the epoch)."""

CLOCK_FAR_OFF = "clock_far_off"
"""The reason of messages in quarantine: nothing else is wrong with them."""

_MODELS: Mapping[
    Kind, type[Reading] | type[CheckIn] | type[DeviceStatus] | type[Background] | type[Photo]
] = {
    Kind.READING: Reading,
    Kind.CHECK_IN: CheckIn,
    Kind.STATUS: DeviceStatus,
    Kind.BACKGROUND: Background,
    Kind.PHOTO: Photo,
}
_VERSIONS = (1,)


class Accepted(NamedTuple):
    """A message to store."""

    arrival: Arrival
    gateway: Gateway
    signed: AnyMessage
    unknown_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answerable:
    """The key and digest of a refused message that its gateway surely sent, so that it may be told."""

    boot_id: str
    sequence: int
    body_sha256: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a gateway with a clock far off said of time: when it happened, and how far off (server minus gateway, ms) it
    had measured its clock to be, where it knew.
    """

    at: datetime
    clock_offset_ms: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message to set aside, and why.

    `answerable` stays empty unless the signature held: a receipt lets a gateway delete a message, so nobody else's
    publishing may ever cause one.
    """

    arrival: Arrival
    reason: str
    detail: str
    gateway: Gateway | None = None
    answerable: Answerable | None = None
    claimed: Claimed | None = None


def device_of(arrival: Arrival) -> str | None:
    """The device a message claims, by its topic; None when the topic is not one of ours."""
    try:
        return parse(arrival.topic).device_id
    except ContractError:
        return None


def judge(
    arrival: Arrival,
    gateways: Mapping[str, Gateway],
    *,
    now: datetime,
    correction: timedelta | None = None,
) -> Accepted | Refused:
    """Check topic, envelope, gateway, signature, contract and clock, in that order; never raises for bad input.

    `correction` is added to what the gateway says of time, where a person knows its clock to have been off by that.
    """
    try:
        topic = parse(arrival.topic)
        if topic.kind not in UPWARD:
            raise ContractError("not a topic that gateways publish to", reason="topic")
        envelope = open_envelope(arrival.payload)
    except ContractError as error:
        return Refused(arrival, error.reason, str(error))
    gateway = gateways.get(topic.device_id)
    if gateway is None:
        return Refused(arrival, "unknown_gateway", "no such gateway is enrolled")
    if gateway.tenant_id != topic.tenant_id:
        return Refused(arrival, "foreign_topic", "the gateway belongs to another tenant", gateway)
    key = gateway.key_named(envelope.key_id, now=now)
    if key is None:
        return Refused(arrival, "unknown_key", "signed with a key that is not this gateway's", gateway)
    if not _signature_holds(key, topic, envelope):
        return Refused(arrival, "signature", "the signature does not fit the body", gateway)
    return _judge_signed(arrival, topic, gateway, envelope, now, correction)


def _judge_signed(
    arrival: Arrival,
    topic: Topic,
    gateway: Gateway,
    envelope: Envelope,
    now: datetime,
    correction: timedelta | None,
) -> Accepted | Refused:
    digest = sha256(envelope.body).digest()

    def refused(reason: str, detail: str) -> Refused:
        return Refused(arrival, reason, detail, gateway, _answerable(envelope.body, digest))

    if gateway.revoked_at is not None:
        return refused("revoked_gateway", "the gateway's key was revoked")
    try:
        parsed: Parsed[Reading] | Parsed[CheckIn] | Parsed[DeviceStatus] | Parsed[Background] | Parsed[Photo]
        parsed = _MODELS[topic.kind].read(envelope.body)
    except ContractError as error:
        return refused(_reason(envelope.body, error), str(error))
    message = parsed.value
    if message.device_id != topic.device_id:
        return refused("foreign_device", "signed by this gateway in the name of another one")
    try:
        told = message if correction is None else corrected(message, correction)
    except OverflowError:
        return _far_off(arrival, gateway, envelope.body, digest, message)
    signed: AnyMessage = SignedMessage(
        message=told, tenant_id=gateway.tenant_id, client_id=gateway.client_id, kind=topic.kind.value,
        body=envelope.body, body_sha256=digest, key_id=envelope.key_id, signature=envelope.signature,
        clock_correction_ms=None if correction is None else correction // timedelta(milliseconds=1),
    )  # fmt: skip
    if not now - OLDEST <= signed.happened_at <= now + FARTHEST_AHEAD:
        return _far_off(arrival, gateway, envelope.body, digest, message)
    return Accepted(arrival, gateway, signed, parsed.unknown_fields)


def _far_off(
    arrival: Arrival,
    gateway: Gateway,
    body: bytes,
    digest: bytes,
    message: Reading | CheckIn | DeviceStatus | Background | Photo,
) -> Refused:
    measured = message.clock_offset_ms if isinstance(message, Reading | Photo) else None
    return Refused(
        arrival, CLOCK_FAR_OFF, "the gateway's clock is far off the backend's", gateway, _answerable(body, digest),
        Claimed(happened_at(message), measured),
    )  # fmt: skip


def _signature_holds(public_key: bytes, topic: Topic, envelope: Envelope) -> bool:
    try:
        _verify_key(public_key).verify(signed_text(topic.kind.value, envelope.body), envelope.signature)
    except (BadSignatureError, ValueError):
        return False
    return True


@lru_cache(maxsize=20_000)
def _verify_key(public_key: bytes) -> VerifyKey:
    return VerifyKey(public_key)


class _Stub(BaseModel):
    """As much of a message as a receipt needs, whatever else is wrong with it or new about it."""

    model_config = ConfigDict(extra="ignore")

    boot_id: BootId
    sequence: Sequence


class _Version(BaseModel):
    model_config = ConfigDict(extra="ignore")

    schema_version: int


def _answerable(body: bytes, digest: bytes) -> Answerable | None:
    try:
        stub = _Stub.model_validate_json(body)
    except ValidationError:
        return None
    return Answerable(stub.boot_id, stub.sequence, digest)


def _reason(body: bytes, error: ContractError) -> str:
    try:
        version = _Version.model_validate_json(body).schema_version
    except ValidationError:
        return error.reason
    return error.reason if version in _VERSIONS else "version"

"""Signed receipts: the only thing that lets a message leave a gateway's outbox."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from nacl.signing import SigningKey

from backend.store.gateways import Gateway
from contracts.envelope import key_id_of, seal
from contracts.plan import Plan
from contracts.receipt import Receipt, ReceiptEntry, Verdict
from contracts.resend import ResendRequest
from contracts.topics import Kind, Topic

MAX_ENTRIES = 400
"""As many as one receipt may hold."""


class Answer(NamedTuple):
    """What became of one message."""

    gateway: Gateway
    boot_id: str
    sequence: int
    body_sha256: bytes
    verdict: Verdict
    reason: str | None = None


class ReceiptSigner:
    """Holds the backend's receipt key."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: 32 bytes."""
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)
        self._key_id = key_id_of(self.public_key)

    def receipts(self, answers: Iterable[Answer], *, now: datetime) -> Iterator[tuple[str, bytes]]:
        """Topic and payload of each receipt: one per gateway, more where it would grow too large."""
        by_gateway: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            by_gateway[answer.gateway.device_id].append(answer)
        for device_id, found in by_gateway.items():
            topic = str(Topic(found[0].gateway.tenant_id, device_id, Kind.RECEIPT))
            for start in range(0, len(found), MAX_ENTRIES):
                entries = tuple(_entry(answer) for answer in found[start : start + MAX_ENTRIES])
                body = Receipt(device_id=device_id, received_at=now, entries=entries).canonical_bytes()
                yield topic, seal(Kind.RECEIPT.value, body, self._key_id, self._sign)

    def resend_request(self, gateway: Gateway, *, since: datetime, now: datetime) -> tuple[str, bytes]:
        """Topic and payload that ask a gateway for what was delivered at or after `since`."""
        body = ResendRequest(device_id=gateway.device_id, asked_at=now, delivered_since=since)
        topic = str(Topic(gateway.tenant_id, gateway.device_id, Kind.RESEND))
        return topic, seal(Kind.RESEND.value, body.canonical_bytes(), self._key_id, self._sign)

    def plan(self, tenant_id: str, plan: Plan) -> tuple[str, bytes]:
        """Topic and payload of a gateway's plan."""
        topic = str(Topic(tenant_id, plan.device_id, Kind.PLAN))
        return topic, seal(Kind.PLAN.value, plan.canonical_bytes(), self._key_id, self._sign)

    def _sign(self, text: bytes) -> bytes:
        return self._key.sign(text).signature


def _entry(answer: Answer) -> ReceiptEntry:
    return ReceiptEntry(
        boot_id=answer.boot_id, sequence=answer.sequence, body_sha256=answer.body_sha256.hex(),
        verdict=answer.verdict, reason=answer.reason,
    )  # fmt: skip

"""One batch, one transaction: keys, rows, gateways heard, clients to assess, dead letters, notifications, a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from backend.ingest.live import live_payloads
from backend.ingest.ready import Ready
from backend.ingest.receipts import Answer
from backend.ingest.verification import Refused
from backend.store.assessment_queue import enqueue, wake_worker
from backend.store.background import add_background
from backend.store.check_ins import add_check_ins
from backend.store.dead_letters import DeadLetter, bury
from backend.store.gateways import Heard, add_statuses, clients_with_windows_closed_unheard, hear_gateways
from backend.store.identity_photos import add_photos
from backend.store.message_keys import claim_keys
from backend.store.notifications import LIVE, notify
from backend.store.pool import Connection
from backend.store.readings import add_readings
from backend.store.signed_message import MessageKey, SignedMessage
from backend.store.storable import Storable
from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.receipt import Verdict
from contracts.topics import Kind

_LONG_SILENCE = timedelta(hours=1)
_JUDGED = frozenset({Kind.READING.value, Kind.CHECK_IN.value})
"""Kinds that can change what is thought of a client."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of each message of a batch, true once the transaction has committed."""

    answers: tuple[Answer, ...]
    letters: tuple[DeadLetter, ...]
    assess_again: bool
    """A worker's job was waiting already and may have started too early: wake one again after COMMIT."""


def store_batch(
    conn: Connection,
    accepted: Sequence[Ready],
    refused: Sequence[Refused],
    *,
    now: datetime,
    heard_now: bool = True,
) -> Stored:
    """Store a batch in the transaction of `conn`. Raises what psycopg raises when a row cannot be stored.

    `heard_now`: whether the gateways sent it now. A second attempt at an old message is no sign of life, and nothing is
    missed because of it.
    """
    first, repeated = _first_of_each_key(accepted)
    taken = _claim(conn, [one.message for one in first], now)
    new = [one.message for one in first if one.message.key not in taken]
    by_kind = _Kinds(new)
    if by_kind.check_ins:
        add_check_ins(conn, by_kind.check_ins, now=now)
    if by_kind.statuses:
        add_statuses(conn, by_kind.statuses, now=now)
    if by_kind.background:
        add_background(conn, by_kind.background, now=now)
    if by_kind.photos:
        add_photos(conn, by_kind.photos, now=now)

    heard_ids = set() if not heard_now else {one.gateway.device_id for one in accepted}
    heard_ids |= {one.gateway.device_id for one in refused if one.gateway and _surely_sent(one)}
    heard = hear_gateways(conn, sorted(heard_ids), by_kind.statuses, now=now) if heard_ids else {}
    touched = _touched(conn, new, heard, now)
    enqueue(conn, touched, now=now)

    answers = [_verdict(one, taken) for one in first]
    if repeated:
        taken = {one.key: one.body_sha256 for one in new} | taken
        answers += [_verdict(one, taken) for one in repeated]
    letters = [_letter(one) for one in refused]
    letters += [
        _conflict(one)
        for one, answer in zip((*first, *repeated), answers, strict=True)
        if answer.verdict is Verdict.CONFLICT
    ]
    bury(conn, letters, now=now)
    if new:
        notify(conn, LIVE, live_payloads(new))
    waiting_already = bool(touched) and not wake_worker(conn)
    answers += [_refusal(one) for one in refused if one.answerable and one.gateway]
    return Stored(tuple(answers), tuple(letters), waiting_already)


class _Kinds:
    def __init__(self, messages: Iterable[Storable]) -> None:
        self.check_ins: list[SignedMessage[CheckIn]] = []
        self.statuses: list[SignedMessage[DeviceStatus]] = []
        self.background: list[SignedMessage[Background]] = []
        self.photos: list[SignedMessage[Photo]] = []
        for one in messages:
            if one.signed is None:
                continue
            if isinstance(one.signed.message, CheckIn):
                self.check_ins.append(cast("SignedMessage[CheckIn]", one.signed))
            elif isinstance(one.signed.message, Background):
                self.background.append(cast("SignedMessage[Background]", one.signed))
            elif isinstance(one.signed.message, Photo):
                self.photos.append(cast("SignedMessage[Photo]", one.signed))
            else:
                self.statuses.append(cast("SignedMessage[DeviceStatus]", one.signed))


def _first_of_each_key(accepted: Sequence[Ready]) -> tuple[list[Ready], list[Ready]]:
    first: dict[MessageKey, Ready] = {}
    repeated = [one for one in accepted if first.setdefault(one.message.key, one) is not one]
    return list(first.values()), repeated


def _claim(conn: Connection, messages: Sequence[Storable], now: datetime) -> dict[MessageKey, bytes]:
    """Take the keys and store the readings; the keys that were taken before, with their digests."""
    readings = add_readings(conn, [one.row for one in messages if one.row])
    others = claim_keys(conn, [one for one in messages if not one.row], now=now)
    return {**readings.taken, **others.taken}


def _verdict(one: Ready, taken: Mapping[MessageKey, bytes]) -> Answer:
    """`taken`: keys that were not this message's to take, and the digests of what they stand for."""
    key, digest = one.message.key, one.message.body_sha256
    before = taken.get(key)
    if before is None:
        verdict = Verdict.STORED
    else:
        verdict = Verdict.DUPLICATE if before == digest else Verdict.CONFLICT
    return Answer(one.gateway, key.boot_id, key.sequence, digest, verdict)


def _surely_sent(one: Refused) -> bool:
    """Whether the gateway itself, still trusted, sent it: it was heard from, whatever is wrong with the message."""
    return one.answerable is not None and one.gateway is not None and one.gateway.revoked_at is None


def _refusal(one: Refused) -> Answer:
    assert one.gateway is not None
    assert one.answerable is not None
    asked = one.answerable
    return Answer(one.gateway, asked.boot_id, asked.sequence, asked.body_sha256, Verdict.REFUSED, one.reason)


def _letter(one: Refused) -> DeadLetter:
    device_id = one.gateway.device_id if one.gateway else None
    claimed = one.claimed
    return DeadLetter(
        one.arrival.topic, device_id, one.reason, one.detail, one.arrival.payload,
        claimed.at if claimed else None, claimed.clock_offset_ms if claimed else None,
    )  # fmt: skip


def _conflict(one: Ready) -> DeadLetter:
    detail = "another message with the same key (device, boot, sequence) was stored before"
    return DeadLetter(one.arrival.topic, one.gateway.device_id, "conflict", detail, one.arrival.payload)


def _touched(
    conn: Connection, new: Iterable[Storable], heard: dict[str, Heard], now: datetime
) -> dict[UUID, datetime]:
    """Clients to assess, from when on: their new data, and the windows that closed while nobody was heard."""
    touched: dict[UUID, datetime] = {}
    for one in new:
        if one.kind in _JUDGED:
            touched[one.client_id] = min(touched.get(one.client_id, one.happened_at), one.happened_at)
    silent_since = {
        found.client_id: found.before for found in heard.values() if found.before and found.before < now
    }
    for client_id in clients_with_windows_closed_unheard(conn, silent_since, now=now):
        touched[client_id] = min(touched.get(client_id, now), silent_since[client_id])
    for found in heard.values():
        if found.before is None or now - found.before > _LONG_SILENCE:
            since = found.before or now
            touched[found.client_id] = min(touched.get(found.client_id, since), since)
    return touched

"""Dead letters, for operators: what could not be stored, in its form but not its contents, and a second attempt.

A message's contents are personal data, and an operator gives no care: they are shown the form (`payload_shape`), never
the values. Looking at one and dealing with it are written into the access record; where the gateway is known, its
client reads there that somebody did.

Messages from a gateway whose clock is far off are in quarantine: they are whole, nothing else is wrong with them, and
an operator who knows by how much the clock was off releases them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel

from backend.access.principal import Principal
from backend.domain.payload_shape import Shape, shape_of
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.ingest.arrival import Arrival
from backend.ingest.batch_store import store_batch
from backend.ingest.ready import Ready, judge_all
from backend.ingest.verification import CLOCK_FAR_OFF, Refused, device_of
from backend.store import access_log, operations
from backend.store.assessment_queue import wake_worker
from backend.store.gateways import find_gateways
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.reading import Reading

SET_ASIDE: Final = "set_aside"
REFUSED: Final = "refused"
STORED: Final = frozenset({"stored", "duplicate"})
LATEST_AFTER_ARRIVAL: Final = timedelta(minutes=5)
"""Nothing happens after it was told of; a little more than two clocks in order differ by (assumption)."""
LARGEST_OFFSET_MS: Final = 2**53


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be stored, as operators see it."""

    letter_id: int
    received_at: datetime
    seen_at: datetime
    topic: str
    device_id: str | None
    reason: str
    detail: str
    times: int
    size: int
    handled_at: datetime | None
    outcome: str | None
    claimed_at: datetime | None = None
    """Of one in quarantine: when it happened, by the gateway's clock."""
    clock_offset_ms: int | None = None
    """Right time minus the gateway's, as the gateway itself had measured it, where it had."""
    clock_correction_ms: int | None = None
    """What a person released it with."""

    @property
    def is_quarantined(self) -> bool:
        """Whether its clock is all that is wrong with it, and nobody has released it or set it aside."""
        return self.reason == CLOCK_FAR_OFF and self.outcome not in STORED and self.outcome != SET_ASIDE

    @property
    def likely_offset_ms(self) -> int | None:
        """What the clock was off by: as the gateway had measured, or else as it looked when the message arrived (which
        holds the time it waited for a connection, too).
        """
        if self.clock_offset_ms is not None or self.claimed_at is None:
            return self.clock_offset_ms
        return (self.received_at - self.claimed_at) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """One of them with the form of its payload."""

    letter: DeadLetter
    shape: Shape
    is_whole: bool
    """Whether all of it was kept; of what was too large only the beginning is, and it cannot be tried again."""


def dead_letters(db: Database, principal: Principal, *, limit: int = 200) -> tuple[DeadLetter, ...]:
    """The tenant's dead letters, open ones first, then newest first. Operators and managers only."""
    _require(principal, "operations.read")
    with db.transaction(principal) as conn:
        rows = operations.dead_letters(conn, _tenant(principal), limit)
    return tuple(DeadLetter(**row) for row in rows)


def opened(db: Database, principal: Principal, letter_id: int, *, now: datetime) -> OpenedLetter:
    """One dead letter and its form; written into the access record. Operators only. Raises NotFound."""
    _require(principal, "operations")
    with db.transaction(principal) as conn:
        letter, row = _found(conn, principal, letter_id)
        access_log.write_operation(conn, principal, letter.device_id, "opened_dead_letter", now=now)
    return OpenedLetter(letter, shape_of(bytes(row["payload"]), KNOWN_NAMES), _is_whole(row))


def replay(db: Database, principal: Principal, letter_id: int, *, now: datetime) -> str:
    """Judge it again as if it came now, and store it if it may be: stored, duplicate, conflict or refused.

    The same judge and the same transaction as ingest's, so trying twice stores once. No receipt is sent: a gateway that
    still holds the message sends it again and is answered then. Operators only. Raises NotFound, and Conflict where
    only the beginning was kept or the clock is far off (then: `release`).
    """
    return _again(db, principal, letter_id, None, now)


def release(db: Database, principal: Principal, letter_id: int, offset_ms: int, *, now: datetime) -> str:
    """Store one in quarantine with its times set right: stored, duplicate or conflict. Trying twice stores once.

    `offset_ms`: right time minus the gateway's. The row keeps what was signed, the breathalyzer's clock, and the
    correction beside the corrected time. Operators only. Raises NotFound; Conflict when it is not in quarantine;
    Invalid when the offset puts it after its own arrival, or farther back than ingest takes messages.
    """
    if abs(offset_ms) > LARGEST_OFFSET_MS:
        raise Invalid("The clock cannot have been off by that much.")
    return _again(db, principal, letter_id, timedelta(milliseconds=offset_ms), now)


def _again(
    db: Database, principal: Principal, letter_id: int, correction: timedelta | None, now: datetime
) -> str:
    _require(principal, "operations")
    # As the system: what ingest writes belongs to no tenant's services. `_found` looks in the principal's tenant only.
    with db.transaction(SYSTEM_SCOPE) as conn:
        operations.lock_dead_letter(conn, letter_id)
        letter, row = _found(conn, principal, letter_id)
        if letter.outcome in STORED:
            return letter.outcome
        if not _is_whole(row):
            raise Conflict("Only the beginning of this message was kept.")
        arrival = Arrival(letter.topic, bytes(row["payload"]))
        gateways = find_gateways(conn, {device_of(arrival) or ""})
        if correction is not None and letter.reason != CLOCK_FAR_OFF:
            raise Conflict("Only its clock would have to be what is wrong with it.")
        if correction is None and letter.reason == CLOCK_FAR_OFF:
            # a clock that ran ahead would be believed as soon as the time had come
            raise Conflict("Its clock was far off: say by how much, and release it.")
        (judged,) = judge_all([arrival], gateways, now=now, correction=correction)
        if correction is not None:
            _require_possible(judged, letter)
        outcome, reason, detail = REFUSED, letter.reason, letter.detail
        if isinstance(judged, Ready):
            stored = store_batch(conn, [judged], (), now=now, heard_now=False)
            outcome = stored.answers[0].verdict.value
        else:
            reason, detail = judged.reason, judged.detail
        account = None if principal.is_system else principal.account_id
        operations.handle_dead_letter(
            conn, letter_id, account, outcome, reason, detail, now=now,
            correction_ms=None if correction is None else correction // timedelta(milliseconds=1),
        )  # fmt: skip
        action = "replayed_dead_letter" if correction is None else "released_from_quarantine"
        access_log.write_operation(conn, principal, letter.device_id, action, now=now)
    if outcome in STORED:
        # a job that was waiting already may have started before the row was there
        with db.transaction(SYSTEM_SCOPE) as conn:
            wake_worker(conn)
    return outcome


def _require_possible(judged: Ready | Refused, letter: DeadLetter) -> None:
    if isinstance(judged, Ready):
        if judged.message.happened_at > letter.received_at + LATEST_AFTER_ARRIVAL:
            raise Invalid("With that offset it would have happened after it arrived.")
    elif judged.reason == CLOCK_FAR_OFF:
        raise Invalid("With that offset its time would still be far off.")


def set_aside(db: Database, principal: Principal, letter_id: int, *, now: datetime) -> None:
    """Note that nothing is to be done about it. It is kept. Operators only. Raises NotFound."""
    _require(principal, "operations")
    with db.transaction(principal) as conn:
        letter, _ = _found(conn, principal, letter_id)
        operations.handle_dead_letter(
            conn, letter_id, principal.account_id, SET_ASIDE, letter.reason, letter.detail, now=now
        )
        access_log.write_operation(conn, principal, letter.device_id, "set_dead_letter_aside", now=now)


def waiting(db: Database) -> Mapping[str, int]:
    """How many nobody has dealt with, by reason, over all tenants: numbers for whoever runs the machines."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        return operations.dead_letters_waiting(conn)


def quarantined(db: Database) -> int:
    """How many messages with clocks far off wait for somebody, over all tenants."""
    return waiting(db).get(CLOCK_FAR_OFF, 0)


def _require(principal: Principal, action: str) -> None:
    if not principal.may(action):
        raise Forbidden


def _tenant(principal: Principal) -> str | None:
    return None if principal.is_system else principal.tenant_id


def _found(conn: Connection, principal: Principal, letter_id: int) -> tuple[DeadLetter, Row]:
    row = operations.dead_letter(conn, _tenant(principal), letter_id)
    if row is None:
        raise NotFound
    told = {name: value for name, value in row.items() if name not in {"payload", "payload_sha256"}}
    return DeadLetter(**told), row


def _is_whole(row: Row) -> bool:
    return sha256(row["payload"]).digest() == bytes(row["payload_sha256"])


def _names(model: type[BaseModel]) -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(name)
        for inner in _models(field.annotation):
            found |= _names(inner)
    return found


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models(inner)]


KNOWN_NAMES: Final = frozenset(
    {"body", "key_id", "signature"} | _names(Reading) | _names(CheckIn) | _names(DeviceStatus)
)
"""Names of fields in our contracts: they say nothing about a person."""

"""Check-ins from gateways on their way in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from backend.store.bulk import Target, stage_rows
from backend.store.pool import Connection
from backend.store.sealed_text import seal, seal_bytes
from backend.store.signed_message import SignedMessage
from contracts.check_in import CheckIn

_CHECK_IN = Target(
    "check_in",
    {
        "check_in_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "source": "text",
        "device_id": "text",
        "boot_id": "text",
        "sequence": "int8",
        "answered_at": "timestamptz",
        "received_at": "timestamptz",
        "timezone": "text",
        "drank": "bool",
        "comment": "text",
        "key_id": "text",
        "signature": "bytea",
        "body": "bytea",
        "clock_correction_ms": "int8",
        "about": "jsonb",
    },
)
_ANSWER = Target(
    "check_in_answer",
    {
        "check_in_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "answered_at": "timestamptz",
        "item": "text",
        "value": "numeric",
        "low": "numeric",
        "high": "numeric",
        "ordinal": "int2",
    },
)
_REPORT = Target(
    "drinking_report",
    {
        "report_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "started_at": "timestamptz",
        "ended_at": "timestamptz",
        "known_at": "timestamptz",
        "source": "text",
        "amount_g": "numeric",
    },
)


def add_check_ins(conn: Connection, messages: Sequence[SignedMessage[CheckIn]], *, now: datetime) -> None:
    """Store new check-ins with their answers and the drinking they report (keys claimed in this transaction).

    Where there are words, they and the signed bytes that hold them are sealed; what they are about stands beside them.
    """
    named = [(uuid4(), one) for one in messages]
    stage_rows(conn, _CHECK_IN, [_row(conn, name, one, now) for name, one in named])
    stage_rows(conn, _ANSWER, [row for name, one in named for row in _answers(name, one)])
    stage_rows(conn, _REPORT, [row for _, one in named for row in _reports(one, now)])


def _row(conn: Connection, name: UUID, one: SignedMessage[CheckIn], now: datetime) -> tuple[object, ...]:
    said = one.message
    comment, body, about = said.comment, one.body, None
    if comment is not None:
        comment = seal(conn, one.client_id, "check_in.comment", comment)
        body = seal_bytes(conn, one.client_id, "check_in.body", body)
        if said.about is not None:
            about = Jsonb(said.about.model_dump(mode="json", exclude_none=True))
    return (
        name, one.tenant_id, one.client_id, "gateway", said.device_id, said.boot_id, said.sequence, said.answered_at,
        now, said.timezone, said.drank, comment, one.key_id, one.signature, body, one.clock_correction_ms,
        about,
    )  # fmt: skip


def _answers(name: UUID, one: SignedMessage[CheckIn]) -> Iterable[tuple[object, ...]]:
    asked: Counter[str] = Counter()
    for answer in one.message.answers:
        ordinal = asked[answer.item]
        asked[answer.item] += 1
        yield (
            name, one.tenant_id, one.client_id, one.message.answered_at, answer.item, answer.value, answer.low,
            answer.high, ordinal,
        )  # fmt: skip


def _reports(one: SignedMessage[CheckIn], now: datetime) -> Iterable[tuple[object, ...]]:
    for told in one.message.drinking:
        yield (
            uuid4(), one.tenant_id, one.client_id, told.started_at, told.ended_at, now, "self_report", told.amount_g,
        )  # fmt: skip

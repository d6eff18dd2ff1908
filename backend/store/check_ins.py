"""Check-ins from gateways on their way in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.signed_message import SignedMessage
from contracts.check_in import CheckIn

_QUERIES = load("ingest")
_CHECK_IN = "uuid text uuid text text text int8 timestamptz timestamptz text bool text text bytea bytea"
_ANSWER = "uuid uuid timestamptz text numeric numeric numeric int2"
_REPORT = "uuid text uuid timestamptz timestamptz timestamptz text numeric"


def add_check_ins(conn: Connection, messages: Sequence[SignedMessage[CheckIn]], *, now: datetime) -> None:
    """Store new check-ins with their answers and the drinking they report (keys claimed in this transaction)."""
    named = [(uuid4(), one) for one in messages]
    _copy(conn, "copy_check_ins", _CHECK_IN, (_row(name, one, now) for name, one in named))
    _copy(conn, "copy_answers", _ANSWER, (row for name, one in named for row in _answers(name, one)))
    _copy(conn, "copy_drinking_reports", _REPORT, (row for _, one in named for row in _reports(one, now)))


def _copy(conn: Connection, query: str, types: str, rows: Iterable[tuple[object, ...]]) -> None:
    with conn.cursor() as cursor, cursor.copy(_QUERIES[query]) as copy:
        copy.set_types(types.split())
        for row in rows:
            copy.write_row(row)


def _row(name: UUID, one: SignedMessage[CheckIn], now: datetime) -> tuple[object, ...]:
    said = one.message
    return (
        name, one.tenant_id, one.client_id, "gateway", said.device_id, said.boot_id, said.sequence, said.answered_at,
        now, said.timezone, said.drank, said.comment, one.key_id, one.signature, one.body,
    )  # fmt: skip


def _answers(name: UUID, one: SignedMessage[CheckIn]) -> Iterable[tuple[object, ...]]:
    asked: Counter[str] = Counter()
    for answer in one.message.answers:
        ordinal = asked[answer.item]
        asked[answer.item] += 1
        yield (
            name, one.client_id, one.message.answered_at, answer.item, answer.value, answer.low, answer.high, ordinal,
        )  # fmt: skip


def _reports(one: SignedMessage[CheckIn], now: datetime) -> Iterable[tuple[object, ...]]:
    for told in one.message.drinking:
        yield (
            uuid4(), one.tenant_id, one.client_id, told.started_at, told.ended_at, now, "self_report", told.amount_g,
        )  # fmt: skip

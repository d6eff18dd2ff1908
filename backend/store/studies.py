"""Imported studies: whole histories in by COPY, and out again as they came."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from backend.store.bulk import Target, insert_rows
from backend.store.pool import Connection
from backend.store.queries import load
from relapse_model.frame import NEVER, History, instant
from relapse_model.gather import HistoryBuilder

_QUERIES = load("studies")
_CLIENTS = Target(
    "client",
    {
        "client_id": "uuid",
        "tenant_id": "text",
        "unit_id": "uuid",
        "alias": "text",
        "timezone": "text",
        "started_on": "date",
        "study": "text",
        "study_person": "text",
        "observed_from": "timestamptz",
        "observed_to": "timestamptz",
        "study_row": "int4",
        "study_groups": "jsonb",
        "last_data_at": "timestamptz",
        "created_at": "timestamptz",
    },
)
_DRINKING = Target(
    "drinking_report",
    {
        "report_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "started_at": "timestamptz",
        "ended_at": "timestamptz",
        "known_at": "timestamptz",
        "source": "text",
        "amount_g": "float8",
    },
)
_WINDOWS = Target(
    "test_window",
    {
        "window_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "kind": "text",
        "opens_at": "timestamptz",
        "closes_at": "timestamptz",
        "local_day": "date",
        "attendance": "text",
        "met_at": "timestamptz",
        "known_at": "timestamptz",
        "decided_at": "timestamptz",
        "ordinal": "int2",
    },
)
_CHECK_INS = Target(
    "check_in",
    {
        "check_in_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "source": "text",
        "answered_at": "timestamptz",
        "received_at": "timestamptz",
        "timezone": "text",
    },
)
_ANSWERS = Target(
    "check_in_answer",
    {
        "check_in_id": "uuid",
        "tenant_id": "text",
        "client_id": "uuid",
        "answered_at": "timestamptz",
        "item": "text",
        "value": "float8",
        "low": "float8",
        "high": "float8",
        "ordinal": "int2",
    },
)
_BREATH_TESTS = Target(
    "study_breath_test",
    {
        "client_id": "uuid",
        "tenant_id": "text",
        "measured_at": "timestamptz",
        "ordinal": "int2",
        "known_at": "timestamptz",
        "brac_mg_per_l": "float8",
        "outcome": "text",
    },
)


def tenant_kind(conn: Connection, tenant_id: str) -> str | None:
    """A tenant's kind, if there is such a tenant."""
    row = conn.execute(_QUERIES["tenant"], {"tenant_id": tenant_id}).fetchone()
    return None if row is None else row["kind"]


def unit_named(conn: Connection, tenant_id: str, name: str) -> UUID | None:
    """A tenant's unit by name."""
    row = conn.execute(_QUERIES["unit_named"], {"tenant_id": tenant_id, "name": name}).fetchone()
    return None if row is None else row["unit_id"]


def clients_of(conn: Connection, tenant_id: str, study: str) -> list[UUID]:
    """The clients of a study, in the order of its people."""
    rows = conn.execute(_QUERIES["clients_of"], {"tenant_id": tenant_id, "study": study})
    return [row["client_id"] for row in rows]


def clients_in_care(conn: Connection, tenant_id: str) -> list[UUID]:
    """The tenant's own clients whose identity is not protected."""
    return [row["client_id"] for row in conn.execute(_QUERIES["clients_in_care"], {"tenant_id": tenant_id})]


def studies_of(conn: Connection, tenant_id: str) -> dict[str, int]:
    """The studies of a tenant and how many people each has."""
    rows = conn.execute(_QUERIES["studies_of"], {"tenant_id": tenant_id})
    return {row["study"]: row["people"] for row in rows}


def remove(conn: Connection, client_ids: Sequence[UUID]) -> None:
    """Remove clients of a study with everything about them. The access log stays."""
    for name in ("remove", "remove_check_ins", "remove_clients"):
        conn.execute(_QUERIES[name], {"client_ids": list(client_ids)})


def add(
    conn: Connection, history: History, tenant_id: str, unit_id: UUID, study: str, *, now: datetime
) -> list[UUID]:
    """Store a study's people and rows; returns the client ids in the order of its people."""
    ids = [uuid4() for _ in history.people.person_id]
    newest = _newest(history)
    insert_rows(conn, _CLIENTS, _clients(history, ids, newest, tenant_id, unit_id, study, now))
    insert_rows(conn, _DRINKING, _drinking(history, ids, tenant_id))
    insert_rows(conn, _WINDOWS, _windows(history, ids, tenant_id, now))
    _add_answers(conn, history, ids, tenant_id)
    insert_rows(conn, _BREATH_TESTS, _breath_tests(history, ids, tenant_id))
    return ids


def history_of(conn: Connection, tenant_id: str, study: str) -> History:
    """A study as it was imported."""
    builder = HistoryBuilder()
    params = {"tenant_id": tenant_id, "study": study}
    names: dict[UUID, str] = {}
    for client_id, person, timezone, since, until, groups in _rows(conn, "people", params):
        names[client_id] = person
        builder.person(person, timezone, since, until, groups)
    for client_id, started_at, known_at, source, ended_at, amount_g in _rows(conn, "drinking", params):
        grams = float("nan") if amount_g is None else amount_g
        builder.drinking(names[client_id], started_at, known_at, source, ended_at, grams)
    for client_id, kind, opens_at, closes_at, met_at, known_at in _rows(conn, "prompts", params):
        builder.prompt(names[client_id], kind, opens_at, closes_at, met_at, known_at)
    for client_id, answered_at, item, value, low, high, known_at in _rows(conn, "answers", params):
        builder.answer(names[client_id], answered_at, item, value, low, high, known_at)
    for client_id, measured_at, known_at, brac, outcome in _rows(conn, "breath_tests", params):
        builder.breath_test(
            names[client_id], measured_at, known_at, float("nan") if brac is None else brac, outcome
        )
    return builder.build()


def _clients(
    history: History,
    ids: Sequence[UUID],
    newest: Sequence[datetime | None],
    tenant_id: str,
    unit_id: UUID,
    study: str,
    now: datetime,
) -> Iterator[tuple[Any, ...]]:
    people = history.people
    for row, client_id in enumerate(ids):
        person, zone = people.person_id[row], people.timezone[row]
        since, until = instant(people.observed_from[row]), instant(people.observed_to[row])
        groups = Jsonb({name: values[row] for name, values in people.groups.items()})
        started_on = since.astimezone(ZoneInfo(zone)).date()
        yield (
            client_id, tenant_id, unit_id, f"{study} {person}", zone, started_on, study, person, since, until, row,
            groups, newest[row], now,
        )  # fmt: skip


def _drinking(history: History, ids: Sequence[UUID], tenant_id: str) -> Iterator[tuple[Any, ...]]:
    d = history.drinking
    for row in range(len(d)):
        grams = float(d.amount_g[row])
        yield (
            uuid4(), tenant_id, ids[d.person[row]], instant(d.started_at[row]), _or_none(d.ended_at[row]),
            instant(d.known_at[row]), d.sources[d.source[row]], None if grams != grams else grams,
        )  # fmt: skip


def _windows(
    history: History, ids: Sequence[UUID], tenant_id: str, now: datetime
) -> Iterator[tuple[Any, ...]]:
    p = history.prompts
    zones = [ZoneInfo(name) for name in history.people.timezone]
    same: Counter[tuple[int, int, int]] = Counter()
    for row in range(len(p)):
        person, kind, opens = int(p.person[row]), int(p.kind[row]), int(p.opens_at[row])
        ordinal = same[person, kind, opens]
        same[person, kind, opens] += 1
        opens_at, closes_at, met_at = instant(opens), instant(p.closes_at[row]), _or_none(p.answered_at[row])
        attendance = "missed" if met_at is None else "on_time" if met_at <= closes_at else "late"
        yield (
            uuid4(), tenant_id, ids[person], p.kinds[kind], opens_at, closes_at,
            opens_at.astimezone(zones[person]).date(), attendance, met_at, _or_none(p.answer_known_at[row]), now,
            ordinal,
        )  # fmt: skip


def _add_answers(conn: Connection, history: History, ids: Sequence[UUID], tenant_id: str) -> None:
    """Answers of the same moment are one check-in."""
    a = history.answers
    check_ins: dict[tuple[int, int, int], UUID] = {}
    same: Counter[tuple[UUID, int]] = Counter()
    rows = []
    for row in range(len(a)):
        key = int(a.person[row]), int(a.answered_at[row]), int(a.known_at[row])
        check_in = check_ins.setdefault(key, uuid4())
        item = int(a.item[row])
        ordinal = same[check_in, item]
        same[check_in, item] += 1
        numbers = (float(a.value[row]), float(a.low[row]), float(a.high[row]))
        rows.append((check_in, tenant_id, ids[key[0]], instant(key[1]), a.items[item], *numbers, ordinal))
    zones = history.people.timezone
    insert_rows(
        conn,
        _CHECK_INS,
        (
            (name, tenant_id, ids[person], "study", instant(at), instant(known), zones[person])
            for (person, at, known), name in check_ins.items()
        ),
    )
    insert_rows(conn, _ANSWERS, rows)


def _breath_tests(history: History, ids: Sequence[UUID], tenant_id: str) -> Iterator[tuple[Any, ...]]:
    b = history.breath_tests
    same: Counter[tuple[int, int]] = Counter()
    for row in range(len(b)):
        key = int(b.person[row]), int(b.measured_at[row])
        ordinal = same[key]
        same[key] += 1
        brac = float(b.brac_mg_per_l[row])
        value = None if brac != brac else brac
        known_at = instant(b.known_at[row])
        yield ids[key[0]], tenant_id, instant(key[1]), ordinal, known_at, value, b.outcomes[b.outcome[row]]


def _newest(history: History) -> list[datetime | None]:
    """Per person when the newest thing happened that somebody knows of."""
    newest = [0] * len(history.people)
    tables = (
        (history.drinking.person, history.drinking.started_at),
        (history.prompts.person, history.prompts.answered_at),
        (history.answers.person, history.answers.answered_at),
        (history.breath_tests.person, history.breath_tests.measured_at),
    )
    for persons, times in tables:
        for person, at in zip(persons.tolist(), times.tolist(), strict=True):
            if at != NEVER and at > newest[person]:
                newest[person] = at
    return [instant(at) if at else None for at in newest]


def _or_none(at: int) -> datetime | None:
    return None if at == NEVER else instant(at)


def _rows(conn: Connection, name: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with conn.cursor(row_factory=tuple_row) as cursor:
        yield from cursor.execute(_QUERIES[name], params)

"""Seals free text that was stored before there was a key. As the system only; nobody's words change by it."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.sealed_text import seal, seal_bytes

_QUERIES = load("sealing")
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "contact": ("contact_id", "note"),
    "message": ("message_id", "body"),
    "check_in": ("check_in_id", "comment"),
    "journal_text": ("journal_id", "draft", "body"),
    "alert": ("alert_id", "close_note", "snooze_reason"),
    "pause": ("pause_id", "reason", "decision_note"),
    "excuse": ("excuse_id", "reason"),
    "care_change": ("change_id", "words"),
    "client_reach": ("reach_id", "phone", "note"),
    "life_event": ("event_id", "text"),
    "emergency_access": ("emergency_id", "words", "review_words"),
    "care_block": ("block_id", "words", "lift_words"),
    "photo_verdict": ("verdict_id", "note"),
    "consent": ("consent_id", "purpose", "recipient", "withdraw_reason"),
    "disclosure": ("disclosure_id", "recipient", "words"),
    "plan": ("plan_id", "reason"),
    "plan_draft": ("plan_id", "reason"),
    "planned_test": ("planned_test_id", "reason"),
    "contact_correction": ("correction_id", "reason"),
    "questionnaire": ("questionnaire_id", "withdraw_reason"),
    "legal_hold": ("hold_id", "reason", "lift_reason"),
    "correction_request": ("request_id", "says", "decision"),
    "erasure_request": ("request_id", "says", "decision"),
    "application_decision": ("application_id", "words"),
}
"""Tables with a key of one column, that key, and the columns with a client's words."""
_OWNER: Final = {"application_decision": "application_id"}
"""Whose words they are, where that is no client yet."""
_ONLY: Final = {"alert.close_note": sql.SQL("AND closed_by IS NOT NULL")}
"""What the system noted is its own fixed words."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where words lie, and how those not sealed are found and sealed. `place` is what they are sealed for."""

    place: str
    plain: sql.Composed | bytes
    sealed: sql.Composed | bytes
    field: str | None = None


def _column(table: str, key: str, column: str) -> Place:
    place = f"{table}.{column}"
    names = {
        "table": sql.Identifier(table),
        "key": sql.Identifier(key),
        "words": sql.Identifier(column),
        "owner": sql.Identifier(_OWNER.get(table, "client_id")),
        "only": _ONLY.get(place, sql.SQL("")),
    }
    plain = sql.SQL(
        "SELECT {key} AS id, {owner} AS client_id, {words} AS value FROM {table}"
        " WHERE {words} <> '' AND NOT starts_with({words}, 'sealed:1:') {only}"
        " ORDER BY {key} LIMIT %(batch)s FOR UPDATE SKIP LOCKED"
    )
    sealed = sql.SQL("UPDATE {table} SET {words} = %(value)s WHERE {key} = %(id)s")
    return Place(place, plain.format(**names), sealed.format(**names))


def _written(name: str, place: str, field: str | None = None) -> Place:
    return Place(place, _QUERIES[f"plain_{name}"], _QUERIES[f"seal_{name}"], field)


PLACES: Final[tuple[Place, ...]] = (
    _written("contact_correction_before", "contact.note"),
    _written("check_in_body", "check_in.body"),
    _written("alert_change_note", "alert_change.note"),
    _written("application_version_reason", "application_version.reason"),
    *(
        _written("application_field", f"application.{field}", field)
        for field in ("name", "phone", "referrer", "words")
    ),
    *(_column(table, key, column) for table, (key, *columns) in _COLUMNS.items() for column in columns),
)
"""Every place. What is signed of a check-in comes before its comment: by that it is found."""


def seal_some(conn: Connection, place: Place, batch: int) -> int:
    """Seal at most `batch` rows of one place; how many there were. Raises KeysMissing without keys."""
    conn.execute(_QUERIES["let_words_change"])
    asked: dict[str, Any] = {"field": place.field}
    rows = conn.execute(place.plain, {**asked, "batch": batch}).fetchall()
    for row in rows:
        sealing = seal_bytes if isinstance(row["value"], bytes) else seal
        value = sealing(conn, row["client_id"], place.place, row["value"])
        conn.execute(place.sealed, {**asked, "id": row["id"], "value": value})
    return len(rows)

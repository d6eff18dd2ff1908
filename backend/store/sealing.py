"""Seals free text that was stored before there was a key. As the system only; nobody's words change by it."""

from typing import Final

from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.sealed_text import seal, seal_bytes

_QUERIES = load("sealing")
PLACES: Final = {
    "contact_note": "contact.note",
    "contact_correction_before": "contact.note",
    "message_body": "message.body",
    "check_in_body": "check_in.body",
    "check_in_comment": "check_in.comment",
    "journal_text_draft": "journal_text.draft",
    "journal_text_body": "journal_text.body",
    "alert_close_note": "alert.close_note",
    "alert_snooze_reason": "alert.snooze_reason",
    "alert_change_note": "alert_change.note",
    "pause_reason": "pause.reason",
    "pause_decision_note": "pause.decision_note",
    "excuse_reason": "excuse.reason",
    "care_change_words": "care_change.words",
    "client_reach_phone": "client_reach.phone",
    "client_reach_note": "client_reach.note",
}
"""Queries by name, and the place they seal for."""


def seal_some(conn: Connection, name: str, batch: int) -> int:
    """Seal at most `batch` rows of one place; how many there were. Raises KeysMissing without keys."""
    conn.execute(_QUERIES["let_words_change"])
    rows = conn.execute(_QUERIES[f"plain_{name}"], {"batch": batch}).fetchall()
    for row in rows:
        sealing = seal_bytes if isinstance(row["value"], bytes) else seal
        value = sealing(conn, row["client_id"], PLACES[name], row["value"])
        conn.execute(_QUERIES[f"seal_{name}"], {"id": row["id"], "value": value})
    return len(rows)

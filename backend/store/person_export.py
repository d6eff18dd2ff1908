"""Everything that is stored about one person, by kind."""

from datetime import datetime

from backend.access.types import VisibleClientId
from backend.store.applications import open_contents
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows

_QUERIES = load("person_export")
SECTIONS = tuple(_QUERIES)
"""Kinds in the order in which they are told."""
_SEALED = {
    "check_ins": (("check_in.comment", "comment"),),
    "contacts": (("contact.note", "note"),),
    "messages": (("message.body", "body"),),
    "journal_texts": (("journal_text.body", "body"), ("journal_text.draft", "draft")),
    "signals": (("alert.close_note", "close_note"), ("alert.snooze_reason", "snooze_reason")),
    "signal_steps": (("alert_change.note", "note"),),
    "pauses": (("pause.reason", "reason"), ("pause.decision_note", "decision_note")),
    "who_followed": (("care_change.words", "words"),),
    "how_to_reach": (("client_reach.phone", "phone"), ("client_reach.note", "note")),
    "excuses": (("excuse.reason", "reason"),),
    "correction_requests": (("correction_request.says", "says"), ("correction_request.decision", "decision")),
    "erasure_requests": (("erasure_request.says", "says"), ("erasure_request.decision", "decision")),
    "life_events": (("life_event.text", "text"),),
    "plans": (("plan.reason", "reason"),),
    "plan_proposals": (("plan_draft.reason", "reason"),),
    "planned_tests": (("planned_test.reason", "reason"),),
    "contact_corrections": (("contact_correction.reason", "reason"),),
    "questionnaires": (("questionnaire.withdraw_reason", "withdraw_reason"),),
    "application": (("application_version.reason", "reason"),),
    "application_decision": (("application_decision.words", "words"),),
    "picture_verdicts": (("photo_verdict.note", "note"),),
    "consents": (
        ("consent.purpose", "purpose"), ("consent.recipient", "recipient"),
        ("consent.withdraw_reason", "withdraw_reason"),
    ),
    "disclosures": (("disclosure.recipient", "recipient"), ("disclosure.words", "words")),
    "legal_holds": (("legal_hold.reason", "reason"), ("legal_hold.lift_reason", "lift_reason")),
    "blocks": (("care_block.words", "words"), ("care_block.lift_words", "lift_words")),
}  # fmt: skip
"""Columns of free text, and the place each was sealed for."""


def sections(conn: Connection, client: VisibleClientId, *, now: datetime) -> dict[str, list[Row]]:
    """Rows about the client by section, with free text opened. Random tests to come are in none."""
    return {name: _rows(conn, name, client, now) for name in SECTIONS}


def _rows(conn: Connection, name: str, client: VisibleClientId, now: datetime) -> list[Row]:
    rows = conn.execute(_QUERIES[name], {"client_id": client, "now": now}).fetchall()
    for place, column in _SEALED.get(name, ()):
        rows = open_rows(conn, rows, place, column, client)
    if name == "application":
        opened = open_contents(conn, [{**row, "client_id": client} for row in rows], "client_id")
        rows = [{key: value for key, value in row.items() if key != "client_id"} for row in opened]
    if name == "contact_corrections":
        before = open_rows(conn, [row["before"] for row in rows], "contact.note", "note", client)
        rows = [{**row, "before": was} for row, was in zip(rows, before, strict=True)]
    return rows

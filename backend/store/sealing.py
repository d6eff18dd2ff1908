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
    "life_event_text": "life_event.text",
    "emergency_access_words": "emergency_access.words",
    "emergency_access_review_words": "emergency_access.review_words",
    "care_block_words": "care_block.words",
    "care_block_lift_words": "care_block.lift_words",
    "photo_verdict_note": "photo_verdict.note",
    "consent_purpose": "consent.purpose",
    "consent_recipient": "consent.recipient",
    "consent_withdraw_reason": "consent.withdraw_reason",
    "disclosure_recipient": "disclosure.recipient",
    "disclosure_words": "disclosure.words",
    "plan_reason": "plan.reason",
    "plan_draft_reason": "plan_draft.reason",
    "planned_test_reason": "planned_test.reason",
    "contact_correction_reason": "contact_correction.reason",
    "questionnaire_withdraw_reason": "questionnaire.withdraw_reason",
    "legal_hold_reason": "legal_hold.reason",
    "legal_hold_lift_reason": "legal_hold.lift_reason",
    "correction_request_says": "correction_request.says",
    "correction_request_decision": "correction_request.decision",
    "erasure_request_says": "erasure_request.says",
    "erasure_request_decision": "erasure_request.decision",
    "application_decision_words": "application_decision.words",
    "application_version_reason": "application_version.reason",
    "application_name": "application.name",
    "application_phone": "application.phone",
    "application_referrer": "application.referrer",
    "application_words": "application.words",
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

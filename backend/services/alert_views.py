"""Alerts as values for the faces."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.domain.precision import Share
from backend.services.views import AlertChange, AlertView, Evidence, TechnicalAlert, Text, TrackRecord
from backend.store import alerts, escalations
from backend.store.pool import Connection, Row


def open_alerts_of(conn: Connection, clients: Sequence[VisibleClientId]) -> dict[UUID, tuple[AlertView, ...]]:
    """The open alerts of each client that has any: the clinical one first, then the one about equipment."""
    rows = alerts.open_of(conn, clients)
    views = _views(conn, rows)
    found: dict[UUID, tuple[AlertView, ...]] = {}
    for row, view in sorted(zip(rows, views, strict=True), key=lambda one: one[0]["track"] == "equipment"):
        found[row["client_id"]] = (*found.get(row["client_id"], ()), view)
    return found


def past_alerts_of(conn: Connection, client: VisibleClientId) -> tuple[AlertView, ...]:
    """A client's closed alerts, newest first."""
    return _views(conn, alerts.closed_of(conn, client))


def _views(conn: Connection, rows: Sequence[Row]) -> tuple[AlertView, ...]:
    ids = [row["alert_id"] for row in rows]
    changes, steps = alerts.changes_of(conn, ids), escalations.steps_of(conn, ids)
    return tuple(
        alert_view(row, changes.get(row["alert_id"], []), steps.get(row["alert_id"], [])) for row in rows
    )


def alert_view(row: Row, changes: Sequence[Row], steps: Sequence[Row] = ()) -> AlertView:
    """One alert with its evidence and history, oldest first."""
    moved = [
        AlertChange(one["changed_at"], one["by"], one["old"], one["new"], one["note"]) for one in changes
    ]
    told = [
        AlertChange(one["taken_at"], None, None, "told", None, one["step"], tuple(one["names"]))
        for one in steps
    ]
    return AlertView(
        alert_id=row["alert_id"],
        client_id=row["client_id"],
        client_alias=row["alias"],
        kind=row["kind"],
        tier=row["tier"],
        state=row["state"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        evidence=tuple(
            Evidence(line["kind"], datetime.fromisoformat(line["at"]), Text(line["sv"], line["en"]))
            for line in row["evidence"]
        ),
        owner=row["owner"],
        close_reason=row["close_reason"],
        close_note=row["close_note"],
        changes=tuple(sorted([*moved, *told], key=lambda one: one.at)),
        began_at=row["began_at"],
        seen_at=row["seen_at"],
        seen_by=row["seen_by"],
        snoozed_until=row["snoozed_until"],
        snoozed_by=row["snoozed_by"],
        snooze_reason=row["snooze_reason"],
        next_told_at=row["escalate_at"] if row["state"] == "new" else None,
    )


def track_record_of(conn: Connection, client: VisibleClientId, alert: AlertView | None) -> TrackRecord | None:
    """How often alerts like this one were judged relevant in the client's unit; None without an alert."""
    if alert is None:
        return None
    found = alerts.outcomes(conn, [client])
    relevant, n = next((counts for (_, kind), counts in found.items() if kind == alert.kind), (0, 0))
    return TrackRecord(relevant, n, Share(relevant, n).is_enough)


def technical_view(row: Row) -> TechnicalAlert:
    """Trouble with equipment, without the client."""
    return TechnicalAlert(
        row["alert_id"],
        row["kind"],
        row["tier"],
        row["state"],
        row["began_at"],
        tuple(row["devices"]),
        row["owner"],
        tuple(Text(line["sv"], line["en"]) for line in row["evidence"]),
    )

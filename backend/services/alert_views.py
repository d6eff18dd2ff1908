"""Alerts as values for the faces."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.services.views import AlertChange, AlertView, Evidence, Text
from backend.store import alerts
from backend.store.pool import Connection, Row


def open_alerts_of(conn: Connection, clients: Sequence[VisibleClientId]) -> dict[UUID, AlertView]:
    """The open alert of each client that has one."""
    rows = alerts.open_of(conn, clients)
    changes = alerts.changes_of(conn, [row["alert_id"] for row in rows])
    return {row["client_id"]: alert_view(row, changes.get(row["alert_id"], [])) for row in rows}


def past_alerts_of(conn: Connection, client: VisibleClientId) -> tuple[AlertView, ...]:
    """A client's closed alerts, newest first."""
    rows = alerts.closed_of(conn, client)
    changes = alerts.changes_of(conn, [row["alert_id"] for row in rows])
    return tuple(alert_view(row, changes.get(row["alert_id"], [])) for row in rows)


def alert_view(row: Row, changes: Sequence[Row]) -> AlertView:
    """One alert with its evidence and history, oldest first."""
    return AlertView(
        row["alert_id"],
        row["client_id"],
        row["alias"],
        row["kind"],
        row["tier"],
        row["state"],
        row["opened_at"],
        row["updated_at"],
        tuple(
            Evidence(line["kind"], datetime.fromisoformat(line["at"]), Text(line["sv"], line["en"]))
            for line in row["evidence"]
        ),
        row["owner"],
        row["close_reason"],
        row["close_note"],
        tuple(
            AlertChange(one["changed_at"], one["by"], one["old"], one["new"], one["note"]) for one in changes
        ),
    )

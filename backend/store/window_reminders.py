"""Reminders of test windows as notices."""

from datetime import datetime, timedelta

from backend.store.pool import Connection
from backend.store.queries import load

_QUERIES = load("window_reminders")


def plan_due(conn: Connection, *, ahead: timedelta, not_later_than: timedelta, now: datetime) -> int:
    """Plan each reminder whose moment was within `not_later_than` before `now`, once; how many."""
    params = {"ahead": ahead, "since": now - not_later_than, "now": now}
    return conn.execute(_QUERIES["plan_due"], params).rowcount


def cancel_pointless(conn: Connection, *, now: datetime) -> int:
    """Cancel reminders not told yet of windows that are closed, met or otherwise settled; how many."""
    return conn.execute(_QUERIES["cancel_pointless"], {"now": now}).rowcount

"""Writes what was decided about many clients, each kind in one statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.domain.alerting import Finding
from backend.domain.attendance import Verdict
from backend.domain.plans import PlannedWindow
from backend.domain.results import Judgement
from backend.store.pool import Connection
from backend.store.queries import load

_QUERIES = load("care_writes")
NewWindow = tuple[str, UUID, UUID, PlannedWindow, Verdict, UUID | None, int]
"""Tenant, client, window id, the window, what it comes to, the random or on-demand test it is, and its ordinal."""


def lay_out_windows(conn: Connection, windows: Sequence[NewWindow], *, now: datetime) -> None:
    """Store planned windows; one that is already there stays as it is."""
    if not windows:
        return
    columns: dict[str, Any] = {
        "tenant_id": [w[0] for w in windows],
        "client_id": [w[1] for w in windows],
        "window_id": [w[2] for w in windows],
        "plan_id": [w[3].plan_id for w in windows],
        "kind": [w[3].kind for w in windows],
        "opens_at": [w[3].opens_at for w in windows],
        "closes_at": [w[3].closes_at for w in windows],
        "local_day": [w[3].local_day for w in windows],
        "planned_test_id": [w[5] for w in windows],
        "ordinal": [w[6] for w in windows],
    }
    conn.execute(_QUERIES["lay_out_windows"], {**columns, **_verdicts([w[4] for w in windows]), "now": now})
    if announced := [w[5] for w in windows if w[5] is not None]:
        conn.execute(_QUERIES["announce"], {"planned_test_ids": announced, "now": now})


def decide_windows(conn: Connection, verdicts: Mapping[UUID, Verdict], *, now: datetime) -> None:
    """Store new verdicts; an overturned one leaves a row of history."""
    if verdicts:
        params = {"window_id": list(verdicts), **_verdicts(list(verdicts.values())), "now": now}
        conn.execute(_QUERIES["decide_windows"], params)


def judge(conn: Connection, judged: Sequence[tuple[UUID, Judgement]], *, now: datetime) -> None:
    """Store what readings came to mean."""
    if judged:
        params = {
            "device_id": [j.key[0] for _, j in judged],
            "boot_id": [j.key[1] for _, j in judged],
            "sequence": [j.key[2] for _, j in judged],
            "client_id": [client_id for client_id, _ in judged],
            "measured_at": [j.measured_at for _, j in judged],
            "state": [j.state for _, j in judged],
            "settled_by": [j.settled_by for _, j in judged],
            "retest_until": [j.retest_until for _, j in judged],
            "now": now,
        }
        conn.execute(_QUERIES["judge"], params)


def refresh_days(conn: Connection, since: Mapping[UUID, datetime], *, now: datetime) -> None:
    """Write the daily rollup of these clients again, from the local day of the given instants on."""
    if since:
        params = {
            "client_ids": list(since),
            "since": list(since.values()),
            "earliest": _day_before(since),
            "now": now,
        }
        conn.execute(_QUERIES["refresh_days"], params)


def touch_clients(
    conn: Connection,
    rows: Sequence[tuple[UUID, datetime | None, datetime | None, bool, datetime | None]],
    *,
    now: datetime,
) -> None:
    """Per client: newest data, deadline of silence, whether a score is due at once, how far windows are laid out."""
    if rows:
        names = ("client_id", "last_data_at", "lost_contact_at", "score_now", "laid_out_to")
        params = {name: [row[i] for row in rows] for i, name in enumerate(names)}
        conn.execute(_QUERIES["touch_clients"], {**params, "now": now})


def open_alert(
    conn: Connection,
    alert_id: UUID,
    tenant_id: str,
    client_id: UUID,
    kind: str,
    tier: int,
    findings: Iterable[Finding],
    *,
    began_at: datetime | None,
    escalate_at: datetime,
    now: datetime,
) -> bool:
    """Open an alert whose first telling is due at `escalate_at`; False when another took the place meanwhile."""
    params = {
        "alert_id": alert_id,
        "tenant_id": tenant_id,
        "client_id": client_id,
        "kind": kind,
        "tier": tier,
        "began_at": began_at or now,
        "escalate_at": escalate_at,
    }
    row = conn.execute(
        _QUERIES["open_alert"], {**params, "evidence": _evidence(findings), "now": now}
    ).fetchone()
    if row is not None:
        alert_changed(conn, alert_id, None, "new", now=now)
    return row is not None


@dataclass(frozen=True, slots=True)
class Grown:
    """What adding to an alert came to. `is_again`: it is raised anew, and told in a new round."""

    is_again: bool


def grow_alert(
    conn: Connection,
    alert_id: UUID,
    kind: str,
    tier: int,
    findings: Iterable[Finding],
    *,
    began_at: datetime | None,
    escalate_at: datetime,
    is_urgent: bool,
    calls_again: bool = False,
    now: datetime,
) -> Grown | None:
    """Add evidence to an open alert; None when somebody closed it in the meantime.

    `escalate_at` counts only where the alert is raised anew: its tier got worse, the client asks for help
    (`calls_again`), or it was put off and `is_urgent`.
    """
    params = {
        "alert_id": alert_id,
        "kind": kind,
        "tier": tier,
        "evidence": _evidence(findings),
        "began_at": began_at,
        "escalate_at": escalate_at,
        "is_urgent": is_urgent,
        "calls_again": calls_again,
        "now": now,
    }
    row = conn.execute(_QUERIES["grow_alert"], params).fetchone()
    if row is None:
        return None
    if row["again"] and row["was_snoozed"]:
        alert_changed(conn, alert_id, row["old"], "snooze_broken", now=now)
    if row["again"]:
        alert_changed(conn, alert_id, row["old"], row["new"], now=now)
    return Grown(row["again"])


def resolve_alert(conn: Connection, alert_id: UUID, note: str, old: str, *, now: datetime) -> bool:
    """End an alert about equipment or missing tests that is over, unless a person has taken it up; whether it ended."""
    params = {"alert_id": alert_id, "note": note, "now": now}
    if conn.execute(_QUERIES["resolve_alert"], params).fetchone() is None:
        return False
    alert_changed(conn, alert_id, old, "closed", note=note, now=now)
    return True


def alert_changed(
    conn: Connection,
    alert_id: UUID,
    old: str | None,
    new: str,
    *,
    account_id: UUID | None = None,
    note: str | None = None,
    now: datetime,
) -> None:
    """One line in an alert's history: who (nobody: the system), from what to what, and their words."""
    params = {
        "alert_id": alert_id,
        "account_id": account_id,
        "old": old,
        "new": new,
        "note": note,
        "now": now,
    }
    conn.execute(_QUERIES["alert_changed"], params)


def overdue(conn: Connection, *, now: datetime) -> dict[UUID, datetime]:
    """Clients with a stored deadline that has passed, and the instant from which to decide again."""
    rows = conn.execute(_QUERIES["overdue"], {"now": now})
    return {row["client_id"]: row["touched_from"] for row in rows}


def _verdicts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "attendance": [v.attendance for v in verdicts],
        "met_at": [v.met_at for v in verdicts],
        "known_at": [v.known_at for v in verdicts],
        "due_at": [v.due_at for v in verdicts],
    }


def _evidence(findings: Iterable[Finding]) -> Jsonb:
    lines = [one.as_evidence() for one in findings]
    return Jsonb(lines, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _day_before(since: Mapping[UUID, datetime]) -> datetime:
    return min(since.values()) - timedelta(days=2)

"""What a gateway is to know of its client's plan for a fortnight: a plain document that others sign and send."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from backend.domain.plans import read_rules
from backend.domain.random_tests import DRAWN_AHEAD
from backend.errors import NotFound
from backend.store import agreements, planned_tests, plans
from backend.store.pool import Connection, Row

SCHEDULE_VERSION = 1


def schedule_for_gateway(conn: Connection, device_id: str, now: datetime) -> dict[str, Any]:
    """The plan in force as a document of plain JSON values; those that follow it within 14 days stand in `following`.

    `plan_version` only grows: a gateway keeps the document with the highest. Planned tests carry `hidden_until_open`:
    neither the gateway's page nor a sound may tell of them before. No name, no reason and no seed is in it. Raises
    NotFound for a gateway that is unknown or revoked.
    """
    gateway = plans.gateway(conn, device_id)
    if gateway is None:
        raise NotFound
    until = now + DRAWN_AHEAD
    client_id = gateway["client_id"]
    in_force = plans.plans_between(conn, client_id, now, until)
    pauses, excuses = agreements.coming(conn, client_id, now, until)
    tests = planned_tests.coming(conn, client_id, now, until)
    current = next((row for row in in_force if row["valid_from"] <= now), None)
    return {
        "schedule_version": SCHEDULE_VERSION,
        "device_id": device_id,
        "plan_version": gateway["plan_version"],
        "made_at": _instant(now),
        "covers_to": _instant(until),
        **_plan(current, gateway["timezone"]),
        "following": [_plan(row, gateway["timezone"]) for row in in_force if row["valid_from"] > now],
        "planned_tests": [
            {
                "planned_test_id": str(row["planned_test_id"]),
                "kind": row["kind"],
                "window_kind": row["window_kind"],
                "opens_at": _instant(row["opens_at"]),
                "closes_at": _instant(row["closes_at"]),
                "hidden_until_open": True,
            }
            for row in tests
        ],
        "pauses": [{"from_at": _instant(row["from_at"]), "to_at": _instant(row["to_at"])} for row in pauses],
        "excused": [{"kind": row["kind"], "opens_at": _instant(row["opens_at"])} for row in excuses],
    }


def _plan(row: Row | None, timezone: str) -> dict[str, Any]:
    if row is None:
        return {
            "timezone": timezone,
            "valid_from": None,
            "valid_to": None,
            "windows": [],
            "rules": asdict(read_rules({})),
        }
    return {
        "timezone": row["timezone"],
        "valid_from": _instant(row["valid_from"]),
        "valid_to": None if row["valid_to"] is None else _instant(row["valid_to"]),
        "windows": row["windows"],
        "rules": asdict(read_rules(row["rules"])),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

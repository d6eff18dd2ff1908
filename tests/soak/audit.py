"""The independent count: the gateways' own logs against plain SQL. Nothing of ours decides here what is right."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg

from tests.soak.gateways import Key, answers, blows_in, whole_lines

_DAMAGE = {"signature", "malformed", "oversized", "unknown_key", "invalid", "topic"}
HALF_HOUR = timedelta(minutes=30)


@dataclass
class Sent:
    """What the logs say."""

    readings: dict[Key, str] = field(default_factory=dict)
    statuses: dict[Key, str] = field(default_factory=dict)
    blown_at: dict[str, list[datetime]] = field(default_factory=dict)
    answered: dict[Key, str] = field(default_factory=dict)

    @property
    def unanswered(self) -> int:
        return len((self.readings.keys() | self.statuses.keys()) - self.answered.keys())


def read_logs(folder: Path) -> Sent:
    """Every gateway's log."""
    sent = Sent()
    for path in sorted(folder.glob("*.sent")):
        for line in whole_lines(path):
            key = (line["device"], line["boot"], line["sequence"])
            kind = sent.readings if line["kind"] == "reading" else sent.statuses
            assert key not in kind, "the gateways used a number twice; the account is worth nothing"
            kind[key] = line["sha256"]
            if kind is sent.readings:
                sent.blown_at.setdefault(line["device"], []).append(datetime.fromisoformat(line["at"]))
    for path in sorted(folder.glob("*.answered")):
        sent.answered.update(answers(path))
    return sent


def audit_messages(database: str, sent: Sent) -> list[str]:
    """Lost, doubled, changed or wrongly refused messages, in words."""
    with psycopg.connect(database) as conn:
        stored = [
            ((device, boot, number), sha256(body).hexdigest())
            for device, boot, number, body in conn.execute(
                "SELECT device_id, boot_id, sequence, body FROM reading"
            )
        ]
        heard = [
            (device, boot, number)
            for device, boot, number in conn.execute("SELECT device_id, boot_id, sequence FROM device_status")
        ]
        reasons = {str(row[0]) for row in conn.execute("SELECT DISTINCT reason FROM dead_letter")}
        results = conn.execute(
            "SELECT count(*), count(DISTINCT (device_id, boot_id, sequence)) FROM test_result"
        )
        counted = results.fetchone()
    assert counted is not None
    keys = [key for key, _ in stored]
    wrong = {
        "readings lost": len(sent.readings.keys() - set(keys)),
        "readings nobody sent": len(set(keys) - sent.readings.keys()),
        "readings doubled": len(keys) - len(set(keys)),
        "readings changed": sum(sent.readings.get(key) != digest for key, digest in stored),
        "heartbeats lost": len(sent.statuses.keys() - set(heard)),
        "heartbeats doubled": len(heard) - len(set(heard)),
        "results missing": len(set(keys)) - int(counted[1]),
        "results doubled": int(counted[0]) - int(counted[1]),
        "without a receipt": sent.unanswered,
        "refused or in conflict": sum(
            verdict not in {"stored", "duplicate"} for verdict in sent.answered.values()
        ),
    }
    found = [f"{count} {what}" for what, count in wrong.items() if count]
    if strange := reasons - _DAMAGE:
        found.append(f"dead letters that were no damaged copies: {sorted(strange)}")
    return found


def audit_windows(database: str, sent: Sent, began: datetime, ended: datetime) -> tuple[int, list[str]]:
    """Every planned test from `began` to `ended` there once, in one final state, and the state the logs call for."""
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            "SELECT device_id, opens_at, closes_at, attendance FROM test_window JOIN gateway USING (client_id)"
            " WHERE opens_at >= %s AND closes_at <= %s",
            [began, ended],
        ).fetchall()
        devices = [row[0] for row in conn.execute("SELECT device_id FROM gateway")]
    found = {(device, opens_at): state for device, opens_at, _, state in rows}
    wrong = [f"{len(rows) - len(found)} windows doubled"] if len(found) != len(rows) else []
    expected = {
        (device, opens_at)
        for device in devices
        for opens_at in _hours(began, ended)
        if opens_at + HALF_HOUR <= ended
    }
    if expected != found.keys():
        wrong.append(
            f"{len(expected - found.keys())} windows missing, {len(found.keys() - expected)} unplanned"
        )
    for (device, opens_at), state in found.items():
        blown = any(opens_at <= at <= opens_at + HALF_HOUR for at in sent.blown_at.get(device, ()))
        if blown and not blows_in(device, opens_at):
            wrong.append(f"the gateway {device} blew when its lot said no")
        fitting = {"on_time"} if blown else {"missed", "not_received", "outage"}
        if state not in fitting:
            wrong.append(f"{device} {opens_at:%H:%M}: {state}, {'tested' if blown else 'no test'}")
    return len(found), wrong


def _hours(began: datetime, ended: datetime) -> list[datetime]:
    first = began.replace(minute=0, second=0, microsecond=0)
    if first < began:
        first += timedelta(hours=1)
    return [first + timedelta(hours=n) for n in range(int((ended - first) / timedelta(hours=1)) + 1)]

"""What a person has to see to, from plain facts. Pure; the codes travel in the heartbeat and have words on the page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NEARLY_FULL_PERCENT = 80
CLOCK_OFF = timedelta(minutes=5)
DAMAGE_TOLD_FOR = timedelta(days=7)
"""All three are assumptions."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the alarms are decided on."""

    unwritten: int
    reserve_held: bool
    fill_percent: int
    refused: int
    damaged_at: datetime | None
    clock_offset_ms: int | None
    certificate_ends: bool = False


def alarms_of(facts: Facts, now: datetime) -> tuple[str, ...]:
    """Codes of what stands wrong, worst first.

    `disk_full`: something could not be written, or the reserve is in use. `outbox_nearly_full`: no room for much
    more. `outbox_damaged`: a damaged file was put aside within a week. `messages_refused`: the backend did not
    accept something. `clock_off`: this machine's clock is minutes away from the backend's. `certificate_ends`: what it
    shows at the broker ends soon and could not be renewed.
    """
    offset = timedelta(milliseconds=abs(facts.clock_offset_ms or 0))
    damaged = facts.damaged_at
    standing = {
        "disk_full": facts.unwritten > 0 or not facts.reserve_held,
        "outbox_nearly_full": facts.fill_percent >= NEARLY_FULL_PERCENT,
        "outbox_damaged": damaged is not None and abs(now - damaged) < DAMAGE_TOLD_FOR,
        "messages_refused": facts.refused > 0,
        "clock_off": offset > CLOCK_OFF,
        "certificate_ends": facts.certificate_ends,
    }
    return tuple(code for code, stands in standing.items() if stands)

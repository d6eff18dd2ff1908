"""A client asks, under Help, to be contacted: an alert of the most urgent tier (domain reference 11.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.domain.alerting import RECENT, Finding
from backend.domain.wording import Sentence, local_time

SAME_CALL: Final = timedelta(minutes=15)
"""Pressing again within this is the same call (assumption): a second press is impatience, not more news."""


@dataclass(frozen=True, slots=True)
class HelpCall:
    """One call."""

    call_id: str
    asked_at: datetime


def key_of(call_id: object) -> str:
    """The key of a call's finding."""
    return f"help:{call_id}"


def help_findings(calls: Sequence[HelpCall], timezone: str, now: datetime) -> tuple[Finding, ...]:
    """One finding per call."""
    return tuple(
        Finding("help_asked", 1, one.asked_at, key_of(one.call_id), _said(one, timezone), {}, one.asked_at)
        for one in calls
        if now - one.asked_at <= RECENT
    )


def _said(one: HelpCall, timezone: str) -> Sentence:
    when = local_time(one.asked_at, timezone)
    return Sentence(
        f"Klienten har tryckt på Hjälp och ber mottagningen höra av sig, {when.sv}.",
        f"The client pressed Help and asks the clinic to get in touch, {when.en}.",
    )

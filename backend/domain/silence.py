"""Silence: the gateway has not been heard from. It says nothing about sobriety, and is never called a missed test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether contact is lost. `deadline` is when it will be, if nothing arrives; None while nothing is armed."""

    lost: bool
    since: datetime | None
    deadline: datetime | None


def listen(
    heard_at: datetime | None,
    armed: bool,
    outages: Sequence[tuple[datetime, datetime]],
    now: datetime,
    after: timedelta,
) -> Silence:
    """Lost contact on the server's receive time, per client, armed once the gateway has been heard.

    While the platform itself was down nobody could be heard: that time does not count, so the wait starts again when
    an outage ends. Source: requirements R1 and R3 (compliance reference 9), lost contact (domain reference 2.4).
    """
    if heard_at is None or not armed:
        return Silence(False, None, None)
    counted_from = max([heard_at, *(ended for began, ended in outages if ended > heard_at)])
    deadline = counted_from + after
    return Silence(now >= deadline, heard_at, deadline)

"""When somebody is told, where, and when it is tried again: pure decisions about notices and messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

URGENT = 1
"""The tier that cannot wait: it passes quiet hours and is hardly bundled."""

_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_URGENT_WAITS = (timedelta(seconds=30), timedelta(seconds=60))
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_URGENT_WAIT = timedelta(minutes=5)
_BETWEEN = {
    1: timedelta(minutes=1),
    2: timedelta(minutes=15),
    3: timedelta(hours=1),
    4: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the wall clock in which a place gets no messages; `begins` later than `ends` spans midnight."""

    begins: time
    ends: time
    zone: ZoneInfo

    def until(self, at: datetime) -> datetime | None:
        """The UTC instant at which the quiet around `at` ends; None when `at` is not quiet.

        Hours the clock skips in spring end when the clock has passed them; hours it repeats in autumn are quiet
        both times.
        """
        local = at.astimezone(self.zone)
        clock = local.time()
        inside = (
            self.begins <= clock < self.ends
            if self.begins <= self.ends
            else clock >= self.begins or clock < self.ends
        )
        if not inside:
            return None
        ends = (
            datetime.combine(local.date() + timedelta(days=day), self.ends, self.zone).replace(fold=fold)
            for day in (0, 1)
            for fold in (0, 1)
        )
        return min(end for end in (one.astimezone(UTC) for one in ends) if end > at)


@dataclass(frozen=True, slots=True)
class Place:
    """A contact point that can be used now, in the person's own order.

    `closed_until`: when its hours begin again (working hours, or those on call); None inside them.
    """

    contact_point_id: UUID
    kind: str
    quiet: Quiet | None
    closed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a notice goes: to a place, or not before `wait_until`, or (both empty) nowhere any more."""

    place: Place | None
    wait_until: datetime | None = None


def route(places: Sequence[Place], tried: Collection[UUID], tier: int, now: datetime) -> Route:
    """The first place that has not given up on this notice, inside its hours and not quiet.

    Tier 1 passes quiet hours, and goes to a place outside its hours rather than nowhere.
    """
    left = [place for place in places if place.contact_point_id not in tried]
    if tier == URGENT:
        inside = [place for place in left if place.closed_until is None]
        return Route(next(iter(inside or left), None))
    waits: list[datetime] = []
    for place in left:
        quiet = place.quiet.until(now) if place.quiet else None
        until = max((at for at in (quiet, place.closed_until) if at is not None), default=None)
        if until is None:
            return Route(place)
        waits.append(until)
    return Route(None, min(waits, default=None))


def held_until(last_message_at: datetime | None, tier: int, now: datetime) -> datetime | None:
    """Until when a notice waits so that several make one message; None when it may go now.

    At most one message per person and minute at tier 1, quarter of an hour at tier 2, hour at tiers 3 and 4
    (assumption: nobody reads a page better for being told of it four times an hour).
    """
    if last_message_at is None:
        return None
    free_at = last_message_at + _BETWEEN[tier]
    return free_at if free_at > now else None


def wait_before_next_try(attempts: int, tier: int, retry_after: timedelta | None = None) -> timedelta | None:
    """How long after the `attempts`-th failed try the next one comes; None to give this place up.

    Four tries within 21 minutes, at tier 1 three within 90 seconds (assumption: the next person on call is asked
    soon after). A server that asks for a longer pause gets it, up to an hour (tier 1: five minutes); one that asks for
    more than that is given up.
    """
    waits, longest = (_URGENT_WAITS, _LONGEST_URGENT_WAIT) if tier == URGENT else (_WAITS, _LONGEST_WAIT)
    if attempts > len(waits):
        return None
    wait = max(waits[attempts - 1], retry_after or timedelta(0))
    return wait if wait <= longest else None

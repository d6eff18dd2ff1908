"""Months of history, played through the real path: the clock is stepped, homes send what was due, receipts come back.

Received times are honest within a step: what happened during a step is received at its end, by the demo's clock.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

from nykter.clock import set_clock
from nykter.demo.folder import DemoFolder
from nykter.errors import NykterError
from simulators.fleet import Fleet

_STEP_AT = time(0, 30)
_FINE_STEP = timedelta(hours=3)
_FINE_FROM = timedelta(hours=36)
_SETTLE_TIMEOUT_S = 60.0


def steps_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """Where the clock stops: 00:30 UTC each day (before any 04:00 decision), every three hours in the last 36.

    Every step lies after `start`; the last is `end`. Both aware UTC. Nothing when `end` is not after `start`.
    """
    at = start
    while at < end:
        if end - at <= _FINE_FROM:
            at = min(at + _FINE_STEP, end)
        else:
            following = datetime.combine(at.date(), _STEP_AT, UTC)
            while following <= at:
                following += timedelta(days=1)
            at = min(following, end)
        yield at


def play(
    fleet: Fleet,
    folder: DemoFolder,
    start: datetime,
    end: datetime,
    *,
    settled: Callable[[datetime], None],
    between: Callable[[], None],
    progress: Callable[[float], None],
) -> int:
    """Send everything due in (start, end] and return how many messages that were.

    `settled` is told each instant up to which every receipt is in; `between` runs after each step (it may raise to
    stop); `progress` gets 0..1. Raises NykterError when receipts stop coming.
    """
    sent = 0
    steps = list(steps_between(start, end))
    ready = fleet.seal_due(steps[0], after=start) if steps else []
    for number, at in enumerate(steps, 1):
        set_clock(folder.clock, at, 0)
        fleet.send(ready)
        sent += len(ready)
        # The next step is built and signed while this one is stored: two processors, two halves of the work.
        ready = fleet.seal_due(steps[number], after=start) if number < len(steps) else []
        deadline_rounds = int(_SETTLE_TIMEOUT_S / 0.5)
        while not fleet.settle(0.5):
            between()
            folder.refuse_full_disk()
            deadline_rounds -= 1
            if deadline_rounds <= 0:
                raise NykterError(
                    f"No receipts for {fleet.waiting} messages within {_SETTLE_TIMEOUT_S:.0f} s. "
                    f"See {folder.logs / 'ingest.log'}."
                )
        settled(at)
        between()
        progress(number / len(steps))
    return sent

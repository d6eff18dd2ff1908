"""How often signals were right, counted from the past: what followed them, and what people made of them.

Counts are shown as counts. A share of few is no share: below `LEAST` nothing but the number is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

LEAST: Final = 10
"""Fewer cases than this are too few to say anything (assumption)."""
SOBER_BEFORE: Final = timedelta(hours=48)
"""Drinking that begins after this long without any known drinking is a start; the rest belongs to the same spell."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`."""

    hits: int
    n: int

    @property
    def is_enough(self) -> bool:
        """Whether the share may be spoken of at all."""
        return self.n >= LEAST


@dataclass(frozen=True, slots=True)
class Precision:
    """`right`: signals that drinking followed within the horizon (PPV). `warned`: starts a signal came before
    (sensitivity).
    """

    right: Share
    warned: Share


def starts_of(drinking: Sequence[datetime]) -> tuple[datetime, ...]:
    """Where drinking began anew: known drinking with none known in the 48 hours before it (assumption)."""
    ordered = sorted(drinking)
    return tuple(
        at for number, at in enumerate(ordered) if number == 0 or at - ordered[number - 1] > SOBER_BEFORE
    )


def precision_of(
    signals: Mapping[UUID, Sequence[datetime]],
    drinking: Mapping[UUID, Sequence[datetime]],
    since: datetime,
    until: datetime,
    horizon: timedelta,
) -> Precision:
    """What followed signals, and what came before starts, per client, from `since` to `until`.

    A signal counts once its horizon has passed by `until`. What nobody came to know of counts as no drinking, so the
    first number is rather too low; drinking that made the signal (before it) does not count for it.
    """
    right = asked = warned = began = 0
    for client in {*signals, *drinking}:
        known = sorted(drinking.get(client, ()))
        raised = [at for at in signals.get(client, ()) if since <= at]
        for at in raised:
            if at + horizon <= until:
                asked += 1
                right += any(at < drank <= at + horizon for drank in known)
        for start in starts_of(known):
            if since + horizon <= start <= until:
                began += 1
                warned += any(start - horizon <= at < start for at in raised)
    return Precision(Share(right, asked), Share(warned, began))

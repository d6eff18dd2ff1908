"""Who blew: what a person's look at the picture means for the alerts. The test's result is never touched by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.alerting import RECENT, Finding
from backend.domain.wording import Sentence, local_time


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A picture on which somebody saw another person than the client; `photo` names it."""

    photo: str
    taken_at: datetime
    judged_at: datetime


def identity_findings(seen: Sequence[Mismatch], timezone: str, now: datetime) -> tuple[Finding, ...]:
    """One finding per such picture, for the same day (domain reference 11.3).

    What counts as recent goes by when somebody looked, since a picture may wait for days.
    """
    return tuple(
        Finding(
            "identity_mismatch",
            2,
            one.judged_at,
            f"identity:{one.photo}",
            _said(one, timezone),
            {},
            one.taken_at,
        )
        for one in seen
        if now - one.judged_at <= RECENT
    )


def _said(one: Mismatch, timezone: str) -> Sentence:
    when = local_time(one.taken_at, timezone)
    return Sentence(
        f"Bilden vid testet {when.sv} visar någon annan, enligt den som såg på den. Testets värde står kvar.",
        f"The picture at the test on {when.en} shows somebody else, according to whoever looked at it. "
        "The test's value stands.",
    )

"""When many gateways fall silent together: one matter of the platform's, and nobody's lost contact.

Requirement R3 (compliance reference 9): one outage of gateways, broker or ingest is one system alert, and the clients'
own alerts about lost contact wait. What is compared is the share of gateways heard in the last minutes with what is
usual at that time of day, so that a fleet that only speaks at test times is not called silent at night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Cause = Literal["gateways", "broker", "ingest"]

HEARD_WITHIN: Final = timedelta(minutes=15)
"""A gateway heard in this time speaks. Heartbeats come every minute, every 15 minutes when unanswered (assumption)."""
SAMPLE_EVERY: Final = timedelta(minutes=5)
USUAL_BACK: Final = timedelta(days=7)
_SAME_TIME: Final = timedelta(minutes=90)
_LATELY: Final = timedelta(hours=3)
_LEAST_EXPECTED: Final = 5.0
_FALLEN: Final = 0.25
_BACK: Final = 0.6
_INGEST_DEAD_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class FleetSample:
    """How many of a tenant's gateways in use (`active`: heard within a week) were heard in the last minutes."""

    at: datetime
    active: int
    heard: int


@dataclass(frozen=True, slots=True)
class FleetNow:
    """The same now, with what the ingest processes say. `ingest_age_s` is real time; None: never ran."""

    sample: FleetSample
    ingest_age_s: float | None = None
    broker_connected: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An open system alert: how many gateways were in use when it opened, and the share usual then."""

    gateways: int
    usual: float


@dataclass(frozen=True, slots=True)
class FleetVerdict:
    """What to do about the system alert of a tenant."""

    action: Literal["nothing", "open", "keep", "close"]
    cause: Cause = "gateways"
    gateways: int = 0
    silent: int = 0
    usual: float = 0.0


def usual_share(samples: Sequence[FleetSample], at: datetime) -> float | None:
    """The share usually heard at this time of day: the lower quartile of last week's, else of the last hours'.

    The lower quartile, so that ordinary quiet quarters are no news. None while too little is known.
    """
    earlier = [one for one in samples if one.active > 0 and one.at < at - HEARD_WITHIN]
    day = timedelta(days=1)
    same = [one for one in earlier if min((at - one.at) % day, day - (at - one.at) % day) <= _SAME_TIME]
    lately = [one for one in earlier if at - one.at <= _LATELY]
    for chosen, least in ((same, 24), (lately, 12)):
        if len(chosen) >= least:
            shares = sorted(one.heard / one.active for one in chosen)
            return shares[len(shares) // 4]
    return None


def judge(now: FleetNow, samples: Sequence[FleetSample], standing: Standing | None) -> FleetVerdict:
    """Whether a tenant's fleet is silent as a whole.

    Opens when at least five gateways should be heard and no more than a quarter of them is, or when ingest itself is
    dead; ends when 60 % are back (assumptions). Whoever was not looking for a while waits until there is a window's
    worth of samples again: the platform's own absence is an outage and not the gateways'.
    """
    here = now.sample
    cause = _cause(now)
    if standing is not None:
        silent = max(0, standing.gateways - here.heard)
        is_back = here.heard >= _BACK * standing.usual * standing.gateways and cause != "ingest"
        return FleetVerdict("close" if is_back else "keep", cause, standing.gateways, silent, standing.usual)
    usual = usual_share(samples, here.at)
    if here.active == 0 or usual is None or not _was_looking(samples, here.at):
        return FleetVerdict("nothing")
    expected = usual * here.active
    if expected >= _LEAST_EXPECTED and (here.heard <= _FALLEN * expected or cause == "ingest"):
        return FleetVerdict("open", cause, here.active, here.active - here.heard, usual)
    return FleetVerdict("nothing")


def _was_looking(samples: Sequence[FleetSample], at: datetime) -> bool:
    return sum(timedelta(0) < at - one.at <= HEARD_WITHIN + SAMPLE_EVERY for one in samples) >= 3


def _cause(now: FleetNow) -> Cause:
    if now.ingest_age_s is not None and now.ingest_age_s > _INGEST_DEAD_S:
        return "ingest"
    return "broker" if now.broker_connected is False else "gateways"

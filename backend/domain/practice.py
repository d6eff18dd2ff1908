"""The practice client: a made-up person's twelve weeks, for staff to learn the pages on. Pure; nobody's data.

The facts are written here; what they come to (kept, missed, confirmed, alerted) is decided by the same functions as for
everybody else. Days count back from today, so that the story is always fresh: quiet weeks with a trace, a positive
without a retest and an outage of ours, then a week in which answers change, tests are missed, and a positive test with
its retest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain.alerting import AlertDecision, StandingAlert
from backend.domain.assessment import Assessment, ClientFacts, assess
from backend.domain.attendance import Span, Taken
from backend.domain.plans import DEFAULT_RULES, Plan, read_windows
from backend.domain.results import Blow
from backend.domain.wording import Sentence

ZONE: Final = "Europe/Stockholm"
DAYS: Final = 84
DEVICE: Final = "practice"
_BOOT: Final = "0" * 16
_SEED: Final = 7
_ON_THE_WAY: Final = timedelta(seconds=4)
_EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]
PLAN_ID: Final = UUID(int=0x7EAC_0000_0000_4000_8000_0000_0000_0001)
_MORNING, _EVENING = time(7), time(19)

_MISSED: Final = frozenset(
    {(61, _EVENING), (43, _MORNING), (5, _EVENING), (3, _MORNING), (3, _EVENING), (2, _EVENING)}
)
_LATE: Final = frozenset({(50, _EVENING), (22, _MORNING)})
_OUTAGE_DAY: Final = 26
_SILENT_CHECK_INS: Final = frozenset({58, 40, 31, 3, 2})
_TURNED: Final = 8
"""From so many days ago the answers change."""
_STORY: Final[tuple[tuple[int, time, float | None], ...]] = (
    # alcohol in the mouth: a trace that is gone a quarter of an hour later
    (66, time(19, 22), 0.06), (66, time(19, 39), 0.0),
    # a positive nobody blew again after
    (35, time(19, 40), 0.18),
    # a failed blow before a good one
    (15, time(7, 11), None), (15, time(7, 13), 0.0),
    # the relapse: a breath and the retest that confirms it
    (1, time(19, 20), 0.42), (1, time(19, 38), 0.40),
)  # fmt: skip
_SAID: Final = Sentence("Det blev ett par öl på kvällen.", "There were a couple of beers in the evening.")


@dataclass(frozen=True, slots=True)
class Answered:
    """A check-in: when, the items on 0..10, and whether the person said that they drank."""

    at: datetime
    items: dict[str, int]
    drank: bool
    comment: Sentence | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that has happened up to `now`, and what it came to."""

    now: datetime
    today: date
    started_on: date
    blows: tuple[Blow, ...]
    answered: tuple[Answered, ...]
    outages: tuple[Span, ...]
    assessment: Assessment
    opened: tuple[tuple[datetime, AlertDecision], ...]
    """What became of the alerts, step by step; the last one that opened stands."""


def story(now: datetime) -> Story:
    """The practice client at `now` (aware UTC). The same day, the same story."""
    today = now.astimezone(ZoneInfo(ZONE)).date()
    blows = tuple(b for b in _blows(today) if b.received_at <= now)
    answered = tuple(a for a in _answers(today) if a.at <= now)
    outages = tuple(span for span in _outages(today) if span[1] <= now)
    facts = _facts(today, blows, answered, outages, now)
    opened: list[tuple[datetime, AlertDecision]] = []
    alerts: tuple[StandingAlert, ...] = ()
    for at in _turning_points(today, now):
        decision = assess(replace(_known_at(facts, at), alerts=alerts), at, _Names()).alert
        if decision.action in {"open", "grow"}:
            opened.append((at, decision))
            alerts = (_standing(alerts, decision),)
    found = assess(replace(facts, alerts=alerts), now, _Names())
    started = today - timedelta(days=DAYS)
    return Story(now, today, started, blows, answered, outages, found, tuple(opened))


def instant(today: date, days_ago: int, at: time) -> datetime:
    """A wall-clock time of the practice client's so many days ago."""
    return datetime.combine(today - timedelta(days=days_ago), at, ZoneInfo(ZONE)).astimezone(UTC)


class _Names:
    """Numbers windows in the order in which they are laid out: the same story, the same names."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> UUID:
        self._last += 1
        return UUID(int=PLAN_ID.int + self._last)


def _blows(today: date) -> Iterator[Blow]:
    told = {(ago, _MORNING if at.hour < 12 else _EVENING) for ago, at, _ in _STORY}
    dice = Random(_SEED)
    found = [(instant(today, ago, at), value) for ago, at, value in _STORY]
    for ago in range(DAYS, -1, -1):
        for opens in (_MORNING, _EVENING):
            minutes = dice.randint(3, 70)
            if (ago, opens) in told or (ago, opens) in _MISSED or (ago, opens) == (_OUTAGE_DAY, _EVENING):
                continue
            late = 150 if (ago, opens) in _LATE else 0
            found.append((instant(today, ago, opens) + timedelta(minutes=minutes + late), 0.0))
    for number, (at, value) in enumerate(sorted(found, key=lambda one: one[0]), 1):
        yield Blow((DEVICE, _BOOT, number), at, at + _ON_THE_WAY, value)


def _answers(today: date) -> Iterator[Answered]:
    dice = Random(_SEED + 1)
    for ago in range(DAYS, -1, -1):
        at = instant(today, ago, time(18, 5)) + timedelta(minutes=dice.randint(0, 150))
        worse = max(0, min(4, (_TURNED - ago) // 2 + 1)) if ago <= _TURNED else 0
        items = {
            "craving": min(10, dice.randint(1, 3) + worse + worse // 2),
            "mood_valence": max(0, dice.randint(6, 8) - worse),
            "sleep_quality": max(0, dice.randint(5, 8) - worse),
            "self_efficacy": max(0, dice.randint(7, 9) - worse),
        }
        if ago not in _SILENT_CHECK_INS:
            drank = ago == 4
            yield Answered(at, items, drank, _SAID if drank else None)


def _outages(today: date) -> tuple[Span, ...]:
    return ((instant(today, _OUTAGE_DAY, time(18, 30)), instant(today, _OUTAGE_DAY, time(23, 45))),)


def _facts(
    today: date, blows: Sequence[Blow], answered: Sequence[Answered], outages: tuple[Span, ...], now: datetime
) -> ClientFacts:
    start = instant(today, DAYS, time(0))
    windows = read_windows(
        [
            {"kind": "breath_test", "weekdays": _EVERY_DAY, "opens": "07:00", "closes": "09:00"},
            {"kind": "breath_test", "weekdays": _EVERY_DAY, "opens": "19:00", "closes": "21:00"},
            {"kind": "check_in", "weekdays": _EVERY_DAY, "opens": "18:00", "closes": "22:00"},
        ]
    )
    return ClientFacts(
        timezone=ZONE,
        plans=(Plan(PLAN_ID, ZONE, start, None, windows, DEFAULT_RULES),),
        windows_from=start,
        blows=tuple(blows),
        answered=tuple(Taken("check_in", a.at, a.at) for a in answered),
        # The equipment has been heard from all the time, but for our own outage.
        heard_at=now,
        spoken_for=now,
        outages=outages,
    )


def _known_at(facts: ClientFacts, at: datetime) -> ClientFacts:
    return replace(
        facts,
        blows=tuple(b for b in facts.blows if b.received_at <= at),
        answered=tuple(a for a in facts.answered if a.known_at <= at),
        heard_at=at,
        spoken_for=at,
    )


def _turning_points(today: date, now: datetime) -> Iterator[datetime]:
    """When the last days' missed tests were settled, and when the relapse's breaths came in."""
    grace = DEFAULT_RULES.late_grace + timedelta(hours=2, seconds=1)
    settled = [instant(today, ago, opens) + grace for ago, opens in _MISSED if ago <= _TURNED]
    blown = [instant(today, ago, at) + _ON_THE_WAY for ago, at, _ in _STORY if ago == 1]
    return (at for at in sorted([*settled, *blown]) if at <= now)


def _standing(alerts: Sequence[StandingAlert], decision: AlertDecision) -> StandingAlert:
    keys = frozenset(one.key for one in decision.findings)
    before = alerts[0].keys if alerts else frozenset[str]()
    assert decision.kind is not None, "what opens or grows is of a kind"
    return StandingAlert(PLAN_ID, decision.kind, decision.tier, decision.state, before | keys)

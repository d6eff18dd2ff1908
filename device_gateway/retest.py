"""When to blow again: after a value at or above the trace limit, and after a failed blow. Pure decisions.

All limits are clinic settings with assumed defaults (domain reference 1.3 and 4.3): trace 0.05 mg/L, positive
0.10 mg/L, retest after 15 min (mouth alcohol is gone by then: published mean 9.35 min, range 4-13), chain
given up after 2 h, tolerance 0.095 mg/L. The backend's ledger, not the gateway, decides what a chain means.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from contracts.reading import Purpose

_REMIND_EVERY = timedelta(minutes=10)
_REMIND_AGAIN = 3
LAST_REMINDER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RetestRules:
    """Limits in mg/L breath; durations in minutes."""

    trace_mg_per_l: Decimal = Decimal("0.050")
    positive_mg_per_l: Decimal = Decimal("0.100")
    wait_minutes: int = 15
    give_up_minutes: int = 120
    tolerance_mg_per_l: Decimal = Decimal("0.095")
    max_retests: int = 2
    test_to_zero: bool = False
    """The plan asks for one blow after another, `wait_minutes` apart, until a value lies below the trace limit."""


class Level(StrEnum):
    """How a value reads against the limits."""

    OK = "ok"
    TRACE = "trace"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True)
class Chain:
    """An open chain: what the next blow belongs to."""

    attempts: int
    purpose: Purpose
    """Why the next blow is made."""
    expires_at: datetime
    due_at: datetime | None = None
    """Not before this instant; None = at once (a failed blow)."""
    retests: int = 0
    first_value: Decimal | None = None
    began_at: datetime | None = None
    """When the wait began. A clock that shows less than that was set back, and holds nobody up."""

    def may_blow(self, now: datetime) -> bool:
        """Whether the waiting time is over."""
        return self.due_at is None or now >= self.due_at or self._set_back(now)

    def _set_back(self, now: datetime) -> bool:
        return self.began_at is not None and now < self.began_at


def level_of(brac_mg_per_l: Decimal, rules: RetestRules) -> Level:
    """OK below the trace limit, TRACE below the positive limit, else POSITIVE."""
    if brac_mg_per_l >= rules.positive_mg_per_l:
        return Level.POSITIVE
    return Level.TRACE if brac_mg_per_l >= rules.trace_mg_per_l else Level.OK


def still_open(chain: Chain | None, now: datetime) -> Chain | None:
    """The chain, unless its time is over."""
    return chain if chain is not None and now < chain.expires_at else None


def reminders(chain: Chain | None, now: datetime) -> int:
    """How many reminders of the retest are due by now: when the wait is over, every ten minutes in the first half
    hour, and a last one a quarter of an hour before the chain is given up (all of it an assumption).
    """
    if chain is None or chain.due_at is None or now < chain.due_at:
        return 0
    early = min(int((now - chain.due_at) / _REMIND_EVERY), _REMIND_AGAIN)
    return 1 + early + (now >= chain.expires_at - LAST_REMINDER)


def next_chain(
    chain: Chain | None,
    purpose: Purpose,
    brac_mg_per_l: Decimal | None,
    ended_at: datetime,
    rules: RetestRules,
) -> Chain | None:
    """What follows a run made for `purpose` within `chain`; `brac_mg_per_l` is None when it gave no value."""
    attempts = min((chain.attempts if chain else 0) + 1, 98)
    expires_at = ended_at + timedelta(minutes=rules.give_up_minutes)
    if brac_mg_per_l is None:
        if chain is not None:
            return replace(chain, attempts=attempts)
        return Chain(attempts, purpose, expires_at)
    first = chain.first_value if chain else None
    retests = chain.retests if chain else 0
    if not _another(first, brac_mg_per_l, retests, rules):
        return None
    due = ended_at + timedelta(minutes=rules.wait_minutes)
    first = brac_mg_per_l if first is None else first
    return Chain(attempts, Purpose.RETEST, expires_at, due, retests + 1, first, ended_at)


def _another(first: Decimal | None, value: Decimal, retests: int, rules: RetestRules) -> bool:
    if rules.test_to_zero and rules.max_retests > 0:
        return level_of(value, rules) is not Level.OK or _unlike(first, value, retests, rules)
    if first is None:
        return level_of(value, rules) is not Level.OK and rules.max_retests > 0
    return _unlike(first, value, retests, rules)


def _unlike(first: Decimal | None, value: Decimal, retests: int, rules: RetestRules) -> bool:
    """A retest that does not fit the first value (typical of mouth alcohol) is followed by one more."""
    if first is None:
        return False
    return abs(value - first) > rules.tolerance_mg_per_l and retests < rules.max_retests

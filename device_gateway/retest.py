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


@dataclass(frozen=True, slots=True)
class RetestRules:
    """Limits in mg/L breath; durations in minutes."""

    trace_mg_per_l: Decimal = Decimal("0.050")
    positive_mg_per_l: Decimal = Decimal("0.100")
    wait_minutes: int = 15
    give_up_minutes: int = 120
    tolerance_mg_per_l: Decimal = Decimal("0.095")
    max_retests: int = 2


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

    def may_blow(self, now: datetime) -> bool:
        """Whether the waiting time is over."""
        return self.due_at is None or now >= self.due_at


def level_of(brac_mg_per_l: Decimal, rules: RetestRules) -> Level:
    """OK below the trace limit, TRACE below the positive limit, else POSITIVE."""
    if brac_mg_per_l >= rules.positive_mg_per_l:
        return Level.POSITIVE
    return Level.TRACE if brac_mg_per_l >= rules.trace_mg_per_l else Level.OK


def still_open(chain: Chain | None, now: datetime) -> Chain | None:
    """The chain, unless its time is over."""
    return chain if chain is not None and now < chain.expires_at else None


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
    return Chain(attempts, Purpose.RETEST, expires_at, due, retests + 1, first)


def _another(first: Decimal | None, value: Decimal, retests: int, rules: RetestRules) -> bool:
    if first is None:
        return level_of(value, rules) is not Level.OK and rules.max_retests > 0
    # A retest that does not fit the first value (typical of mouth alcohol) is followed by one more.
    return abs(value - first) > rules.tolerance_mg_per_l and retests < rules.max_retests

"""The result axis: what each test run came to mean, with retests. Source: the domain reference 2.1 and 4.3."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from backend.domain.plans import Rules

ResultState = Literal[
    "ok",
    "trace",
    "positive_pending",
    "positive_confirmed",
    "positive_unconfirmed",
    "abnormal_confirmation",
    "incomplete",
]
Key = tuple[str, str, int]
"""Device, boot and sequence of a reading."""

TOO_LATE_FOR_RETEST = timedelta(hours=24)
"""A positive that arrives later than this starts no retest; it goes to the clinician with its own time (4.3, 8)."""


@dataclass(frozen=True, slots=True)
class Blow:
    """A test run as the decisions need it. `brac_mg_per_l` is None when the run gave no value."""

    key: Key
    measured_at: datetime
    received_at: datetime
    brac_mg_per_l: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one run came to mean. `retest_until` is set while a retest is awaited; `settled_by` names the retest."""

    key: Key
    measured_at: datetime
    state: ResultState
    settled_by: int | None = None
    retest_until: datetime | None = None


@dataclass(slots=True)
class _Chain:
    """One retest chain per client, however many failed readings arrive together (4.3, 7)."""

    positive: bool
    began_at: datetime
    deadline: datetime
    asks: bool
    members: list[tuple[Blow, bool]]
    """Runs at or above the trace limit, and whether each is positive."""
    retests: list[Blow] = field(default_factory=list)
    state: ResultState = "positive_pending"
    settled_by: int | None = None
    warm_until: datetime | None = None


def replay(
    blows: Sequence[Blow], rules_of: Callable[[datetime], Rules], now: datetime
) -> tuple[Judgement, ...]:
    """The state of every run at `now`, decided from all of them together; any order in, order of measuring out."""
    ordered = sorted(blows, key=lambda blow: (blow.measured_at, blow.key))
    found: dict[Key, Judgement] = {}
    chain: _Chain | None = None
    for blow in ordered:
        rules = rules_of(blow.measured_at)
        if chain is not None and blow.measured_at > (chain.warm_until or chain.deadline):
            _close(chain, found, now)
            chain = None
        chain = _take(blow, rules, chain, found, now)
    if chain is not None:
        _close(chain, found, now)
    return tuple(found[blow.key] for blow in ordered)


def _take(
    blow: Blow, rules: Rules, chain: _Chain | None, found: dict[Key, Judgement], now: datetime
) -> _Chain | None:
    value = blow.brac_mg_per_l
    if value is None:
        found[blow.key] = Judgement(blow.key, blow.measured_at, "incomplete")
        return chain
    if value < rules.trace_mg_per_l:
        found[blow.key] = Judgement(blow.key, blow.measured_at, "ok")
    positive = value >= rules.positive_mg_per_l
    if chain is not None and positive and not chain.positive:
        if chain.settled_by is None:
            _settle(chain, blow, "trace")
        _close(chain, found, now)
        chain = None
    if chain is None:
        return None if value < rules.trace_mg_per_l else _open(blow, rules, positive)
    _continue(chain, blow, rules)
    return chain


def _open(blow: Blow, rules: Rules, positive: bool) -> _Chain:
    return _Chain(
        positive=positive,
        began_at=blow.measured_at,
        deadline=blow.measured_at + rules.retest_within,
        asks=blow.received_at - blow.measured_at <= TOO_LATE_FOR_RETEST,
        members=[(blow, positive)],
        state="positive_pending" if positive else "trace",
    )


def _continue(chain: _Chain, blow: Blow, rules: Rules) -> None:
    """A further value while a chain is open: too early, a retest, or another blow after the confirmation."""
    value = blow.brac_mg_per_l or 0.0
    if value >= rules.trace_mg_per_l:
        chain.members.append((blow, value >= rules.positive_mg_per_l))
    if chain.state == "positive_confirmed":
        if value >= rules.positive_mg_per_l:
            chain.warm_until = blow.measured_at + rules.retest_within
        return
    latest = chain.retests[-1].measured_at if chain.retests else chain.began_at
    if blow.measured_at < latest + rules.retest_after or chain.settled_by is not None:
        return
    if not chain.positive:
        _settle(chain, blow, "trace")
        return
    if _agrees(chain, blow, rules):
        _settle(chain, blow, "positive_confirmed")
        chain.warm_until = blow.measured_at + rules.retest_within
    elif chain.retests:
        _settle(chain, blow, "abnormal_confirmation")
    else:
        chain.state = "abnormal_confirmation"
        chain.deadline = blow.measured_at + rules.retest_within
    chain.retests.append(blow)


def _agrees(chain: _Chain, blow: Blow, rules: Rules) -> bool:
    """Whether a retest confirms: itself positive, and within tolerance of an earlier positive of the chain."""
    value = blow.brac_mg_per_l or 0.0
    earlier = [chain.members[0][0], *chain.retests]
    return value >= rules.positive_mg_per_l and any(
        (one.brac_mg_per_l or 0.0) >= rules.positive_mg_per_l
        and round(abs(value - (one.brac_mg_per_l or 0.0)), 6) <= rules.tolerance_mg_per_l
        for one in earlier
    )


def _settle(chain: _Chain, blow: Blow, state: ResultState) -> None:
    chain.state = state
    chain.settled_by = blow.key[2]


def _close(chain: _Chain, found: dict[Key, Judgement], now: datetime) -> None:
    waiting = chain.asks and chain.settled_by is None and now < chain.deadline
    state = chain.state
    if state == "positive_pending" and not waiting:
        state = "positive_unconfirmed"
    settled_by = chain.settled_by
    if settled_by is None and chain.retests:
        settled_by = chain.retests[0].key[2]
    for blow, positive in chain.members:
        own: ResultState = state if positive else "trace"
        until = chain.deadline if waiting else None
        found[blow.key] = Judgement(blow.key, blow.measured_at, own, settled_by, until)

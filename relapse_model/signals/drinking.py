"""Features of known drinking: own rate, recency, own weekday."""

from __future__ import annotations

import numpy as np

from relapse_model.frame import DAY, NEVER, Floats, History, Ints
from relapse_model.labels import Decisions, local_days, local_hours
from relapse_model.signals.contact import Contact
from relapse_model.windows import Grid, firsts

Columns = dict[str, Floats]

HALF_LIVES_DAYS = (2, 7, 28)
_PRIOR_DAYS, _PRIOR_DRINKING_DAYS = 3.0, 0.2
_PULL_DAYS = 2.0
"""Days' worth of the client's own rate mixed into each recent rate (assumption)."""

_MORNING_HOURS_AFTER_4 = 8


def own_running_rate(history: History, decisions: Decisions) -> Floats:
    """(drinking days known + 0.2) / (days observed + 3): the yardstick that every score stands beside."""
    grid = Grid(decisions, len(history.people))
    person, _, known = drinking_days(history)
    days_known = grid.sums(person, known, np.full(len(person), NEVER))
    observed = np.maximum(grid.at - history.people.observed_from[grid.person], 0) / DAY
    return np.asarray(np.minimum((days_known + _PRIOR_DRINKING_DAYS) / (observed + _PRIOR_DAYS), 1 - 1e-6))


def drinking_days(history: History) -> tuple[Ints, Ints, Ints]:
    """Distinct local days with drinking since observation began: person, day, and when first known."""
    d = history.drinking
    d = d.where(d.started_at >= history.people.observed_from[d.person])
    day, known = local_days(history, d.person, d.started_at), d.known()
    order = np.lexsort((known, day, d.person))
    first = firsts(d.person[order], day[order])
    return d.person[order][first], day[order][first], known[order][first]


def drinking_signals(history: History, grid: Grid, contact: Contact) -> tuple[Columns, Columns]:
    """Feature columns and display numbers of known drinking, all as of the last contact."""
    person, day, known = drinking_days(history)
    row, decision = grid.pairs(person, known)
    today = local_days(history, grid.person, grid.at)
    last_day = local_days(history, grid.person, contact.last)
    age = np.maximum(last_day[decision] - day[row], 0).astype(np.float64)
    n, informed = len(grid), contact.informed_days
    count = _added(decision, np.ones(len(row)), n)
    own = np.minimum((count + _PRIOR_DRINKING_DAYS) / (informed + _PRIOR_DAYS), 0.99)
    columns = {"own_rate": _logit(own)}
    for half_life in HALF_LIVES_DAYS:
        recent = _added(decision, np.exp2(-age / half_life), n)
        decay = np.exp2(-1.0 / half_life)
        weight = (1 - decay ** (informed + 1)) / (1 - decay)
        rate = np.clip((recent + _PULL_DAYS * own) / (weight + _PULL_DAYS), 1e-4, 0.99)
        columns[f"recent_rate_{half_life}"] = _logit(rate) - _logit(own)
    same = (today[decision] - day[row]) % 7 == 0
    weekday = _added(decision[same], np.exp2(-age[same] / 28), n)
    weekdays = (1 - 2.0 ** (-informed / 28)) / (1 - 2.0 ** (-7 / 28))
    own_weekday = np.clip((weekday + _PULL_DAYS * own) / (weekdays + _PULL_DAYS), 1e-4, 0.99)
    columns["own_weekday"] = _logit(own_weekday) - _logit(own)
    since = np.full(n, np.inf)
    np.minimum.at(since, decision, age)
    columns["days_since_drinking"] = np.log1p(np.where(np.isinf(since), informed, since))
    columns["never_drank"] = np.isinf(since).astype(np.float64)
    columns["drank_last_day"] = (since <= 0).astype(np.float64)
    columns["drank_day_before"] = (np.abs(since - 1) < 0.5).astype(np.float64)
    columns["morning_share"] = _morning_share(history, grid)
    faded = 1 - np.exp2(-contact.silent_days / 7)
    columns["faded_reassurance"] = faded * np.maximum(-columns["recent_rate_7"], 0)
    display = {
        "drinking_days": count,
        "informed_days": informed,
        "drinking_days_7d": _added(decision[age < 7], np.ones(int((age < 7).sum())), n),
        "days_since_drinking": since + np.floor(contact.silent_days),
        "dry_days_before_contact": np.where(np.isinf(since), np.floor(informed), since),
        "same_weekday": _added(decision[same], np.ones(int(same.sum())), n),
        "weekdays_seen": np.floor(informed / 7),
    }
    return columns, display


def _morning_share(history: History, grid: Grid) -> Floats:
    """Share of known episodes that began before noon, 2 episodes' worth of 10 % mixed in; NaN before the first."""
    d = history.drinking
    morning = local_hours(history, d.person, d.started_at) < _MORNING_HOURS_AFTER_4
    never = np.full(len(d), NEVER)
    known = grid.sums(d.person, d.known(), never)
    early = grid.sums(d.person, d.known(), never, morning.astype(np.int64))
    return np.where(known > 0, (early + 0.2) / (known + 2.0), np.nan)


def _added(decision: Ints, weight: Floats, n: int) -> Floats:
    return np.bincount(decision, weights=weight, minlength=n).astype(np.float64)


def _logit(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p))

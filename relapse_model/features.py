"""The feature table: every feature with a one-line definition and its source, and their computation.

Pooled AUROC mostly ranks people: `own_rate` alone orders clients well and says nothing about when. The other
features are there for the when, and reports show both.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np

from relapse_model.frame import DAY, Floats, History
from relapse_model.labels import Decisions
from relapse_model.logistic import logit
from relapse_model.signals.answers import RECENT_DAYS, answer_signals
from relapse_model.signals.asked import asked_signals
from relapse_model.signals.breath_tests import breath_test_signals
from relapse_model.signals.calendar import WEEKDAYS, calendar_signals
from relapse_model.signals.concealment import concealment_signals
from relapse_model.signals.contact import contact
from relapse_model.signals.drinking import HALF_LIVES_DAYS, drinking_signals, own_running_rate
from relapse_model.signals.prompts import prompt_signals
from relapse_model.windows import Grid

DEFINITIONS_VERSION = 2
"""Raise when the arithmetic of a feature changes without its name or definition changing."""

SHARED_ITEMS = (
    "craving",
    "risky_situation",
    "stressful_event",
    "pleasant_event",
    "mood_valence",
    "mood_arousal",
    "expected_risky_situation",
    "expected_stressful_event",
    "expected_drinking",
    "self_efficacy",
    "sleep_quality",
    "sleep_hours",
)
"""Check-in items whose meaning is the same in every study and on the platform."""

PEOPLE_PER_BLOCK = 4000
PAIRS_PER_BLOCK = 8_000_000


@dataclass(frozen=True)
class Feature:
    """`sign` +1 means the weight may not be negative (a warning never reassures), 0 that it is free.

    `group` is the reason under which its share of a score is explained.
    """

    name: str
    group: str
    sign: int
    definition: str
    source: str


_OWN = "own design (assumption)"
_WYANT = "Wyant 2024: past use leads all features (domain reference 7.4)"
_SILENCE = "interlock: falling use predicts recidivism (domain reference 9)"
_MTBT = "Zetterström 2019, MTBT; log base 24 is our reading (domain reference 5.1)"
_ASKED = "own design: what nobody asks about is seldom known (assumption)"
_CALENDAR = "onset multipliers Friday, Saturday, payday (assumption, domain reference 9)"

FIXED_FEATURES: tuple[Feature, ...] = (
    Feature("own_rate", "own_rate", 0,
            "logit((drinking days known + 0.2) / (days up to the last contact + 3))", _WYANT),
    Feature("running_rate", "own_rate", 0,
            "logit((drinking days known + 0.2) / (days observed + 3)), the plain yardstick itself", _WYANT),
    *(Feature(f"recent_rate_{h}", "recent_drinking", 0,
              f"logit of the rate with half-life {h} days up to the last contact, minus own_rate", _WYANT)
      for h in HALF_LIVES_DAYS),
    Feature("own_weekday", "own_weekday", 1,
            "logit of the rate on earlier days of the coming weekday, half-life 28 days, minus own_rate",
            "weekday patterns, Zetterström 2021 (domain reference 5.3)"),
    Feature("days_since_drinking", "recent_drinking", 0,
            "log(1 + days from the latest known drinking day to the last contact)", _WYANT),
    Feature("never_drank", "recent_drinking", 0, "1 when no drinking is known", _OWN),
    Feature("drank_last_day", "recent_drinking", 0,
            "1 when drinking is known on the local day of the last contact", _OWN),
    Feature("drank_day_before", "recent_drinking", 0,
            "1 when the latest known drinking was on the local day before the last contact", _OWN),
    Feature("morning_share", "own_hours", 0,
            "(known episodes that began 04:00 to 12:00 local + 0.2) / (known episodes + 2)",
            "hour effect large, Wyant 2024 (domain reference 9)"),
    Feature("faded_reassurance", "silence", 1,
            "(1 - 2^(-days silent / 7)) x how far recent_rate_7 lies below own_rate", _OWN),
    Feature("silent_days", "silence", 1, "log(1 + days since the last contact)", _SILENCE),
    Feature("silent_over_usual", "silence", 1,
            "log(1 + days since the last contact / own usual days between contacts)", _SILENCE),
    Feature("missed_share_3d", "missed", 1, "share of prompts closed in 3 days that were not answered",
            "Wyant 2024: missed surveys (domain reference 7.4)"),
    Feature("missed_over_usual_7d", "missed", 1,
            "share of prompts closed in 7 days that were not answered, minus own usual share", _OWN),
    Feature("missed_evening_share_7d", "missed", 1,
            "share not answered of prompts of 7 days that open at 17:00 local or later",
            "daytime better than evening, Lauckner (domain reference 9)"),
    Feature("usual_missed_share", "usual_missed", 1,
            "(prompts not answered up to the last contact + 1) / (prompts closed + 5)", _OWN),
    Feature("concealment_7d", "concealment", 1,
            "log(1 + evening tests missed in 7 days with a clean test within 16 h after)",
            "missed evening and clean morning, computed (domain reference 8.1)"),
    Feature("late_share_28d", "late", 0,
            "(answers given after closing, 28 days to the last contact + 0.5) / (prompts closed + 10)",
            "late is not missed (domain reference 2.2)"),
    Feature("slower_than_usual", "late", 1,
            "share of the window used before answering, 3 days up to the last answer, minus own usual", _SILENCE),
    Feature("asked_last_day", "asked", 0, "1 when a prompt closed in the last 24 h", _ASKED),
    Feature("asked_coming_day", "asked", 0,
            "share of the last 4 weeks with a prompt on the weekday of the coming local day", _ASKED),
    Feature("asked_coming_3_days", "asked", 0,
            "the same, mean of the coming three local days", _ASKED),
    Feature("mtbt_any_7d", "mtbt", 1,
            "log24 of the longest gap in hours between tests, 7 days up to the last test and since", _MTBT),
    Feature("mtbt_any_over_usual", "mtbt", 1, "mtbt_any_7d minus log24 of the own mean gap", _MTBT),
    Feature("mtbt_ok_7d", "mtbt", 1, "as mtbt_any_7d, between tests below 0.10 mg/L only", _MTBT),
    Feature("positive_tests_7d", "positive_tests", 1,
            "log(1 + tests of 0.10 mg/L or more in the 7 days up to the last test)",
            "Aschbacher 2021: prior BrAC trend (domain reference 7.1)"),
    Feature("days_in_programme", "programme", 0, "log(1 + days from the start to the last contact)",
            "decelerating hazard, Kirshenbaum 2009 (domain reference 9)"),
    Feature("days_observed", "programme", 0, "log(1 + days from the start to the decision)",
            "decelerating hazard, Kirshenbaum 2009 (domain reference 9)"),
    *(Feature(day, "weekday", 0, f"1 when the coming local day is a {day} and dates are real", _CALENDAR)
      for day in WEEKDAYS),
    Feature("payday", "payday", 0, "1 on the 24th to the 26th of a real calendar", _CALENDAR),
    Feature("holiday", "holiday", 0,
            "1 on Midsummer's Eve and Day, 23 to 26 and 31 December and 30 April of a real calendar",
            "onset multipliers Midsummer, Christmas (assumption, domain reference 9)"),
)  # fmt: skip

ITEM_FEATURES: tuple[Feature, ...] = (
    Feature("{item}.level", "{item}", 0,
            f"mean answer, 0..1 of the scale, in the {RECENT_DAYS} days up to the latest answer",
            "Wyant 2024: raw items (domain reference 7.4)"),
    Feature("{item}.deviation", "{item}", 0,
            "level minus the mean of all earlier answers, shrunk by n / (n + 3)",
            "Wyant 2024: item minus own running mean (domain reference 7.4)"),
    Feature("{item}.volatility", "{item}", 0,
            "mean absolute step between answers of the 7 days up to the latest, 0..1 of the scale",
            "min, max and most recent per item, Wyant 2024 (domain reference 7.4); form is ours (assumption)"),
)  # fmt: skip


def feature_list(items: tuple[str, ...]) -> tuple[Feature, ...]:
    """The features in column order, for a model that reads these check-in items."""
    per_item = (
        Feature(f.name.format(item=item), item, f.sign, f.definition, f.source)
        for item in items
        for f in ITEM_FEATURES
    )
    return (*FIXED_FEATURES, *per_item)


def feature_hash() -> str:
    """SHA-256 over all names, signs and definitions: a model fits the code only when this is unchanged."""
    parts = [[f.name, f.group, f.sign, f.definition] for f in (*FIXED_FEATURES, *ITEM_FEATURES)]
    return hashlib.sha256(json.dumps([DEFINITIONS_VERSION, parts]).encode()).hexdigest()


def items_of(history: History, at_least: float = 0.2, at_most: int = 15) -> tuple[str, ...]:
    """The items answered by at least this share of people, most answered first, for training on a history."""
    answers = history.answers
    people = [len(np.unique(answers.person[answers.item == code])) for code in range(len(answers.items))]
    wanted = [
        (-n, item)
        for n, item in zip(people, answers.items, strict=True)
        if n >= at_least * len(history.people)
    ]
    return tuple(item for _, item in sorted(wanted)[:at_most])


@dataclass(frozen=True)
class FeatureTable:
    """`values` has shape (decisions, features), NaN where a feature cannot be known.

    `display` holds, per decision, the plain numbers that explanations and coverage use.
    """

    decisions: Decisions
    names: tuple[str, ...]
    values: Floats
    display: dict[str, Floats]


def as_if_asked(table: FeatureTable) -> FeatureTable:
    """The same table for a client whom somebody asks every day, as scores for clinicians are given.

    Labels are drinking that became known, so a model learns that little is known where nobody asks or answers. In
    a score that would read silence as sobriety: here the plan's columns say "asked", and rate and days stop at the
    last contact.
    """
    values = table.values.copy()
    at = {name: k for k, name in enumerate(table.names)}
    for name in ("asked_last_day", "asked_coming_day", "asked_coming_3_days"):
        values[:, at[name]] = 1.0
    values[:, at["running_rate"]] = values[:, at["own_rate"]]
    values[:, at["days_observed"]] = values[:, at["days_in_programme"]]
    return replace(table, values=values)


def compute(history: History, decisions: Decisions, items: tuple[str, ...]) -> FeatureTable:
    """All features of all decisions, each from rows known at its instant only.

    Works through people in blocks, so that memory stays bounded; a person's values do not depend on who else
    is in the history.
    """
    names = tuple(f.name for f in feature_list(items))
    values = np.empty((len(decisions), len(names)))
    display: dict[str, Floats] = {}
    for first, last in _blocks(history, decisions):
        lo, hi = np.searchsorted(decisions.person, [first, last])
        cut = Decisions(decisions.person[lo:hi] - first, decisions.at[lo:hi])
        columns, shown = _block(history.block(first, last), cut, items)
        for k, name in enumerate(names):
            values[lo:hi, k] = columns[name]
        for name, column in shown.items():
            display.setdefault(name, np.empty(len(decisions)))[lo:hi] = column
    return FeatureTable(decisions, names, values, display)


def _blocks(history: History, decisions: Decisions) -> list[tuple[int, int]]:
    """Ranges of people of bounded size: some features look at every (drinking day, later decision) pair."""
    people = len(history.people)
    rows = np.bincount(history.drinking.person, minlength=people)
    pairs = np.cumsum(rows * np.bincount(decisions.person, minlength=people))
    ends, first = [], 0
    while first < people:
        before = int(pairs[first - 1]) if first else 0
        last = int(np.searchsorted(pairs, before + PAIRS_PER_BLOCK, side="right"))
        last = min(max(last, first + 1), first + PEOPLE_PER_BLOCK, people)
        ends.append((first, last))
        first = last
    return ends or [(0, 0)]


def _block(
    history: History, decisions: Decisions, items: tuple[str, ...]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    grid = Grid(decisions, len(history.people))
    reach = contact(history, grid)
    observed = np.maximum(grid.at - history.people.observed_from[grid.person], 0) / DAY
    families = [
        drinking_signals(history, grid, reach),
        prompt_signals(history, grid, reach),
        answer_signals(history, grid, items),
        breath_test_signals(history, grid),
        concealment_signals(history, grid, reach),
        asked_signals(history, grid),
        calendar_signals(history, grid),
    ]
    rate = own_running_rate(history, decisions)
    columns = {
        "silent_days": np.log1p(reach.silent_days),
        "silent_over_usual": np.log1p(reach.silent_days / np.maximum(reach.usual_gap_days, 0.5)),
        "days_in_programme": np.log1p(reach.informed_days),
        "days_observed": np.log1p(observed),
        "running_rate": logit(rate),
    }
    display = {
        "silent_days": reach.silent_days,
        "usual_gap_days": reach.usual_gap_days,
        "contact_days": reach.contact_days.astype(np.float64),
        "observed_days": observed,
        "own_running_rate": rate,
    }
    for family, shown in families:
        columns.update(family)
        display.update(shown)
    return columns, display

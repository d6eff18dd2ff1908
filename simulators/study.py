"""A simulated population as a study folder: what a platform could have known of it, and when.

The folder holds people, drinking, prompts, answers and breath_tests as CSV (UTF-8, header row, instants in ISO
8601 with offset), the format real studies are imported in. Hidden truth stays out: a drinking row exists only
because the client told of it at a check-in (`self_report`, known when told) or a breath test was positive and
its retest agreed (`breath_test`, known when the retest arrived). Additions to the format: `prompts.known_at`,
since an answer given while the gateway was offline is known later than `answered_at`; `breath_tests.attempt`.

`observed_to` is the end of the last day with any contact for people who left, the end of the run for others.
"""

import csv
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulators.day import Blow, BlowKind, BlowQuality, Participation, PersonDay
from simulators.dice import stream
from simulators.occasions import DAY_STARTS_AT_MINUTE, instant
from simulators.person import Person
from simulators.profile import Profile, draw_profile
from simulators.sensor import Sensor, SensorParameters
from simulators.shifts import unchanged

COLUMNS = {
    "people": ("person_id", "timezone", "observed_from", "observed_to", "sex", "age_band"),
    "drinking": ("person_id", "started_at", "ended_at", "known_at", "source", "amount_g"),
    "prompts": ("person_id", "kind", "opens_at", "closes_at", "answered_at", "known_at"),
    "answers": ("person_id", "answered_at", "item", "value", "low", "high"),
    "breath_tests": ("person_id", "measured_at", "known_at", "brac_mg_per_l", "outcome", "attempt"),
}
"""File stem to header of everything that is written."""

TRACE_LIMIT_MG_PER_L, POSITIVE_LIMIT_MG_PER_L = 0.05, 0.10
"""Result limits (assumption, domain reference 1.3)."""

RETEST_TOLERANCE_MG_PER_L = 0.095
"""A retest further than this from the first is abnormal (computed from SCRAM's, domain reference 4.3)."""

SENSOR = SensorParameters(mouth_alcohol_rate=0.0, failed_blow_rate=0.0, link_drop_rate=0.0)
"""The fuel cell of domain reference 8.3 without mouth alcohol and failures: the person decides on those."""

_TRANSFER = timedelta(seconds=3)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PersonRecords:
    """One person's rows of every file, in the order of `COLUMNS`."""

    person: Row
    drinking: list[Row] = field(default_factory=list)
    prompts: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)
    breath_tests: list[Row] = field(default_factory=list)


def write_population(
    folder: Path,
    people: int,
    days: int,
    seed: int,
    start: date,
    change: Callable[[Profile], Profile] = unchanged,
) -> dict[str, int]:
    """Write a population of `people` over `days` local days from `start`; returns rows per file stem.

    `change` makes each person differ from the usual (see simulators/shifts.py).

    Same arguments, same bytes. Person n is the same whatever `people` is; a longer run tells the same of the
    same days, plus what arrived since. Raises
    ValueError for numbers below 1 and OSError when the folder cannot be written.
    """
    if people < 1 or days < 1:
        raise ValueError("a population needs at least one person and one day")
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(COLUMNS, 0)
    with ExitStack() as stack:
        writers = {}
        for stem, columns in COLUMNS.items():
            file = stack.enter_context((folder / f"{stem}.csv").open("w", encoding="utf-8", newline=""))
            writers[stem] = csv.writer(file, lineterminator="\n")
            writers[stem].writerow(columns)
        for number in range(people):
            records = person_records(change(draw_profile(seed, number)), days, seed, start)
            rows = {
                "people": [records.person],
                "drinking": records.drinking,
                "prompts": records.prompts,
                "answers": records.answers,
                "breath_tests": records.breath_tests,
            }
            for stem, found in rows.items():
                writers[stem].writerows(found)
                counts[stem] += len(found)
    return counts


def person_records(profile: Profile, days: int, seed: int, start: date) -> PersonRecords:
    """One person's rows; instants are ISO 8601 texts in UTC."""
    lived = list(Person(profile, seed, start).take(days))
    last = _last_contact(lived)
    person = (
        profile.key,
        profile.zone,
        _text(lived[0].starts_at),
        _text(last.ends_at),
        profile.sex,
        profile.age_band,
    )
    records = PersonRecords(person)
    sensor = Sensor(stream(seed, profile.key, "sensor"), SENSOR)
    platform = _Platform(profile, records, sensor)
    run_ends_at = lived[-1].ends_at
    for day in lived[: last.index + 1]:
        platform.take_in(day, run_ends_at)
    records.drinking.sort(key=lambda row: (row[3], row[1]))
    return records


class _Platform:
    """Turns a person's days into rows, knowing only what has arrived."""

    def __init__(self, profile: Profile, records: PersonRecords, sensor: Sensor) -> None:
        self._id = profile.key
        self._zone = ZoneInfo(profile.zone)
        self._records = records
        self._sensor = sensor
        self._last_clean: datetime | None = None
        self._days_found: set[date] = set()

    def take_in(self, day: PersonDay, run_ends_at: datetime) -> None:
        """Add one day's rows. What would become known only after the run's end is left out."""
        arrived = [blow for blow in day.blows if blow.sendable_at + _TRANSFER <= run_ends_at]
        self._prompts(day, arrived)
        for chain in _chains(arrived):
            self._chain(chain, day.index)
        for check_in in day.check_ins:
            at = _text(check_in.at)
            self._records.answers.extend(
                (self._id, at, answer.item, f"{answer.value:g}", f"{answer.low:g}", f"{answer.high:g}")
                for answer in check_in.answers
            )
        for report in day.self_reports:
            self._records.drinking.append(
                (
                    self._id,
                    _text(report.started_at),
                    _text(report.ended_at),
                    _text(report.reported_at),
                    "self_report",
                    f"{report.grams:g}",
                )
            )

    def _prompts(self, day: PersonDay, arrived: list[Blow]) -> None:
        firsts: dict[str, Blow] = {}
        for blow in arrived:
            if blow.quality is BlowQuality.GOOD:
                firsts.setdefault(blow.window.name, blow)
        rows = self._records.prompts
        for window in day.test_windows:
            first = firsts.get(window.name)
            answered_at = "" if first is None else _text(first.at)
            known_at = window.closes_at if first is None else first.sendable_at + _TRANSFER
            rows.append(
                (
                    self._id,
                    "breath_test",
                    _text(window.opens_at),
                    _text(window.closes_at),
                    answered_at,
                    _text(known_at),
                )
            )
        for window in day.check_in_windows:
            answer = next((found for found in day.check_ins if found.window == window), None)
            answered_at = "" if answer is None else _text(answer.at)
            rows.append(
                (
                    self._id,
                    "check_in",
                    _text(window.opens_at),
                    _text(window.closes_at),
                    answered_at,
                    answered_at or _text(window.closes_at),
                )
            )

    def _chain(self, chain: list[Blow], day_index: int) -> None:
        first: tuple[float, datetime] | None = None
        for blow in chain:
            known_at = blow.sendable_at + _TRANSFER
            value, outcome = math.nan, "incomplete"
            if blow.quality is BlowQuality.GOOD:
                presented = blow.presented_mg_per_l
                value = round(self._sensor.sample(presented, days_since_calibration=day_index), 3)
                outcome = _outcome(value, first[0] if first and blow.kind is BlowKind.RETEST else None)
            if outcome == "positive_confirmed" and first is not None:
                self._found(first[1], known_at)
            if outcome == "positive_pending" or (first is None and value >= TRACE_LIMIT_MG_PER_L):
                first = (value, blow.at)
            if outcome == "ok":
                self._last_clean = blow.at
            self._records.breath_tests.append(
                (
                    self._id,
                    _text(blow.at),
                    _text(known_at),
                    "" if math.isnan(value) else f"{value:g}",
                    outcome,
                    blow.attempt,
                )
            )

    def _found(self, positive_at: datetime, known_at: datetime) -> None:
        started_at = self._estimated_start(positive_at)
        day = (started_at.astimezone(self._zone) - timedelta(minutes=DAY_STARTS_AT_MINUTE)).date()
        if day in self._days_found:
            return
        self._days_found.add(day)
        self._records.drinking.append((self._id, _text(started_at), "", _text(known_at), "breath_test", ""))

    def _estimated_start(self, positive_at: datetime) -> datetime:
        """When drinking began, as far as a platform can tell (assumption): before noon it was the evening
        before at 20:00, later it was 2 hours before the test; never before the last clean test.
        """
        local = positive_at.astimezone(self._zone)
        if DAY_STARTS_AT_MINUTE <= local.hour * 60 + local.minute < 12 * 60:
            estimate = instant(self._zone, local.date() - timedelta(days=1), 20 * 60)
        else:
            estimate = positive_at - timedelta(hours=2)
        if self._last_clean is not None:
            estimate = max(estimate, self._last_clean)
        return estimate


def _outcome(value: float, first_value: float | None) -> str:
    """Result state of one completed blow by domain reference 2.1; `first_value` when it is a retest."""
    if first_value is None or first_value < POSITIVE_LIMIT_MG_PER_L:
        if value >= POSITIVE_LIMIT_MG_PER_L:
            return "positive_pending"
        return "trace" if value >= TRACE_LIMIT_MG_PER_L else "ok"
    if value >= POSITIVE_LIMIT_MG_PER_L and abs(value - first_value) <= RETEST_TOLERANCE_MG_PER_L:
        return "positive_confirmed"
    return "abnormal_confirmation"


def _chains(blows: list[Blow]) -> Iterator[list[Blow]]:
    names = dict.fromkeys(blow.window.name for blow in blows)
    for name in names:
        yield [blow for blow in blows if blow.window.name == name]


def _last_contact(lived: list[PersonDay]) -> PersonDay:
    """The last day that counts as observed: the run's last, unless the person has gone silent for good."""
    if lived[-1].participation is not Participation.SILENT:
        return lived[-1]
    contacts = [day for day in lived if day.blows or day.check_ins]
    return contacts[-1] if contacts else lived[0]


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")

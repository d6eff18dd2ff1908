"""What only the simulator knows: how likely each person was to drink, told by their hidden state at each 04:00.

No platform could know it (each person's own hazard, their strain, whether an episode runs), and no model may read it:
it is written outside the study folder, to be laid beside a model's predictions. An AUROC near it cannot be asked of
anybody; one far above it would be a leak.
"""

import csv
import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from simulators.day import PersonDay
from simulators.occasions import onset_multiplier
from simulators.person import Person
from simulators.profile import Profile, draw_profile
from simulators.shifts import unchanged

HEADER = ("person_id", "decided_at", "horizon_hours", "probability")
_DAYS = {24: 1, 72: 3}


def write_truth(
    file: Path,
    people: int,
    days: int,
    seed: int,
    start: date,
    change: Callable[[Profile], Profile] = unchanged,
) -> int:
    """Write the true probabilities of the population that `study.write_population` makes of the same arguments.

    Columns as in an evaluation's predictions.csv; one row per person, day and horizon; returns how many.
    """
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        for number in range(people):
            profile = change(draw_profile(seed, number))
            for day in Person(profile, seed, start).take(days):
                rows = list(_rows(profile, day))
                writer.writerows(rows)
                count += len(rows)
    return count


def _rows(profile: Profile, day: PersonDay) -> Iterator[tuple[str, str, int, str]]:
    at = day.starts_at.isoformat().replace("+00:00", "Z")
    for hours, ahead in _DAYS.items():
        yield profile.key, at, hours, f"{drinking_within(profile, day, ahead):.8g}"


def drinking_within(profile: Profile, day: PersonDay, days: int) -> float:
    """The probability of drinking on this day or the days after it, up to `days` in all.

    The coming days take the hazard of today, moved by their own calendar: how strain will go on is not known to
    the person either.
    """
    dry = 1.0 - day.drinking_chance
    today = _calendar(profile, day.date)
    for ahead in range(1, days):
        then = _calendar(profile, day.date + timedelta(days=ahead))
        dry *= 1.0 - min(1.0, day.drinking_chance * then / today)
    return min(max(1.0 - dry, 1e-6), 1.0 - 1e-6)


def _calendar(profile: Profile, day: date) -> float:
    return math.pow(onset_multiplier(profile.zone, day), profile.drinking.calendar_weight)

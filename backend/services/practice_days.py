"""The practice client's days as marks of the strip, by the rules of the daily rollup (`refresh_days`)."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from backend.domain.assessment import local_day
from backend.domain.practice import ZONE, Story
from backend.services.views import DayMark, DayState

_NO_RESULT = frozenset({"incomplete"})


def marks_of(told: Story) -> tuple[DayMark, ...]:
    """One mark for each day of the story, oldest first."""
    taken: dict[date, list[str]] = defaultdict(list)
    results: dict[date, set[str]] = defaultdict(set)
    peaks: dict[date, float] = {}
    for window in told.assessment.new_windows:
        if window.kind == "breath_test" and window.opens_at <= told.now:
            taken[_day(window.opens_at)].append(told.assessment.verdicts[window.window_id].attendance)
    for blow, judged in zip(told.blows, told.assessment.judgements, strict=True):
        day = _day(blow.measured_at)
        results[day].add(judged.state)
        if blow.brac_mg_per_l is not None:
            peaks[day] = max(peaks.get(day, 0.0), blow.brac_mg_per_l)
    drank = {_day(a.at - timedelta(hours=12)) for a in told.answered if a.drank}
    days = (told.started_on + timedelta(days=n) for n in range((told.today - told.started_on).days + 1))
    return tuple(
        _mark(day, taken[day], results[day] - _NO_RESULT, day in drank, peaks.get(day)) for day in days
    )


def _mark(day: date, attendance: list[str], results: set[str], drank: bool, peak: float | None) -> DayMark:
    due = [one for one in attendance if one in {"on_time", "late", "missed", "not_received"}]
    met = sum(one in {"on_time", "late"} for one in due)
    return DayMark(day, _state(due, results, drank), len(due), met, peak)


def _state(due: list[str], results: set[str], drank: bool) -> DayState:
    if any(one.startswith("positive") for one in results):
        return "positive"
    if drank:
        return "reported_drinking"
    if "abnormal_confirmation" in results:
        return "unclear"
    if "trace" in results:
        return "trace"
    if "missed" in due:
        return "missed"
    if "not_received" in due:
        return "not_received"
    return "ok" if "ok" in results else "gap"


def _day(at: datetime) -> date:
    return local_day(at, ZONE)

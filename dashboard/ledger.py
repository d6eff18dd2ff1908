"""One test in the table: its four axes side by side, and what was said of it before. Pure.

Result, attendance, identity and device are apart (domain reference, section 2): none is folded into another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.services.views import ClientSeries, ReadingPoint, VerdictChange, WindowView
from dashboard import formats, words
from dashboard.language import N_, Language

_DEVICE: dict[str, str] = {
    "valid": N_("calibrated"),
    "due": N_("calibration due"),
    "uncalibrated": N_("not calibrated"),
    "unknown": N_("calibration unknown"),
}


@dataclass(frozen=True, slots=True)
class Axes:
    """The four axes in words; empty where an axis has nothing to say."""

    result: str
    attendance: str
    identity: str
    device: str
    notes: tuple[str, ...] = ()
    """Changed verdicts, a corrected clock, a late arrival: what a reader has to know beside the value."""


class Ledger:
    """The windows and changes of a series, found by what a row of the table is about."""

    def __init__(self, series: ClientSeries, lang: Language) -> None:
        self._tz, self._lang = series.tz, lang
        self._met: Mapping[datetime, WindowView] = {
            w.met_at: w for w in series.windows if w.met_at is not None and w.kind == "breath_test"
        }
        self._changes: dict[UUID, list[VerdictChange]] = {}
        for change in series.verdicts:
            self._changes.setdefault(change.window_id, []).append(change)

    def of_reading(self, reading: ReadingPoint) -> Axes:
        """The axes of a test that was made."""
        lang = self._lang
        window = self._met.get(reading.measured_at)
        attendance = lang.t(words.ATTENDANCE[window.attendance]) if window else lang.t("outside the plan")
        grade = words.grade(reading.driver_grade, lang)
        state = _DEVICE.get(reading.calibration_state, "")
        other = lang.t("another breathalyzer than the client's own") if reading.is_other_breathalyzer else ""
        device = (reading.breathalyzer_model, lang.t(state) if state else "", grade, other)
        return Axes(
            lang.t(words.RESULTS[reading.state]),
            attendance,
            words.identity(reading.identity, lang) or lang.t("no picture asked for"),
            " · ".join(part for part in device if part),
            (*self._of_clock(reading), *(self.changes_of(window) if window else ())),
        )

    def of_window(self, window: WindowView) -> Axes:
        """The axes of a planned test of which there is no reading."""
        return Axes("", self._lang.t(words.ATTENDANCE[window.attendance]), "", "", self.changes_of(window))

    def changes_of(self, window: WindowView) -> tuple[str, ...]:
        """What was said of a planned test before, oldest first."""
        return tuple(self._change(change) for change in self._changes.get(window.window_id, ()))

    def _change(self, change: VerdictChange) -> str:
        return self._lang.t(
            "{when}: {old} became {new}",
            when=formats.moment(change.changed_at, self._tz, self._lang),
            old=self._lang.t(words.ATTENDANCE[change.old]).lower(),
            new=self._lang.t(words.ATTENDANCE[change.new]).lower(),
        )

    def _of_clock(self, reading: ReadingPoint) -> Iterator[str]:
        lang = self._lang
        if reading.clock_correction_ms:
            moved = timedelta(milliseconds=reading.clock_correction_ms)
            said = reading.measured_at - moved
            yield lang.t(
                "time put right by a person; the device said {when}",
                when=formats.moment(said, self._tz, lang),
            )
        delay = reading.received_at - reading.measured_at
        if delay > timedelta(hours=1):
            yield lang.t("arrived {span} after the blow", span=formats.span(delay, lang))

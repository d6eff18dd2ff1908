"""The manager's overview with the duty rota, and technical support's overview of equipment and processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.services.alert_policy import DutyView, Rota
from backend.services.overviews import (
    WEEKS,
    AdherenceWeek,
    BreathalyzerRow,
    Operation,
    Responsible,
    SignalWeek,
    UnitMonth,
)
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language
from dashboard.week import WEEKDAYS

CALIBRATION = {
    "valid": N_("valid"),
    "due": N_("due now"),
    "uncalibrated": N_("not calibrated"),
    "unknown": N_("the device does not tell"),
}
BECAUSE = {"assigned": N_("assigned"), "duty": N_("on duty"), "cover": N_("covers a colleague's leave")}


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a table; `mark`: whether somebody should look at it."""

    cells: tuple[str, ...]
    mark: bool = False


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A line of the rota."""

    duty_id: int
    place: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class ManagerPage:
    """The whole page."""

    frame: Frame
    unit: str
    burden: str
    signals: tuple[Row, ...]
    disagree: str
    warns: bool
    adherence: tuple[Row, ...]
    caseload: str
    responsible: tuple[Row, ...]
    on_duty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationPage:
    """The whole page."""

    frame: Frame
    processes: tuple[Row, ...]
    lag: str
    letters: int
    gateways: tuple[Row, ...]
    calibration: tuple[Row, ...]
    breathalyzers: tuple[Row, ...]
    outages: tuple[Row, ...]


def manager_page(month: UnitMonth, rota: Rota, frame: Frame) -> ManagerPage:
    """A unit's twelve weeks."""
    lang = frame.lang
    return ManagerPage(
        frame=frame,
        unit=month.unit,
        burden=_burden(month, lang),
        signals=tuple(_signals(one) for one in month.signals),
        disagree=lang.t(
            "Of {judged} closed signals from a computed risk, staff judged {other} otherwise ({share}).",
            judged=month.judged,
            other=month.judged_otherwise,
            share=_share(month.judged_otherwise, month.judged),
        ),
        warns=month.nobody_disagrees,
        adherence=tuple(_adherence(one) for one in month.adherence),
        caseload=lang.t(
            "{followed} clients are followed; {began} began and {ended} ended in {weeks} weeks. From {silent} nothing "
            "has come for two weeks.",
            **month.caseload,
            weeks=WEEKS,
        ),
        responsible=tuple(_responsible(one, month.tz, lang) for one in month.responsible),
        on_duty=on_duty_now(rota, dict(month.staff), lang),
    )


def on_duty_now(rota: Rota, names: Mapping[UUID, str], lang: Language) -> tuple[str, ...]:
    """Who is first and second on duty at this moment."""
    return tuple(
        lang.t(text, who=names.get(account, lang.t("nobody")) if account else lang.t("nobody"))
        for text, account in (
            (N_("First on duty now: {who}"), rota.first_now),
            (N_("Second on duty now: {who}"), rota.second_now),
        )
    )


def _burden(month: UnitMonth, lang: Language) -> str:
    opened = sum(one.opened for one in month.signals)
    return lang.n(
        "{opened} signals about people in {weeks} weeks: {mean} per clinician and week, {count} clinician.",
        "{opened} signals about people in {weeks} weeks: {mean} per clinician and week, {count} clinicians.",
        month.clinicians,
        opened=opened,
        weeks=WEEKS,
        mean=formats.decimal(opened / WEEKS / max(1, month.clinicians), lang, 1),
    )


def _signals(one: SignalWeek) -> Row:
    counts = (one.contacted, one.wait, one.technical, one.not_relevant)
    return Row(
        (
            _week(one.week.isocalendar()[:2]),
            str(one.opened),
            str(one.now),
            str(one.same_day),
            _share(one.acted_on, one.opened),
            *map(str, counts),
        )
    )


def _adherence(one: AdherenceWeek) -> Row:
    return Row(
        (
            _week(one.week.isocalendar()[:2]),
            _share(one.taken, one.due),
            str(one.taken),
            str(one.missed),
            str(one.not_received),
            _share(one.answered, one.asked),
        )
    )


def _responsible(one: Responsible, tz: str, lang: Language) -> Row:
    return Row(
        (
            one.name,
            one.alias,
            formats.local_day(one.from_at, tz).isoformat(),
            "" if one.to_at is None else formats.local_day(one.to_at, tz).isoformat(),
            lang.t(BECAUSE.get(one.because, BECAUSE["assigned"])),
        )
    )


def operation_page(found: Operation, frame: Frame, now: datetime, tz: str) -> OperationPage:
    """Equipment and processes."""
    lang = frame.lang
    due = [one for one in found.breathalyzers if one.calibration in {"due", "uncalibrated"}]
    return OperationPage(
        frame=frame,
        processes=tuple(
            Row(
                (
                    one.name,
                    lang.t("{span} ago", span=formats.span(timedelta(seconds=one.age_s), lang)),
                    lang.t("not connected to the broker") if one.note else "",
                ),
                not one.is_alive or bool(one.note),
            )
            for one in found.processes
        ),
        lag=_lag(found, lang),
        letters=found.letters,
        gateways=tuple(
            Row(
                (
                    one.device_id,
                    formats.near(one.heard_at, now, tz, lang) if one.heard_at else lang.t("never"),
                    one.version or "",
                    "" if one.waiting is None else str(one.waiting),
                    lang.t("{level} of 4", level=one.battery) if one.battery else "",
                    (one.last_error or "").replace("_", " "),
                ),
                one.is_silent,
            )
            for one in found.gateways
        ),
        calibration=tuple(_calibration(one, now, tz, lang) for one in due),
        breathalyzers=tuple(_breathalyzer(one, now, tz, lang) for one in found.breathalyzers),
        outages=tuple(_outage(one, tz, lang) for one in found.outages),
    )


def _week(year_and_week: Sequence[int]) -> str:
    return f"{year_and_week[0]}-W{year_and_week[1]:02d}"


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole else formats.DASH


def duty_row(one: DutyView, tz: str, lang: Language) -> DutyRow:
    """A line of the rota in words."""
    if one.from_at is not None and one.to_at is not None:
        when = lang.t(
            "{start} to {end}",
            start=formats.moment(one.from_at, tz, lang),
            end=formats.moment(one.to_at, tz, lang),
        )
    else:
        assert one.from_weekday
        assert one.to_weekday
        assert one.from_time is not None
        assert one.to_time is not None
        when = lang.t(
            "every week {start} to {end}",
            start=f"{lang.t(WEEKDAYS[one.from_weekday - 1])} {one.from_time:%H:%M}",
            end=f"{lang.t(WEEKDAYS[one.to_weekday - 1])} {one.to_time:%H:%M}",
        )
    place = lang.t("first") if one.place == 1 else lang.t("second")
    return DutyRow(one.duty_id, place, one.name or lang.t("nobody"), when)


def _lag(found: Operation, lang: Language) -> str:
    if not found.readings or found.median_lag_s is None or found.p95_lag_s is None:
        return lang.t("No reading came during the last day.")
    return lang.t(
        "{count} readings during the last day; from the gateway to here half took less than {median} and 19 of 20 "
        "less than {p95}.",
        count=found.readings,
        median=formats.length(found.median_lag_s, lang),
        p95=formats.length(found.p95_lag_s, lang),
    )


def _calibration(one: BreathalyzerRow, now: datetime, tz: str, lang: Language) -> Row:
    newest = formats.near(one.newest, now, tz, lang)
    return Row(
        (one.model, one.serial, lang.t(CALIBRATION[one.calibration]), newest, one.device_id), mark=True
    )


def _breathalyzer(one: BreathalyzerRow, now: datetime, tz: str, lang: Language) -> Row:
    if one.drift is None:
        offset = lang.t("too few values or peers")
    else:
        sign = "+" if one.drift.offset >= 0.0005 else ""  # less is shown as zero
        offset = f"{sign}{formats.decimal(one.drift.offset, lang, 3)}{formats.NBSP}mg/L"
    cells = (
        one.model,
        one.serial,
        str(one.readings),
        formats.near(one.newest, now, tz, lang),
        lang.t(CALIBRATION.get(one.calibration, CALIBRATION["unknown"])),
        offset,
        one.device_id,
    )
    return Row(cells, one.drift is not None and one.drift.stands_out)


def _outage(one: tuple[datetime, datetime | None], tz: str, lang: Language) -> Row:
    began, ended = one
    end = formats.moment(ended, tz, lang) if ended else lang.t("still going on")
    return Row((formats.moment(began, tz, lang), end), ended is None)

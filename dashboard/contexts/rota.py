"""The duty rota as a calendar: a row for each week, a cell for each day, gaps marked in words, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.services.alert_policy import Rota
from backend.services.rota_calendar import RotaCalendar, RotaDay, Turn
from dashboard import formats
from dashboard.contexts.client import Choice
from dashboard.contexts.overviews import DutyRow, duty_row, on_duty_now
from dashboard.contexts.page import Frame
from dashboard.language import Language
from dashboard.week import WEEKDAYS

WEEKS = {"week": 1, "month": 5}
_COLOURS = 6


@dataclass(frozen=True, slots=True)
class TurnLine:
    """One stretch in a cell. `kind`: how it is drawn (a person's colour, nobody, or a gap)."""

    span: str
    who: str
    kind: str


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day."""

    day: str
    number: str
    weekday: str
    href: str
    note: str
    first: tuple[TurnLine, ...]
    second: tuple[TurnLine, ...]
    is_today: bool
    is_off: bool
    has_gap: bool


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week."""

    name: str
    days: tuple[DayCell, ...]


@dataclass(frozen=True, slots=True)
class RotaPage:
    """The whole page."""

    frame: Frame
    unit: str
    zone: str
    weekdays: tuple[str, ...]
    weeks: tuple[WeekRow, ...]
    gaps: str
    has_gaps: bool
    span: str
    earlier: str
    later: str
    here: str
    since: str
    on_duty: tuple[str, ...]
    duties: tuple[DutyRow, ...]
    staff: tuple[Choice, ...]
    days: tuple[Choice, ...]
    from_at: str
    to_at: str
    is_chosen: bool


def rota_page(
    found: RotaCalendar,
    lines: Rota,
    span: str,
    chosen: date | None,
    today: date,
    frame: Frame,
    now: datetime,
) -> RotaPage:
    """The calendar, and the forms: for the chosen day when there is one."""
    lang, tz = frame.lang, found.tz
    colours: dict[UUID | None, str] = {
        account: f"p{n % _COLOURS}" for n, (account, _) in enumerate(found.staff)
    }
    first, length = found.days[0].day, timedelta(days=len(found.days))
    span = span if span in WEEKS else "month"
    gaps = [one for one in found.days if one.has_gap and one.day >= today]

    def at(day: date) -> str:
        return f"/manager/rota?span={span}&since={day.isoformat()}"

    start = formats.wall(now, tz)[:16] if chosen is None else f"{chosen.isoformat()}T00:00"
    end = start if chosen is None else f"{(chosen + timedelta(days=1)).isoformat()}T00:00"
    return RotaPage(
        frame=frame,
        unit=found.unit,
        zone=tz,
        weekdays=tuple(lang.t(one) for one in WEEKDAYS),
        weeks=tuple(
            WeekRow(
                _week(found.days[n].day),
                tuple(_cell(one, colours, tz, today, at(first), lang) for one in found.days[n : n + 7]),
            )
            for n in range(0, len(found.days), 7)
        ),
        gaps=lang.n(
            "{count} day to come has a time when the unit is closed and nobody is first on duty.",
            "{count} days to come have a time when the unit is closed and nobody is first on duty.",
            len(gaps),
        )
        if gaps
        else lang.t("Somebody is first on duty whenever the unit is closed."),
        has_gaps=bool(gaps),
        span=span,
        earlier=at(first - length),
        later=at(first + length),
        here=at(first),
        since=first.isoformat(),
        on_duty=on_duty_now(lines, dict(found.staff), lang),
        duties=tuple(duty_row(one, tz, lang) for one in lines.lines),
        staff=tuple(Choice(str(account), name, False) for account, name in found.staff),
        days=tuple(Choice(str(n), lang.t(one), False) for n, one in enumerate(WEEKDAYS, start=1)),
        from_at=start,
        to_at=end,
        is_chosen=chosen is not None,
    )


def _cell(
    one: RotaDay, colours: Mapping[UUID | None, str], tz: str, today: date, here: str, lang: Language
) -> DayCell:
    note = one.holiday or ("" if one.is_open else lang.t("closed"))
    return DayCell(
        one.day.isoformat(),
        str(one.day.day),
        lang.t(WEEKDAYS[one.day.weekday()]),
        f"{here}&day={one.day.isoformat()}#change",
        note,
        _turns(one.first, colours, tz, lang),
        _turns([turn for turn in one.second if turn.account_id], colours, tz, lang),
        one.day == today,
        not one.is_open,
        one.has_gap and one.day >= today,
    )


def _turns(
    turns: Sequence[Turn], colours: Mapping[UUID | None, str], tz: str, lang: Language
) -> tuple[TurnLine, ...]:
    return tuple(
        TurnLine(
            _span(turn, tz, lang),
            turn.name or lang.t("nobody"),
            "gap"
            if turn.is_gap
            else colours.get(turn.account_id, "nobody" if turn.account_id is None else "p0"),
        )
        for turn in turns
    )


def _span(turn: Turn, tz: str, lang: Language) -> str:
    ends = formats.clock(turn.to_at, tz, lang)
    begins = formats.clock(turn.from_at, tz, lang)
    if begins == ends == "00:00":
        return lang.t("all day")
    return f"{begins}–{'24:00' if ends == '00:00' else ends}"


def _week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"

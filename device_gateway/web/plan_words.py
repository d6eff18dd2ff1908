"""What the client's page says about the plan: next window, reminder, and windows that passed without a test. Pure."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time

from device_gateway.agenda import AgendaView, EmptyWindow
from device_gateway.schedule import HomeWindow, Step

_STEPS = {Step.SOON: "soon", Step.OPEN: "open", Step.CLOSING: "closing"}


def window_json(window: HomeWindow | None) -> dict[str, str] | None:
    """A window for programs on this machine."""
    if window is None:
        return None
    return {
        "kind": window.kind,
        "source": window.source,
        "opens_at": window.opens_at.isoformat(),
        "closes_at": window.closes_at.isoformat(),
    }


def plan_lines(agenda: AgendaView, say: dict[str, str], language: str) -> tuple[str, ...]:
    """What is open now, what comes next, a pause, and test-to-zero; nothing without a plan."""
    if agenda.zone is None:
        return ()
    zone = ZoneInfo(agenda.zone)
    lines = []
    if agenda.paused_until is not None:
        lines.append(say["plan_pause"].format(until=_when(agenda.paused_until, zone, language)))
    for window in agenda.open:
        key = "plan_on_demand" if window.source == "on_demand" else f"plan_open_{window.kind}"
        lines.append(say[key].format(until=_clock(window.closes_at, zone, language)))
    if agenda.next is not None:
        lines.append(say[f"plan_next_{agenda.next.kind}"].format(when=_span(agenda.next, zone, language)))
    if not lines:
        lines.append(say["plan_nothing"])
    if agenda.to_zero:
        lines.append(say["plan_to_zero"])
    return tuple(lines)


def reminder_line(agenda: AgendaView, say: dict[str, str], language: str) -> str:
    """The reminder that stands now, in one sentence; empty for none."""
    if agenda.reminder is None or agenda.zone is None:
        return ""
    window, zone = agenda.reminder.window, ZoneInfo(agenda.zone)
    what = "on_demand" if window.source == "on_demand" else window.kind
    at = window.opens_at if agenda.reminder.step is Step.SOON else window.closes_at
    return say[f"remind_{_STEPS[agenda.reminder.step]}_{what}"].format(time=_clock(at, zone, language))


def empty_rows(
    windows: Iterable[EmptyWindow], say: dict[str, str], language: str, zone: str
) -> list[tuple[datetime, str, str, str]]:
    """Instant, when, what, and address of its comment, for each window that passed without a test made here."""
    return [
        (
            window.opens_at,
            format_datetime(window.opens_at.astimezone(ZoneInfo(zone)), "EEE d MMM HH:mm", locale=language),
            say[f"row_empty_{window.kind}"],
            "/comment?" + urlencode({"window": window.kind, "opens": window.opens_at.isoformat()}),
        )
        for window in windows
    ]


def _clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    return format_time(at.astimezone(zone), "HH:mm", locale=language)


def _when(at: datetime, zone: ZoneInfo, language: str) -> str:
    return format_datetime(at.astimezone(zone), "EEEE d MMMM HH:mm", locale=language)


def _span(window: HomeWindow, zone: ZoneInfo, language: str) -> str:
    return f"{_when(window.opens_at, zone, language)}–{_clock(window.closes_at, zone, language)}"

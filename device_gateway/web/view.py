"""What the client's page shows for a state: plain words and numbers in one language. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time
from babel.numbers import format_decimal

from contracts.reading import Failure
from contracts.receipt import Verdict
from contracts.topics import Kind
from device_gateway.agenda import moment_of
from device_gateway.link import Bluetooth
from device_gateway.outbox import ShownRow
from device_gateway.retest import LAST_REMINDER, Level
from device_gateway.state import GatewayState, PhotoAsked
from device_gateway.test_run import Phase, Run
from device_gateway.web.plan_words import empty_rows, plan_lines, reminder_line
from device_gateway.web.texts import texts

_DELIVERY = {
    None: "delivery_waiting",
    Verdict.STORED: "delivery_sent",
    Verdict.DUPLICATE: "delivery_sent",
    Verdict.CONFLICT: "delivery_refused",
    Verdict.REFUSED: "delivery_refused",
}
_ALARMS = {
    "disk_full": "notice_disk_full",
    "outbox_nearly_full": "notice_outbox_nearly_full",
    "outbox_damaged": "notice_damaged",
    "clock_off": "notice_clock_off",
    "certificate_ends": "notice_certificate_ends",
}
_ABSENT_CODES = frozenset({"breathalyzer_absent", "bluetooth_off", "bluetooth_absent", "bluetooth_trouble"})


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the list: when, what, and whether it has arrived."""

    when: str
    what: str
    delivery: str
    arrived: bool
    comment: str = ""
    """Address of the page for a comment on it; empty where there is nothing to comment on."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything the test page shows. Empty strings and None are not shown."""

    phase: str
    tone: str
    """`calm`, `active` (do something now), `good`, or `notice` (a value at or above a limit)."""
    title: str
    body: str
    count: int | None = None
    count_label: str = ""
    value: str = ""
    unit: str = ""
    permille: str = ""
    wait_s: int | None = None
    """Real seconds until the next blow."""
    wait_until: str = ""
    can_start: bool = False
    can_cancel: bool = False
    chime: int = 0
    """Counts reminders: a higher number than before is worth a sound."""
    device: str = ""
    """Which breathalyzer was seen last, and what the way it is read rests on."""
    notices: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    """What is asked for now and next; empty without a plan."""
    reminder: str = ""
    """The reminder that stands now."""
    rows: tuple[HistoryRow, ...] = ()
    photo: str = ""
    """What becomes of the picture the plan asks for; empty where it asks for none."""
    photo_run: str = ""
    """The run a picture may be brought for now; empty for none."""


@dataclass(frozen=True, slots=True)
class _Words:
    phase: str
    tone: str
    title: str
    body: str


def view_of(
    state: GatewayState, language: str, zone: str, permille_factor: Decimal, real_wait_s: float | None
) -> View:
    """The page for a state. `real_wait_s`: real seconds until a retest is due, None when none is awaited."""
    say = texts(language)
    zone = state.agenda.zone or zone
    waiting = state.chain is not None and not state.chain.may_blow(state.now)
    words = _words(state, say, waiting)
    run = state.run
    due_at = state.chain.due_at if state.chain and waiting else None
    value = state.value_mg_per_l if words.phase in {"result", "retest_wait"} else None
    count, label = _count(run, say) if state.testing and run else (None, "")
    return View(
        phase=words.phase,
        tone=words.tone,
        title=words.title,
        body=words.body,
        count=count,
        count_label=label,
        value="" if value is None else _number(value, "0.00", language),
        unit="" if value is None else say["unit"],
        permille=_permille(value, permille_factor, say, language),
        wait_s=None if due_at is None or real_wait_s is None else max(round(real_wait_s), 0),
        wait_until="" if due_at is None else _until(due_at, say, language, zone),
        can_start=not state.testing and not waiting,
        can_cancel=state.testing and run is not None,
        chime=state.reminder + state.agenda.reminders,
        device=_device(state, say),
        notices=_notices(state, say),
        plan=plan_lines(state.agenda, say, language),
        reminder=reminder_line(state.agenda, say, language),
        rows=_rows(state, say, language, zone),
        photo=_photo(state.photo, say),
        photo_run=state.photo.run_id,
    )


def _photo(photo: PhotoAsked, say: dict[str, str]) -> str:
    if not photo.wanted:
        return ""
    if photo.taken:
        return say["photo_taken"]
    if photo.run_id:
        return say["photo_ask"]
    return say["photo_by_camera" if photo.by_camera else "photo_by_phone"]


def _words(state: GatewayState, say: dict[str, str], waiting: bool) -> _Words:
    run = state.run
    if run is not None and not run.ended:
        return _running(run, state, say)
    if waiting:
        return _waiting_for_retest(state, say)
    if state.chain is not None and state.chain.due_at is not None:
        return _Words("retest_due", "active", say["due_title"], say[_due_body(state)])
    if run is None:
        return _Words("idle", "calm", say["idle_title"], say["idle_body"])
    if run.phase is Phase.RESULT:
        return _result(state, run, say)
    title = say["aborted_title" if run.phase is Phase.ABORTED else "failed_title"]
    return _Words(run.phase.value, "calm", title, _why(run, say))


def _running(run: Run, state: GatewayState, say: dict[str, str]) -> _Words:
    name = run.phase.value if run.phase is not Phase.IDLE else "connecting"
    body = say[f"{name}_body"]
    if run.phase is Phase.CONNECTING and state.bluetooth in {Bluetooth.OFF, Bluetooth.ABSENT}:
        body = say[f"bluetooth_{state.bluetooth.value}_body"]
    active = run.phase in {Phase.READY, Phase.BLOWING}
    return _Words(name, "active" if active else "calm", say[f"{name}_title"], body)


def _waiting_for_retest(state: GatewayState, say: dict[str, str]) -> _Words:
    run = state.run
    if run is not None and run.phase is not Phase.RESULT:  # a failed blow in between
        return _Words("retest_wait", "notice", say["failed_title"], _why(run, say))
    if state.chain is not None and state.chain.retests > 1:
        return _ask_again("retest_wait", "mouth", state, say)
    level = "trace" if state.level is Level.TRACE else "positive"
    return _ask_again("retest_wait", level, state, say)


def _result(state: GatewayState, run: Run, say: dict[str, str]) -> _Words:
    if state.level is Level.OK:
        title = say["ok_title" if state.value_mg_per_l else "zero_title"]
        return _Words("result", "good", title, say["ok_body"])
    if run.finished and state.chain is None:
        return _Words("result", "notice", say["retest_done_title"], say["retest_done_body"])
    return _ask_again("result", "trace" if state.level is Level.TRACE else "positive", state, say)


def _due_body(state: GatewayState) -> str:
    if state.reminder <= 1:
        return "due_body"
    chain = state.chain
    last = chain is not None and chain.expires_at - state.now <= LAST_REMINDER
    return "due_last_body" if last else "due_again_body"


def _device(state: GatewayState, say: dict[str, str]) -> str:
    if state.grade is None:
        return ""
    return say["device_line"].format(model=state.model or "", grade=say[f"grade_{state.grade.value}"])


def _ask_again(phase: str, why: str, state: GatewayState, say: dict[str, str]) -> _Words:
    body = say[f"{why}_body"].format(minutes=state.retest_wait_minutes)
    return _Words(phase, "notice", say[f"{why}_title"], body)


def _why(run: Run, say: dict[str, str]) -> str:
    if run.failure is Failure.CANNOT_BLOW:
        return say["failure_cannot_blow"]
    if run.code in _ABSENT_CODES:
        return f"{say['absent']} {say['again_title']}."
    why = say[f"failure_{(run.failure or Failure.GENERAL).value}"]
    return f"{why} {say['again_title']}."


def _count(run: Run, say: dict[str, str]) -> tuple[int | None, str]:
    if run.phase is Phase.COUNTDOWN:
        return run.countdown, say["seconds_left"] if run.countdown_is_seconds else say["step_left"]
    if run.phase is Phase.BLOWING:
        return run.blow_remaining, say["step_left"]
    return None, ""


def _permille(value: Decimal | None, factor: Decimal, say: dict[str, str], language: str) -> str:
    if not value:
        return ""
    return say["permille"].format(value=_number(value * factor, "0.00", language))


def _until(due_at: datetime, say: dict[str, str], language: str, zone: str) -> str:
    time = format_time(due_at.astimezone(ZoneInfo(zone)), "HH:mm", locale=language)
    return say["wait_until"].format(time=time)


def _notices(state: GatewayState, say: dict[str, str]) -> tuple[str, ...]:
    own = sum(row.verdict is None for row in state.shown)
    notices = []
    notices += [say[_ALARMS[alarm]] for alarm in state.alarms if alarm in _ALARMS]
    if not state.publisher.connected:
        notices.append(say["notice_offline"])
    elif own > 1:
        notices.append(say["notice_waiting"].format(count=own))
    if state.depth.refused:
        notices.append(say["notice_refused"].format(count=state.depth.refused))
    return tuple(notices)


def _rows(state: GatewayState, say: dict[str, str], language: str, zone: str) -> tuple[HistoryRow, ...]:
    rows = [(moment_of(row), _row(row, say, language, zone)) for row in state.shown]
    for at, when, what, comment in empty_rows(state.agenda.empty, say, language, zone):
        rows.append((at, HistoryRow(when, what, "", arrived=False, comment=comment)))
    return tuple(row for _, row in sorted(rows, key=lambda one: one[0], reverse=True))


def _row(row: ShownRow, say: dict[str, str], language: str, zone: str) -> HistoryRow:
    when, run_id = moment_of(row), row.summary.get("run_id")
    return HistoryRow(
        when=format_datetime(when.astimezone(ZoneInfo(zone)), "EEE d MMM HH:mm", locale=language),
        what=_what(row, say, language),
        delivery=say[_DELIVERY[row.verdict]],
        arrived=row.verdict in {Verdict.STORED, Verdict.DUPLICATE},
        comment=f"/comment?run={run_id}" if run_id else "",
    )


def _what(row: ShownRow, say: dict[str, str], language: str) -> str:
    if row.kind is not Kind.READING:
        return say["row_comment" if row.summary.get("type") == "comment" else "row_check_in"]
    value = row.summary.get("value")
    if row.summary.get("failure") == Failure.CANNOT_BLOW:
        return say["row_cannot"]
    if value is None:
        return say["row_aborted" if row.summary.get("outcome") == Phase.ABORTED else "row_failed"]
    return f"{_number(Decimal(str(value)), '0.00', language)} mg/L"


def _number(value: Decimal, pattern: str, language: str) -> str:
    return format_decimal(value, pattern, locale=language)

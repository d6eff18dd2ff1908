"""From what the gateway knows to the messages of the contracts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from contracts.base import Amount
from contracts.check_in import About, Answer, CheckIn
from contracts.device_status import DeviceStatus, LastError
from contracts.reading import (
    Battery,
    Blow,
    BlowQuality,
    Breathalyzer,
    Calibration,
    CalibrationState,
    DriverGrade,
    Failure,
    Identity,
    Outcome,
    RawFrame,
    Reading,
)
from device_gateway import VERSION
from device_gateway.link import Bluetooth
from device_gateway.outbox import Depth
from device_gateway.protocol.events import BatteryState
from device_gateway.protocol.families import FAMILIES
from device_gateway.protocol.units import to_mg_per_l
from device_gateway.test_run import Phase, Run

ITEMS = ("craving", "mood_valence", "self_efficacy", "sleep_quality", "stressful_event")
"""The short check-in, each 0 to 10 in the client's own words (own items; not a validated instrument)."""
SCALE = (Decimal(0), Decimal(10))

MAX_FRAMES_BYTES = 40_000
"""Frames may take this much of a reading's 64 KiB; beyond it the middle ones are left out."""

_FRAME_OVERHEAD = 110
_OUTCOMES = {
    Phase.RESULT: Outcome.COMPLETE,
    Phase.FAILED: Outcome.FAILED,
    Phase.ABORTED: Outcome.ABORTED,
}
_BLOWS = {
    Failure.NO_BLOW: BlowQuality.NONE,
    Failure.INSUFFICIENT_BLOW: BlowQuality.WEAK,
    Failure.INTERRUPTED: BlowQuality.INTERRUPTED,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What every message of this gateway carries."""

    device_id: str
    zone: str


def value_of(run: Run) -> Decimal | None:
    """Breath alcohol of a finished run in mg/L; None when it gave no value."""
    return None if run.result is None else to_mg_per_l(run.result.native_value, run.result.unit)[0]


def reading_of(
    run: Run,
    origin: Origin,
    boot_id: str,
    sequence: int,
    *,
    measured_at: datetime,
    written_at: datetime,
    clock_offset_ms: int | None,
    identity: Identity = Identity.NOT_USED,
) -> Reading:
    """A finished run as a reading. Raises ValueError for one that is not finished."""
    if not run.finished:
        raise ValueError("only a finished run becomes a reading")
    value, conversion = to_mg_per_l(run.result.native_value, run.result.unit) if run.result else (None, None)
    return Reading(
        device_id=origin.device_id,
        boot_id=boot_id,
        sequence=sequence,
        run_id=run.run_id,
        attempt=run.attempt,
        purpose=run.purpose,
        measured_at=measured_at,
        gateway_time=written_at,
        clock_offset_ms=clock_offset_ms,
        timezone=origin.zone,
        outcome=_OUTCOMES[run.phase],
        failure=run.failure,
        cannot_blow=run.cannot_blow,
        native_value=run.result.native_value if run.result else None,
        native_unit=run.result.unit if run.result else None,
        brac_mg_per_l=value,
        conversion=conversion,
        blow=_blow(run),
        waited_15_min=run.waited_15_min,
        identity=identity,
        breathalyzer=_breathalyzer(run),
        frames=_fitting(run.frames),
        gateway_version=VERSION,
    )


def check_in_of(
    origin: Origin,
    boot_id: str,
    sequence: int,
    *,
    answered_at: datetime,
    answers: dict[str, Amount],
    drank: bool | None,
    comment: str | None,
    about: About | None = None,
) -> CheckIn:
    """A check-in as answered; unanswered items are absent, never guessed."""
    low, high = SCALE
    return CheckIn(
        device_id=origin.device_id,
        boot_id=boot_id,
        sequence=sequence,
        answered_at=answered_at,
        timezone=origin.zone,
        answers=tuple(Answer(item=item, value=value, low=low, high=high) for item, value in answers.items()),
        drank=drank,
        comment=comment,
        gateway_version=VERSION,
        about=about,
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """How the gateway is, for its heartbeat."""

    uptime_s: int
    depth: Depth
    clock_offset_ms: int | None
    bluetooth: Bluetooth
    driver: str | None = None
    serial: str | None = None
    seen_at: datetime | None = None
    battery: BatteryState | None = None
    last_error: tuple[str, datetime] | None = None
    alarms: tuple[str, ...] = ()
    unwritten: int = 0
    fill_percent: int | None = None
    damaged_at: datetime | None = None
    background_seen_at: datetime | None = None
    plan_version: int = 0
    plan_made_at: datetime | None = None
    plans_refused: int = 0


def status_of(
    condition: Condition, origin: Origin, boot_id: str, sequence: int, *, sent_at: datetime
) -> DeviceStatus:
    """The heartbeat."""
    error = condition.last_error
    return DeviceStatus(
        device_id=origin.device_id,
        boot_id=boot_id,
        sequence=sequence,
        sent_at=sent_at,
        timezone=origin.zone,
        uptime_s=condition.uptime_s,
        outbox_depth=condition.depth.waiting,
        oldest_unsent_at=condition.depth.oldest_at,
        clock_offset_ms=condition.clock_offset_ms,
        bluetooth=condition.bluetooth.value,
        driver=condition.driver,
        breathalyzer_serial=condition.serial,
        breathalyzer_seen_at=condition.seen_at,
        battery=_battery(condition.battery),
        last_error=LastError(code=error[0], at=error[1]) if error else None,
        gateway_version=VERSION,
        driver_grade=grade_of(condition.driver),
        alarms=condition.alarms,
        unwritten=condition.unwritten,
        refused=condition.depth.refused,
        outbox_fill_percent=condition.fill_percent,
        outbox_damaged_at=condition.damaged_at,
        background_seen_at=condition.background_seen_at,
        plan_version=condition.plan_version,
        plan_made_at=condition.plan_made_at,
        plans_refused=condition.plans_refused or None,
    )


def grade_of(driver: str | None) -> DriverGrade | None:
    """What a family's driver rests on; None for no driver."""
    return next((family.grade for family in FAMILIES if family.name == driver), None)


def _blow(run: Run) -> Blow:
    duration = None
    if run.blow_began_ms is not None and run.blow_ended_ms is not None:
        duration = run.blow_ended_ms - run.blow_began_ms
    if run.phase is Phase.RESULT:
        return Blow(quality=BlowQuality.GOOD, duration_ms=duration)
    quality = _BLOWS.get(run.failure, BlowQuality.UNKNOWN) if run.failure else BlowQuality.UNKNOWN
    return Blow(quality=quality, duration_ms=duration)


def _breathalyzer(run: Run) -> Breathalyzer:
    family = next((family for family in FAMILIES if family.name == run.driver), None)
    state = CalibrationState.UNKNOWN
    if run.failure is Failure.NOT_CALIBRATED:
        state = CalibrationState.UNCALIBRATED
    return Breathalyzer(
        driver=family.name if family else "none",
        driver_version=family.version if family else "0",
        driver_grade=family.grade if family else DriverGrade.EXPERIMENTAL,
        model=run.identified.model if run.identified else "unknown",
        serial=run.identified.serial if run.identified else None,
        firmware=run.identified.firmware if run.identified else None,
        use_count=run.use_count,
        battery=_battery(run.battery),
        calibration=Calibration(state=state, calibrated_on=run.calibrated_on),
    )


def _battery(state: BatteryState | None) -> Battery:
    if state is None:
        return Battery()
    return Battery(millivolts=state.millivolts, percent=state.percent, level=state.level)


def _fitting(frames: Sequence[RawFrame]) -> tuple[RawFrame, ...]:
    def size(some: Sequence[RawFrame]) -> int:
        return sum(len(frame.hex) + len(frame.characteristic) + _FRAME_OVERHEAD for frame in some)

    kept = tuple(frames)
    while size(kept) > MAX_FRAMES_BYTES:
        middle = len(kept) // 2
        kept = (*kept[:middle], *kept[middle + 1 :])
    return kept

"""One test run as an explicit state machine: what happened and when in, the next state out. No clock, no I/O.

    idle → connecting → countdown → ready → blowing → analysing → result
                 └──────────┴─────────┴────────┴──────────┴──────→ failed | aborted

`failed`: the device or the breath gave no value. `aborted`: the run was broken off from outside (cancelled,
link lost, gateway stopped). Both are kept as runs. A value is accepted only after a blow was seen in this very
run, because devices repeat left-over results in other frames; phases only move forward.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from contracts.reading import CannotBlow, Failure, Purpose, RawFrame
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Calibrated,
    Countdown,
    Event,
    Failed,
    Identified,
    Ready,
    Result,
    Trailing,
    UseCount,
)

MAX_FRAMES = 400
"""As many as a reading may carry; of a longer run the first and the last half are kept."""


class Phase(StrEnum):
    """Where a run stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    COUNTDOWN = "countdown"
    READY = "ready"
    BLOWING = "blowing"
    ANALYSING = "analysing"
    RESULT = "result"
    FAILED = "failed"
    ABORTED = "aborted"


ENDED = frozenset({Phase.RESULT, Phase.FAILED, Phase.ABORTED})
_ORDER = {phase: place for place, phase in enumerate(Phase)}
_NO_BATTERY = BatteryState()
_BLOWN = frozenset({Phase.BLOWING, Phase.ANALYSING})


@dataclass(frozen=True, slots=True)
class Connected:
    """The device is connected and was told to start. Only a first sign of life moves the run on."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The device cannot be reached (any more). `code` as in the gateway's errors."""

    code: str = "link_lost"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The client, or a stopping gateway, breaks the run off."""

    failure: Failure = Failure.CANCELLED


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Input = Event | Connected | LinkLost | Cancelled | Tick


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a phase may last, in milliseconds on the monotonic clock.

    Assumptions, well above what the known devices need (whole test 30-40 s, no-blow timeout about 20 s).
    """

    connecting_ms: int = 90_000
    countdown_ms: int = 120_000
    ready_ms: int = 60_000
    blowing_ms: int = 20_000
    analysing_ms: int = 60_000
    settle_ms: int = 700
    """How long frames after the result are still collected before the run is closed."""

    def of(self, phase: Phase) -> int:
        """The limit of a running phase."""
        return {
            Phase.CONNECTING: self.connecting_ms,
            Phase.COUNTDOWN: self.countdown_ms,
            Phase.READY: self.ready_ms,
            Phase.BLOWING: self.blowing_ms,
            Phase.ANALYSING: self.analysing_ms,
        }[phase]


_TIMEOUT_FAILURES = {
    Phase.CONNECTING: Failure.COMM,
    Phase.COUNTDOWN: Failure.COMM,
    Phase.READY: Failure.NO_BLOW,
    Phase.BLOWING: Failure.INTERRUPTED,
    Phase.ANALYSING: Failure.COMM,
}


@dataclass(frozen=True, slots=True)
class Run:
    """Everything known about one test run. Times are milliseconds since the run began."""

    run_id: str
    attempt: int = 1
    purpose: Purpose = Purpose.VOLUNTARY
    waited_15_min: bool | None = None
    phase: Phase = Phase.IDLE
    at_ms: int = 0
    since_ms: int = 0
    settled: bool = False
    countdown: int | None = None
    countdown_is_seconds: bool = True
    blow_remaining: int | None = None
    blow_strength: int | None = None
    blow_began_ms: int | None = None
    blow_ended_ms: int | None = None
    result: Result | None = None
    failure: Failure | None = None
    code: str | None = None
    """Why the link was lost, or what else is worth telling staff; a code, never words."""
    cannot_blow: CannotBlow | None = None
    """The client's reason, of a run that ended before it began."""
    driver: str | None = None
    identified: Identified | None = None
    battery: BatteryState = _NO_BATTERY
    use_count: int | None = None
    calibrated_on: date | None = None
    frames: tuple[RawFrame, ...] = ()

    @property
    def ended(self) -> bool:
        """The outcome stands."""
        return self.phase in ENDED

    @property
    def finished(self) -> bool:
        """The outcome stands and nothing more is awaited: the run can be written as a reading."""
        return self.ended and (self.settled or self.phase is not Phase.RESULT)

    def started(self) -> "Run":
        """The run begins: the device is searched for."""
        return replace(self, phase=Phase.CONNECTING) if self.phase is Phase.IDLE else self

    def declined(self, reason: CannotBlow) -> "Run":
        """The client cannot blow: a run of its own that ends here, so that the attempt is on record."""
        if self.phase is not Phase.IDLE:
            raise ValueError("a run that has begun is cancelled instead")
        return replace(
            self, phase=Phase.FAILED, failure=Failure.CANNOT_BLOW, cannot_blow=reason, settled=True
        )

    def found(self, driver: str) -> "Run":
        """A device was found; its family is kept even if nothing more comes of the run."""
        return replace(self, driver=driver)

    def with_frame(self, frame: RawFrame) -> "Run":
        """Keep bytes exchanged with the device. Beyond the limit the middle is dropped, never the end."""
        frames = (*self.frames, frame)
        if len(frames) > MAX_FRAMES:
            frames = (*frames[: MAX_FRAMES // 2], *frames[-MAX_FRAMES // 2 :])
        return replace(self, frames=frames)

    def step(self, happened: Input, at_ms: int, limits: Limits) -> "Run":
        """The run after `happened` at `at_ms`. Time never runs backwards; a finished run never changes."""
        if self.finished or self.phase is Phase.IDLE:
            return self
        run = replace(self, at_ms=max(at_ms, self.at_ms))
        match happened:
            case Identified():
                return replace(run, identified=happened)
            case BatteryState():
                return replace(run, battery=happened)
            case UseCount():
                return replace(run, use_count=happened.count)
            case Calibrated():
                return replace(run, calibrated_on=happened.on)
            case Tick():
                return _timed_out(run, limits)
        return _settling(run, happened) if run.ended else _running(run, happened)


def _settling(run: Run, happened: Input) -> Run:
    match happened:
        case Trailing():
            return replace(run, settled=True, code="result_disagrees" if happened.disagrees else run.code)
        case LinkLost():
            return replace(run, settled=True)
    return run


def _running(run: Run, happened: Input) -> Run:
    match happened:
        case Countdown():
            counting = _forward(run, Phase.COUNTDOWN)
            return replace(counting, countdown=happened.value, countdown_is_seconds=happened.is_seconds)
        case Ready():
            return _forward(run, Phase.READY)
        case Blowing():
            began = run.at_ms if run.blow_began_ms is None else run.blow_began_ms
            blowing = _forward(run, Phase.BLOWING)
            return replace(
                blowing,
                blow_remaining=happened.remaining,
                blow_strength=happened.strength,
                blow_began_ms=began,
            )
        case Analysing():
            return _analysing(run)
        case Result() if run.phase in _BLOWN:
            return replace(_enter(_analysing(run), Phase.RESULT), result=happened)
        case Failed():
            end = Phase.ABORTED if happened.failure is Failure.CANCELLED else Phase.FAILED
            return _end(run, end, happened.failure, None)
        case LinkLost():
            # Never reached is a failure of the test; lost on the way is a run broken off.
            end = Phase.FAILED if run.phase is Phase.CONNECTING else Phase.ABORTED
            return _end(run, end, Failure.COMM, happened.code)
        case Cancelled():
            return _end(run, Phase.ABORTED, happened.failure, None)
    return run


def _analysing(run: Run) -> Run:
    if run.blow_began_ms is None:  # "analysing" without any blow: there is no blow that could have ended
        return run
    ended = run.at_ms if run.blow_ended_ms is None else run.blow_ended_ms
    return replace(_forward(run, Phase.ANALYSING), blow_ended_ms=ended)


def _timed_out(run: Run, limits: Limits) -> Run:
    waited = run.at_ms - run.since_ms
    if run.phase is Phase.RESULT:
        return replace(run, settled=waited >= limits.settle_ms)
    if waited < limits.of(run.phase):
        return run
    return _end(run, Phase.FAILED, _TIMEOUT_FAILURES[run.phase], f"{run.phase.value}_timeout")


def _forward(run: Run, phase: Phase) -> Run:
    return _enter(run, phase) if _ORDER[phase] > _ORDER[run.phase] else run


def _enter(run: Run, phase: Phase) -> Run:
    return run if phase is run.phase else replace(run, phase=phase, since_ms=run.at_ms)


def _end(run: Run, phase: Phase, failure: Failure, code: str | None) -> Run:
    return replace(_enter(run, phase), failure=failure, code=code, settled=True)

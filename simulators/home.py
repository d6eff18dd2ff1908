"""One simulated home as the platform hears it: a person's days turned into the messages of their gateway.

The stream is deterministic: message n of a home is the same, to the byte before signing, whenever it is asked for.
A fleet that was stopped anywhere can therefore send again what it is not sure of, and the backend recognises it.
Bodies are built only when they are sent; walking past a hundred days costs next to nothing.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from contracts.base import Message
from contracts.check_in import Answer, CheckIn, DrinkingReport
from contracts.device_status import DeviceStatus
from contracts.reading import (
    Battery,
    Blow,
    BlowQuality,
    Breathalyzer,
    Calibration,
    CalibrationState,
    DriverGrade,
    Failure,
    NativeUnit,
    Outcome,
    Purpose,
    RawFrame,
    Reading,
)
from contracts.topics import Kind
from simulators import day as lived
from simulators.breathalyzers import bactrack_c6_frames as frames
from simulators.breathalyzers.breath import Fault
from simulators.dice import stream
from simulators.person import Person
from simulators.sensor import Sensor
from simulators.study import SENSOR
from simulators.units import percent_bac

GATEWAY_VERSION = "simulated-1"
_HISTORY_HEARTBEAT_HOURS = (21,)
"""Once a day, after the evening's windows: enough to tell a missed test from one that was not received."""
_LIVE_HEARTBEAT_HOURS = tuple(range(24))
_WRITING = timedelta(seconds=1)
_PURPOSES = {
    lived.BlowKind.PLANNED: Purpose.PLANNED,
    lived.BlowKind.RETRY: Purpose.PLANNED,
    lived.BlowKind.RETEST: Purpose.RETEST,
}


@dataclass(frozen=True, order=True, slots=True)
class Outgoing:
    """A message on its way: `due_at` is when the gateway has a connection for it."""

    due_at: datetime
    sequence: int
    kind: Kind
    build: Callable[[], Message]
    """Makes the message; the only costly step."""


@dataclass(frozen=True, slots=True)
class _Event:
    created_at: datetime
    due_at: datetime
    kind: Kind
    build: Callable[[int], Message]


class Home:
    """A client's gateway and breathalyzer in one simulated household."""

    def __init__(
        self, device_id: str, person: Person, seed: int, *, live_from: datetime | None = None
    ) -> None:
        """`person` lives there; the same arguments give the same messages.

        Heartbeats come once a day before `live_from` and every hour after it (None: once a day throughout).
        """
        self.device_id = device_id
        self.person = person
        self.boot_id = hashlib.sha256(f"{seed}:{device_id}".encode()).hexdigest()[:16]
        self._zone = person.profile.zone
        self._live_from = live_from
        self._days = person.days()
        self._sensor = Sensor(stream(seed, person.profile.key, "home-sensor"), SENSOR)
        self._waiting: list[Outgoing] = []
        self._sequence = 0
        self._lived_until = datetime.min.replace(tzinfo=UTC)
        self._serial = "0" + hashlib.sha256(device_id.encode()).hexdigest()[:8].upper()

    def due(self, until: datetime) -> list[Outgoing]:
        """The messages that became due since the last call and no later than `until`, in sending order."""
        while self._lived_until <= until:
            day = next(self._days)
            for event in sorted(self._events(day), key=lambda e: e.created_at):
                self._sequence += 1
                heapq.heappush(self._waiting, self._outgoing(event, self._sequence))
            self._lived_until = day.ends_at
        found = []
        while self._waiting and self._waiting[0].due_at <= until:
            found.append(heapq.heappop(self._waiting))
        return found

    def _outgoing(self, event: _Event, sequence: int) -> Outgoing:
        return Outgoing(event.due_at, sequence, event.kind, lambda: event.build(sequence))

    def _events(self, day: lived.PersonDay) -> Iterator[_Event]:
        silent = day.participation is lived.Participation.SILENT
        for blow in day.blows:
            shown = self._sensor.sample(blow.presented_mg_per_l, days_since_calibration=day.index)
            yield _Event(
                blow.at,
                max(blow.sendable_at, blow.at + _WRITING),
                Kind.READING,
                lambda n, b=blow, v=shown: self._reading(n, b, v),  # type: ignore[misc]
            )
        for check_in in day.check_ins:
            told = tuple(report for report in day.self_reports if report.reported_at == check_in.at)
            yield _Event(
                check_in.at,
                _sendable(check_in.at, day.offline_spells),
                Kind.CHECK_IN,
                lambda n, c=check_in, t=told: self._check_in(n, c, t),  # type: ignore[misc]
            )
        live = self._live_from is not None and day.ends_at > self._live_from
        for hour in () if silent else _LIVE_HEARTBEAT_HOURS if live else _HISTORY_HEARTBEAT_HOURS:
            at = day.starts_at + timedelta(hours=hour, minutes=int(self.boot_id[:2], 16) % 50)
            if at < day.ends_at and not _offline(at, day.offline_spells):
                yield _Event(at, at + _WRITING, Kind.STATUS, lambda n, a=at: self._status(n, a, day))  # type: ignore[misc]

    def _reading(self, sequence: int, blow: lived.Blow, shown_mg_per_l: float) -> Reading:
        good = blow.quality is lived.BlowQuality.GOOD
        thousandths = frames.result_code(percent_bac(shown_mg_per_l)) if good else 0
        native = Decimal(thousandths) / 1000
        failure = None if good else _failure(blow.quality)
        return Reading(
            device_id=self.device_id,
            boot_id=self.boot_id,
            sequence=sequence,
            run_id=hashlib.sha256(f"{self.boot_id}:{sequence}".encode()).hexdigest()[:32],
            attempt=min(blow.attempt, 99),
            purpose=_PURPOSES[blow.kind],
            measured_at=blow.at,
            gateway_time=blow.at + _WRITING,
            timezone=self._zone,
            outcome=Outcome.COMPLETE if good else Outcome.FAILED,
            failure=failure,
            native_value=native.quantize(Decimal("0.001")) if good else None,
            native_unit=NativeUnit.PERCENT_BAC if good else None,
            brac_mg_per_l=_mg_per_l(native) if good else None,
            conversion="percent_bac_2100_v1" if good else None,
            blow=Blow(quality=_QUALITIES[blow.quality], duration_ms=4000 if good else 1600),
            waited_15_min=True,
            breathalyzer=self._breathalyzer(blow.battery_percent, sequence),
            frames=_frames(thousandths, failure),
            gateway_version=GATEWAY_VERSION,
        )

    def _breathalyzer(self, battery_percent: int, sequence: int) -> Breathalyzer:
        return Breathalyzer(
            driver="bactrack_c6",
            driver_version="1",
            driver_grade=DriverGrade.CAPTURE,
            model="BACtrack C6",
            serial=self._serial,
            firmware="1.04",
            use_count=sequence,
            battery=_battery(battery_percent),
            calibration=Calibration(state=CalibrationState.UNKNOWN),
        )

    def _check_in(
        self, sequence: int, check_in: lived.CheckIn, told: tuple[lived.SelfReport, ...]
    ) -> CheckIn:
        return CheckIn(
            device_id=self.device_id,
            boot_id=self.boot_id,
            sequence=sequence,
            answered_at=check_in.at,
            timezone=self._zone,
            answers=tuple(
                Answer(item=a.item, value=_decimal(a.value), low=_decimal(a.low), high=_decimal(a.high))
                for a in check_in.answers
            ),
            drank=bool(told),
            drinking=tuple(
                DrinkingReport(
                    started_at=t.started_at, ended_at=t.ended_at, amount_g=_decimal(round(t.grams, 1))
                )
                for t in told
            ),
            gateway_version=GATEWAY_VERSION,
        )

    def _status(self, sequence: int, at: datetime, day: lived.PersonDay) -> DeviceStatus:
        return DeviceStatus(
            device_id=self.device_id,
            boot_id=self.boot_id,
            sequence=sequence,
            sent_at=at,
            timezone=self._zone,
            uptime_s=max(0, int((at - day.starts_at).total_seconds()) + day.index * 86_400),
            outbox_depth=0,
            bluetooth="on",
            driver="bactrack_c6",
            breathalyzer_serial=self._serial,
            battery=_battery(day.battery_percent),
            gateway_version=GATEWAY_VERSION,
        )


_QUALITIES = {
    lived.BlowQuality.GOOD: BlowQuality.GOOD,
    lived.BlowQuality.WEAK: BlowQuality.WEAK,
    lived.BlowQuality.INTERRUPTED: BlowQuality.INTERRUPTED,
}


def _failure(quality: lived.BlowQuality) -> Failure:
    weak = quality is lived.BlowQuality.WEAK
    return Failure.INSUFFICIENT_BLOW if weak else Failure.INTERRUPTED


def _offline(at: datetime, spells: tuple[lived.OfflineSpell, ...]) -> bool:
    return any(spell.started_at <= at < spell.ended_at for spell in spells)


def _sendable(at: datetime, spells: tuple[lived.OfflineSpell, ...]) -> datetime:
    return max([at + _WRITING, *(s.ended_at for s in spells if s.started_at <= at < s.ended_at)])


def _mg_per_l(percent: Decimal) -> Decimal:
    """%BAC to mg/L at 2100:1: 0.21 %BAC per mg/L (protocol reference, part 8)."""
    return (percent / Decimal("0.21")).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))


def _battery(percent: int) -> Battery:
    """One AAA cell: about 1.0 V empty, 1.55 V full (assumption); levels by the maker's thresholds (reference 1)."""
    millivolts = 1000 + round(5.5 * percent)
    return Battery(
        millivolts=millivolts, level=sum(millivolts >= limit for limit in (1050, 1150, 1300, 1800))
    )


@lru_cache(maxsize=1024)
def _frames(thousandths: int, failure: Failure | None) -> tuple[RawFrame, ...]:
    """The frames of one run as a C6 sends them, at the device's own pace."""
    steps: list[tuple[int, bytes]] = [
        (1000 * n, frames.status(frames.CLEARING, 5 - n, thousandths)) for n in range(5)
    ]
    steps.append((5000, frames.status(frames.READY, 0, thousandths)))
    steps += [(8000 + 800 * n, frames.status(frames.BLOWING, 5 - n, thousandths)) for n in range(6)]
    if failure is None:
        steps.append((13_000, frames.status(frames.ANALYSING, 0, thousandths)))
        steps.append((23_000, frames.status(frames.FINALISING, 0, thousandths)))
        steps.append((27_000, frames.status(frames.COMPLETED, 0, thousandths)))
        steps.append((27_200, frames.details(frames.details_raw(thousandths / 1000))))
    else:
        steps.append((10_000, frames.status(frames.FAULT_CODES[Fault.INSUFFICIENT_BLOW], 0, 0)))
    return (
        RawFrame(
            after_ms=0,
            direction="out",
            characteristic=frames.BREATH_CHARACTERISTIC,
            hex=frames.START_TEST.hex(),
        ),
        *(
            RawFrame(after_ms=at, direction="in", characteristic=frames.BREATH_CHARACTERISTIC, hex=raw.hex())
            for at, raw in steps
        ),
    )

"""The reading: one test run as the gateway saw it, complete or not. Version 1."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.base import (
    Amount,
    BootId,
    DeviceId,
    Instant,
    Message,
    RunId,
    Sequence,
    ZoneName,
    added_later,
)


class Outcome(StrEnum):
    """How a test run ended. A run that gave no value is kept as such, never dropped."""

    COMPLETE = "complete"
    FAILED = "failed"
    ABORTED = "aborted"


class Failure(StrEnum):
    """Why a run gave no value: one vocabulary for all device families (source: the protocol reference, part 8)."""

    NO_BLOW = "no_blow"
    INSUFFICIENT_BLOW = "insufficient_blow"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    LOW_BATTERY = "low_battery"
    TEMP_LOW = "temp_low"
    TEMP_HIGH = "temp_high"
    SENSOR = "sensor"
    NOT_CALIBRATED = "not_calibrated"
    CALIBRATION_FAIL = "calibration_fail"
    OVER_RANGE = "over_range"
    COMM = "comm"
    CANCELLED = "cancelled"
    GENERAL = "general"
    CANNOT_BLOW = "cannot_blow"
    """The client said, instead of blowing, that they cannot; `cannot_blow` says why."""


class CannotBlow(StrEnum):
    """Why the client says they cannot blow, in their own choice of these words."""

    BREATHLESS = "breathless"
    """Weak lungs, asthma, COPD: not enough air for the device."""
    UNWELL = "unwell"
    """A cold, a cough, nausea, pain."""
    DEVICE_TROUBLE = "device_trouble"
    """The breathalyzer is broken, lost, empty or elsewhere."""
    NOT_ALONE = "not_alone"
    """No place to blow undisturbed."""
    OTHER = "other"


class NativeUnit(StrEnum):
    """Unit as the breathalyzer reports it. `%BAC` is g/100 mL blood (or g/210 L breath)."""

    PERCENT_BAC = "%BAC"
    MG_PER_L = "mg/L"
    PERMILLE = "permille"
    G_PER_L_BLOOD = "g/L blood"
    MG_PER_100ML_BLOOD = "mg/100mL blood"
    UG_PER_100ML = "ug/100mL"
    UG_PER_L = "ug/L"


class Purpose(StrEnum):
    """Why the run was made, as the gateway understood it; the backend's ledger decides what it counts as."""

    PLANNED = "planned"
    RETEST = "retest"
    ON_DEMAND = "on_demand"
    VOLUNTARY = "voluntary"


class DriverGrade(StrEnum):
    """What the driver's knowledge of the protocol rests on."""

    CAPTURE = "verified_by_capture"
    VENDOR_SOURCE = "vendor_source_only"
    EXPERIMENTAL = "experimental"


class BlowQuality(StrEnum):
    """How the blow went, as far as the device tells."""

    GOOD = "good"
    WEAK = "weak"
    INTERRUPTED = "interrupted"
    NONE = "none"
    UNKNOWN = "unknown"


class CalibrationState(StrEnum):
    """Whether the breathalyzer may be trusted. `unknown` where the device does not tell."""

    VALID = "valid"
    DUE = "due"
    UNCALIBRATED = "uncalibrated"
    UNKNOWN = "unknown"


class Identity(StrEnum):
    """Identity state; it never changes the alcohol result. Photo off is the default."""

    NOT_USED = "not_used"
    CONFIRMED = "confirmed"
    REVIEW_PENDING = "review_pending"
    MISMATCH = "mismatch"
    NOT_CAPTURED = "not_captured"


class RawFrame(Message):
    """Bytes exchanged with the breathalyzer, as they were."""

    after_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    """Milliseconds since the run began, on the gateway's monotonic clock."""
    direction: Literal["in", "out"]
    characteristic: Annotated[str, Field(pattern=r"^[0-9a-f-]{4,36}$")]
    hex: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){0,512}$")]


class Blow(Message):
    """The blow itself; fields are empty where the device does not tell."""

    quality: BlowQuality
    duration_ms: Annotated[int, Field(ge=0, le=600_000)] | None = None


class Battery(Message):
    """The breathalyzer's battery: whatever the device reports, unconverted, and a level 0 (empty) to 4 (full)."""

    millivolts: Annotated[int, Field(ge=0, le=20_000)] | None = None
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    level: Annotated[int, Field(ge=0, le=4)] | None = None


class Calibration(Message):
    """Calibration as far as the device or its record tells."""

    state: CalibrationState
    calibrated_on: date | None = None


class Breathalyzer(Message):
    """The measuring device beside the gateway."""

    driver: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
    driver_version: Annotated[str, Field(max_length=20)]
    driver_grade: DriverGrade
    model: Annotated[str, Field(min_length=1, max_length=60)]
    serial: Annotated[str, Field(max_length=60)] | None = None
    firmware: Annotated[str, Field(max_length=60)] | None = None
    use_count: Annotated[int, Field(ge=0)] | None = None
    battery: Battery = Battery()
    calibration: Calibration


class Reading(Message):
    """One test run. Idempotency key: (device_id, boot_id, sequence). Instants are UTC; the zone is for display."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    """The gateway that saw the run and signs this message."""
    boot_id: BootId
    sequence: Sequence
    run_id: RunId
    """One id per test run, 32 hex digits."""
    attempt: Annotated[int, Field(ge=1, le=99)]
    """1 for the first blow of a test, 2 for the next attempt or retest in the same chain, and so on."""
    purpose: Purpose
    measured_at: Instant
    """When the value was produced, by the gateway's clock."""
    device_time: Instant | None = None
    """The breathalyzer's own clock at that moment, where it has one."""
    gateway_time: Instant
    """The gateway's clock when it wrote this message into its outbox."""
    clock_offset_ms: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    """Server clock minus gateway clock as last measured; kept beside the times, never added to them."""
    timezone: ZoneName
    outcome: Outcome
    failure: Failure | None = None
    cannot_blow: CannotBlow | None = added_later()
    """Only with the failure `cannot_blow`. Added later (docs/decisions/0009)."""
    native_value: Amount | None = None
    native_unit: NativeUnit | None = None
    brac_mg_per_l: Annotated[Decimal, Field(ge=0, le=5, max_digits=6, decimal_places=3)] | None = None
    """Normalised breath alcohol, mg/L."""
    conversion: Annotated[str, Field(max_length=60)] | None = None
    """Name and version of the formula from native value to mg/L."""
    blow: Blow
    identity: Identity = Identity.NOT_USED
    waited_15_min: bool | None = None
    """The client's answer: 15 minutes since food, drink, smoke or tooth-brushing. Empty when not asked."""
    breathalyzer: Breathalyzer
    frames: Annotated[tuple[RawFrame, ...], Field(max_length=400)]
    gateway_version: Annotated[str, Field(max_length=40)]

    @model_validator(mode="after")
    def _value_fits_outcome(self) -> Self:
        complete = self.outcome is Outcome.COMPLETE
        values = (
            self.native_value,
            self.native_unit,
            self.brac_mg_per_l,
            self.conversion,
        )
        if complete and (None in values or self.failure is not None):
            raise ValueError("a complete run needs native value, unit, mg/L and conversion, and no failure")
        if not complete and (self.failure is None or any(v is not None for v in values)):
            raise ValueError("a run without a result needs a failure and may carry no value")
        if (self.failure is Failure.CANNOT_BLOW) != (self.cannot_blow is not None):
            raise ValueError("a reason for not blowing goes with the failure cannot_blow, and only with it")
        return self

"""What a client has agreed to do, for the gateway at home: recurring windows on the wall clock, single tests, limits.

Version 1, signed by the backend. Of two plans the one with the higher (plan_version, made_at) is the newer. The gateway
works with the newest for as long as it hears of none; nothing in it names a person or gives a reason.
"""

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.base import Amount, DeviceId, Instant, Message, ZoneName, added_later
from contracts.photo import PhotoKey

WindowKind = Literal["breath_test", "check_in", "visit"]

PlanVersion = Annotated[int, Field(ge=0, le=2**53)]
"""Counts every change of what one client is to do; 0: no plan is known."""


def _wall_clock(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("a wall-clock time has no offset: the plan's zone says what it means")
    return value


WallTime = Annotated[time, AfterValidator(_wall_clock)]


class RecurringWindow(Message):
    """A window on certain ISO weekdays (1 = Monday) of its opening day.

    A closing time at or before the opening time lies on the next day.
    """

    kind: WindowKind
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)]
    opens: WallTime
    closes: WallTime
    holidays: Literal["as_usual", "never", "only"] = "as_usual"
    """On the days listed in the plan's `holidays`: like any such weekday, not at all, or on them alone."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.opens == self.closes:
            raise ValueError("a window opens and closes at two different times")
        return self


class Limits(Message):
    """Limits in mg/L breath, waits in minutes. They decide what the gateway asks for, never what a reading means."""

    trace_mg_per_l: Annotated[Amount, Field(gt=0, le=5)]
    positive_mg_per_l: Annotated[Amount, Field(gt=0, le=5)]
    retest_after_min: Annotated[int, Field(ge=0, le=1440)]
    retest_within_min: Annotated[int, Field(ge=1, le=1440)]
    tolerance_mg_per_l: Annotated[Amount, Field(gt=0, le=1)]
    late_grace_min: Annotated[int, Field(ge=0, le=720)]
    """How long after closing a test still meets the window, as late."""
    test_to_zero: bool = False
    """One blow after another is asked for until a value lies below the trace limit."""
    photo: bool = False
    """A picture is taken at the blow, or the client is asked for one. Gateways of before take none."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.trace_mg_per_l > self.positive_mg_per_l or self.retest_after_min >= self.retest_within_min:
            raise ValueError("limits and waits must be in order")
        return self


class Term(Message):
    """What holds from one moment up to another (None: from before, without an end)."""

    valid_from: Instant | None
    valid_to: Instant | None
    timezone: ZoneName
    windows: Annotated[tuple[RecurringWindow, ...], Field(max_length=40)]
    limits: Limits


class SingleTest(Message):
    """A test outside the recurring windows. Nobody is told of it before it opens: no page, no sound, no log."""

    kind: Literal["random", "on_demand"]
    window_kind: WindowKind
    opens_at: Instant
    closes_at: Instant

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.closes_at <= self.opens_at:
            raise ValueError("a test closes after it opens")
        return self


class Span(Message):
    """An agreed time without tests, up to but not including `to_at`."""

    from_at: Instant
    to_at: Instant


class ExcusedWindow(Message):
    """One window nobody is asked for."""

    kind: WindowKind
    opens_at: Instant


class Plan(Message):
    """The newest plan of one gateway's client."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    plan_version: Annotated[PlanVersion, Field(ge=1)]
    made_at: Instant
    """The backend's clock."""
    covers_to: Instant
    """Up to when single tests, pauses and excuses are known; recurring windows go on after it."""
    terms: Annotated[tuple[Term, ...], Field(min_length=1, max_length=20)]
    """In order; the first one may have begun before."""
    tests: Annotated[tuple[SingleTest, ...], Field(max_length=100)] = ()
    pauses: Annotated[tuple[Span, ...], Field(max_length=50)] = ()
    excused: Annotated[tuple[ExcusedWindow, ...], Field(max_length=100)] = ()
    holidays: Annotated[tuple[date, ...], Field(max_length=80)] = ()
    """Civil days for the windows' `holidays`, more than a year ahead, so that no calendar is needed at home."""
    # Added later: a gateway of before takes no pictures.
    photo_key: PhotoKey | None = added_later()
    """What pictures are sealed for; without it none is taken, whatever the limits say."""

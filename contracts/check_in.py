"""The check-in: a client's own answers, with drinking they report themselves. Version 1."""

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
from contracts.plan import WindowKind

ItemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""Name of an item; the same meaning has the same name everywhere (craving, mood_valence, sleep_quality …)."""


class Answer(Message):
    """One answer on its own scale."""

    item: ItemName
    value: Amount
    low: Amount
    high: Amount

    @model_validator(mode="after")
    def _inside_scale(self) -> Self:
        if not self.low < self.high or not self.low <= self.value <= self.high:
            raise ValueError("the value must lie on its scale")
        return self


class DrinkingReport(Message):
    """Drinking as the client tells it, often afterwards."""

    started_at: Instant
    ended_at: Instant | None = None
    amount_g: Annotated[Amount, Field(ge=0, le=2000)] | None = None
    """Grams of pure alcohol; a Swedish standard glass is 12 g."""


class About(Message):
    """What a comment is about: a test run of this gateway, or a window in which there was none."""

    run_id: RunId | None = None
    window_kind: WindowKind | None = None
    window_opens_at: Instant | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        window = (self.window_kind is not None, self.window_opens_at is not None)
        if window[0] != window[1] or window[0] == (self.run_id is not None):
            raise ValueError("about a run, or about a window with kind and opening")
        return self


class CheckIn(Message):
    """A short questionnaire as answered. Idempotency key: (device_id, boot_id, sequence)."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    boot_id: BootId
    sequence: Sequence
    answered_at: Instant
    timezone: ZoneName
    answers: Annotated[tuple[Answer, ...], Field(max_length=40)]
    drank: bool | None = None
    """Whether the client says they drank since the last check-in; empty when not asked or not answered."""
    drinking: Annotated[tuple[DrinkingReport, ...], Field(max_length=20)] = ()
    comment: Annotated[str, Field(max_length=2000)] | None = None
    gateway_version: Annotated[str, Field(max_length=40)]
    about: About | None = added_later()
    """The client comments on one test or miss instead of answering the questions."""

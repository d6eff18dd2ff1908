"""Base of all message models: frozen, closed when written, tolerant (and counting) when read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts.errors import ContractError

T = TypeVar("T")

_ZONES = frozenset(available_timezones())


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError("instant without offset; an aware instant is required")
    return value.astimezone(UTC)


def _iana_zone(value: str) -> str:
    if value not in _ZONES or value.startswith(("Etc/GMT+", "Etc/GMT-")):
        raise ValueError(f"not an IANA time zone: {value!r} (fixed offsets are refused)")
    ZoneInfo(value)
    return value


Instant = Annotated[datetime, AfterValidator(_to_utc)]
"""An aware instant, always normalised to UTC."""

ZoneName = Annotated[str, Field(max_length=64), AfterValidator(_iana_zone)]
"""An IANA zone name such as Europe/Stockholm; fixed offsets are refused because schedules are wall-clock."""

DeviceId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,47}$")]
"""Identity of a gateway; the alphabet leaves no room for MQTT wildcards or path tricks."""

TenantId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
"""A tenant's slug."""

BootId = Annotated[str, Field(pattern=r"^[0-9a-f]{16,32}$")]
"""Identity of one life of a gateway's outbox: 16 to 32 hex digits, new when the outbox starts afresh."""

Sequence = Annotated[int, Field(ge=1, le=2**62)]
"""Counts up by one for every message of one (device, boot); never reused."""

RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""Identity of one test run."""

Amount = Annotated[Decimal, Field(max_digits=12, decimal_places=6, allow_inf_nan=False)]
"""A decimal number; written to JSON as text so that 0.10 keeps its last zero."""


def added_later(default: Any = None) -> Any:
    """An optional field added to a version that gateways and backends in use already speak.

    Left out of the bytes while it says nothing, so that an older reader meets it only where it matters.
    """
    return Field(default=default, exclude_if=lambda value: value is None or value == ())


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A message as read, with the paths of the fields this version does not know (ignored, but counted)."""

    value: T
    unknown_fields: tuple[str, ...] = ()


class Message(BaseModel):
    """A message: frozen; unknown fields are refused when it is built and ignored (and listed) when it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")

    def canonical_bytes(self) -> bytes:
        """The message as canonical JSON: UTF-8, keys in the model's fixed order, no white space, decimals as text.

        The signature covers exactly these bytes, and the store keeps them as received, so a later version of
        the model can never change what was signed.
        """
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, body: bytes) -> Parsed[Self]:
        """Parse a body; raises ContractError naming each wrong field. A newer sender's extra fields are listed."""
        try:
            return Parsed(cls.model_validate_json(body))
        except ValidationError as error:
            unknown = tuple(
                ".".join(str(part) for part in detail["loc"])
                for detail in error.errors(include_url=False, include_input=False, include_context=False)
                if detail["type"] == "extra_forbidden"
            )
            if not unknown:
                raise ContractError(_describe(error), reason="invalid") from error
        try:
            return Parsed(cls.model_validate_json(body, extra="ignore"), unknown)
        except ValidationError as error:
            raise ContractError(_describe(error), reason="invalid") from error


def _describe(error: ValidationError) -> str:
    """Which fields are wrong and why, without the values (they may be personal)."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, d['loc'])) or 'message'}: {d['msg']}" for d in details[:8])

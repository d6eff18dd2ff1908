"""A picture taken at the blow, for a person to compare: sealed at home for the backend's key. Version 1.

The gateway itself cannot open what it has sealed. The picture says something about who blew; it never changes a
reading.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.base import BootId, DeviceId, Instant, Message, RunId, Sequence, ZoneName

MAX_PICTURE_BYTES: Final = 44_000
"""Of the JPEG before it is sealed: in base64 it must fit a message with room to spare."""
_MAX_SEALED_TEXT: Final = 60_000

PhotoKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The public half of an X25519 key, hexadecimal."""


class Photo(Message):
    """One picture of one test run. Idempotency key: (device_id, boot_id, sequence)."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    boot_id: BootId
    sequence: Sequence
    run_id: RunId
    """The test run it was taken for; that reading may come before or after it."""
    taken_at: Instant
    """The gateway's clock."""
    clock_offset_ms: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    """Server clock minus gateway clock as last measured; never added to the times."""
    timezone: ZoneName
    source: Literal["camera", "phone"]
    """By a camera in mid-blow, or by the client's own phone, up to minutes after it."""
    sealed_for: PhotoKey
    """The key it was sealed for."""
    sealed: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", min_length=64, max_length=_MAX_SEALED_TEXT)]
    """A JPEG without any metadata, in a sealed box (X25519, XSalsa20-Poly1305), base64url without padding."""
    gateway_version: Annotated[str, Field(max_length=40)]

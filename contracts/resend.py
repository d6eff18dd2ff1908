"""The backend's signed request to send delivered messages once more: its database was restored to an earlier moment.

Version 1. It may be kept by the broker (retained), so that a gateway that is away hears it when it comes back.
"""

from typing import Literal

from contracts.base import DeviceId, Instant, Message


class ResendRequest(Message):
    """For one gateway, signed by the backend's receipt key. Obeyed once: a later `asked_at` is a new request."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    asked_at: Instant
    delivered_since: Instant
    """Whatever got its receipt at or after this moment (the receipt's own `received_at`) is sent again."""

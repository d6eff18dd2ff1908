"""What every channel is given, and how it says that it did not work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

ContactKind = Literal["email", "sms", "webhook"]


@dataclass(frozen=True, slots=True)
class Message:
    """One neutral message to one place. `message_id` is the same at every try."""

    message_id: UUID
    contact_point_id: UUID
    address: str
    purpose: Literal["notices", "code"]
    tier: int
    count: int
    """How many things it tells of."""
    subject: str
    text: str
    link: str | None


class TransportError(Exception):
    """A message could not be handed over. The text holds neither address nor content nor secret.

    `permanent`: trying again at this place is pointless. `disables`: the place itself is refused for good.
    `blames_channel`: the platform's own access is refused (login, credit, sender), so everybody's messages are.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        disables: bool = False,
        blames_channel: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.disables = disables
        self.blames_channel = blames_channel
        self.retry_after_s = retry_after_s


class Channel(Protocol):
    """Hands a message over. Called from several threads at once."""

    def send(self, message: Message, *, now: datetime) -> None:
        """Return when the other side has taken the message. Raises TransportError."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that are set up, and the address of the pages that messages link to."""

    by_kind: Mapping[ContactKind, Channel]
    public_url: str | None

    def link_to(self, delivery_id: UUID) -> str:
        """The page behind a message; it asks for sign-in. Raises ValueError without a public address."""
        if self.public_url is None:
            raise ValueError("messages need NYKTER_PUBLIC_URL")
        return f"{self.public_url.rstrip('/')}/n/{delivery_id}"


NO_CHANNELS = Channels({}, None)
"""Only the pages tell."""

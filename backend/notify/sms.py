"""SMS through a provider over HTTP.

Providers differ in address, in how the platform signs in, and in what the fields are called; that much is settings.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from backend.notify.channel import Message
from backend.notify.http import Meanings, Poster

_MEANINGS = Meanings(refuses_place={400, 422}, refuses_channel={401, 402, 403, 404, 405, 407})
ELKS_URL = "https://api.46elks.com/a1/sms"


@dataclass(frozen=True, slots=True)
class SmsProvider:
    """How one provider takes a message."""

    url: str
    sender: str
    body: Literal["form", "json"] = "form"
    to_field: str = "to"
    from_field: str = "from"
    text_field: str = "message"
    more: Mapping[str, str] | None = None
    """Further fields, the same in every message."""
    login: tuple[str, str] | None = None
    """Username and password of HTTP basic authentication."""
    token: str | None = None
    """Bearer token, for providers that take one instead."""


def elks(username: str, password: str, sender: str, url: str = ELKS_URL) -> SmsProvider:
    """46elks: a form with `from`, `to` and `message`, HTTP basic authentication. Source: 46elks' API documentation.

    `dontlog` asks it not to keep the text.
    """
    return SmsProvider(url, sender, login=(username, password), more={"dontlog": "message"})


class Sms:
    """Sends through one provider. The provider's own receipt of delivery is not waited for."""

    def __init__(
        self, provider: SmsProvider, *, verify: ssl.SSLContext | bool = True, timeout_s: float = 10.0
    ) -> None:
        self._provider = provider
        self._poster = Poster(_MEANINGS, verify=verify, timeout_s=timeout_s)

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand it to the provider. Raises TransportError."""
        provider = self._provider
        fields = {
            **(provider.more or {}),
            provider.from_field: provider.sender,
            provider.to_field: message.address,
            provider.text_field: message.text,
        }
        as_json = provider.body == "json"
        headers = {
            "content-type": "application/json" if as_json else "application/x-www-form-urlencoded",
            "idempotency-key": str(message.message_id),
        }
        if provider.token:
            headers["authorization"] = f"Bearer {provider.token}"
        content = json.dumps(fields) if as_json else urlencode(fields)
        self._poster.post(
            provider.url, content=content.encode(), headers=headers, auth=provider.login, now=now
        )

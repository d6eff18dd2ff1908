"""Webhook: one HTTPS POST of JSON, signed so that the receiver can tell it from anybody else's.

The signature is HMAC-SHA256 over `<timestamp>.<body>` with the contact point's own secret. Only hosts named in the
settings are posted to: what a person types in must not make the platform talk to machines of its own network.
"""

import hmac
import json
import ssl
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from backend.notify.channel import Message, TransportError
from backend.notify.http import Meanings, Poster

# 404 is not final: a receiver that is being moved answers it for a while.
_MEANINGS = Meanings(refuses_place={400, 410, 422}, refuses_channel=())


def secret_of(key: bytes, contact_point_id: UUID) -> str:
    """The secret of one contact point, in hex: derived, so that the database holds none."""
    return hmac.new(key, f"webhook:{contact_point_id}".encode(), sha256).hexdigest()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `Notice-Signature` holds, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def body_of(message: Message) -> bytes:
    """The JSON, the same bytes at every try."""
    said = {
        "id": str(message.message_id),
        "kind": "code" if message.purpose == "code" else "notice",
        "tier": message.tier,
        "count": message.count,
        "text": message.text,
        "link": message.link,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


class Webhook:
    """Posts signed JSON. `key` is the installation's own; `hosts` are the only ones posted to."""

    def __init__(
        self,
        key: bytes,
        hosts: Collection[str],
        *,
        verify: ssl.SSLContext | bool = True,
        timeout_s: float = 10.0,
    ) -> None:
        self._key = key
        self._hosts = frozenset(host.lower() for host in hosts)
        self._poster = Poster(_MEANINGS, verify=verify, timeout_s=timeout_s)

    def send(self, message: Message, *, now: datetime) -> None:
        """Post it. Raises TransportError; permanent for an address that is not HTTPS or whose host is not allowed."""
        address = urlsplit(message.address)
        if address.scheme != "https" or (address.hostname or "") not in self._hosts:
            raise TransportError("the host is not one of NYKTER_WEBHOOK_HOSTS", permanent=True, disables=True)
        body, timestamp = body_of(message), str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "idempotency-key": str(message.message_id),
            "notice-timestamp": timestamp,
            "notice-signature": signature(secret_of(self._key, message.contact_point_id), timestamp, body),
        }
        self._poster.post(message.address, content=body, headers=headers, now=now)

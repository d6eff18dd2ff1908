"""One POST over HTTP, with its answer read as: taken, try again, or never."""

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from backend.notify.channel import TransportError

_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Meanings:
    """What status codes mean at one channel, beyond the usual: 2xx taken, 408, 425, 429 and 5xx try again."""

    refuses_place: Collection[int]
    """The address is wrong for good."""
    refuses_channel: Collection[int]
    """The platform's own access is refused: everybody's messages wait."""


class Poster:
    """Posts to HTTP servers; never follows a redirect, never uses a proxy from the environment. Thread-safe."""

    def __init__(
        self, meanings: Meanings, *, verify: ssl.SSLContext | bool = True, timeout_s: float = 10.0
    ) -> None:
        self._meanings = meanings
        self._client = httpx.Client(
            verify=verify,
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "notices/1"},
        )

    def post(
        self,
        url: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None = None,
        now: datetime,
    ) -> None:
        """Return when the server took it. Raises TransportError."""
        try:
            # The answer's status is all that is looked at: nothing a server says is kept or shown.
            with self._client.stream(
                "POST", url, content=content, headers=dict(headers), auth=auth
            ) as answer:
                status, retry_after = answer.status_code, answer.headers.get("retry-after")
        except httpx.TimeoutException:
            raise TransportError("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportError(f"no connection ({type(error).__name__})") from None
        if not 200 <= status < 300:
            raise self._error(status, retry_after, now)

    def _error(self, status: int, retry_after: str | None, now: datetime) -> TransportError:
        says = f"HTTP {status}"
        if status in self._meanings.refuses_place:
            return TransportError(says, permanent=True, disables=True)
        if status in self._meanings.refuses_channel:
            return TransportError(says, blames_channel=True)
        if status in _TRY_AGAIN or status >= 500:
            return TransportError(says, retry_after_s=seconds_to_wait(retry_after, now))
        return TransportError(says)


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """The seconds a Retry-After header asks for (a number or a date, RFC 9110 10.2.3); None when it says neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None

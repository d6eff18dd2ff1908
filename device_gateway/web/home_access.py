"""Who on the home network may see the page: a phone that was once told the code. Off unless it is opened to the home.

The code stands in a file for its owner only and is shown by `nykter gateway phone`. Who types it gets a cookie; a new
code ends all of them. The home network is spoken to in plain HTTP, as nobody there could check a certificate.
"""

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from device_gateway.errors import SettingsError

COOKIE: Final = "nykter_home"
FILE: Final = "page.code"
_DIGITS: Final = 10
_TRIES: Final = 5
_PER_S: Final = 60.0


@dataclass(slots=True)
class HomeAccess:
    """The code in force. Ten digits and five tries a minute: a thousand years for half of them."""

    code: str
    secret: str
    monotonic_s: Callable[[], float]
    _tried: list[float] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, monotonic_s: Callable[[], float], *, new: bool = False) -> "HomeAccess":
        """The folder's code, made when there is none or a new one is wanted. Raises SettingsError."""
        path = folder / FILE
        try:
            if new or not path.exists():
                _write(path, f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d} {secrets.token_urlsafe(32)}\n")
            code, secret = path.read_text(encoding="ascii").split()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{path} cannot be used; `nykter gateway phone --new` makes another one"
            ) from error
        return cls(code, secret, monotonic_s)

    def try_code(self, typed: str) -> bool | None:
        """Whether it is the code; None when it was tried too often and must wait a minute."""
        now_s = self.monotonic_s()
        self._tried = [at for at in self._tried if now_s - at < _PER_S]
        if len(self._tried) >= _TRIES:
            return None
        given = "".join(one for one in typed if one.isdecimal() and one.isascii())
        if hmac.compare_digest(given.encode(), self.code.encode()):
            return True
        self._tried.append(now_s)
        return False

    def knows(self, cookie: str | None) -> bool:
        """Whether a phone was let in."""
        return cookie is not None and hmac.compare_digest(cookie.encode(), self.secret.encode())


def is_this_machine(address: str) -> bool:
    """Whether a request came from the machine itself."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_at_home(address: str) -> bool:
    """Whether a request came from a network of private addresses: the page is never for the internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_private or found.is_link_local


def is_a_home_name(host: str) -> bool:
    """Whether a page asked for by this name can only be ours: an address, or a name the home gives (`.local`).

    A name of the internet may be pointed at a home by a stranger, whose page would then be taken for this one.
    """
    try:
        return is_at_home(str(ip_address(host)))
    except ValueError:
        return host.endswith((".local", ".home.arpa"))


def _write(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    draft.replace(path)

"""What our cookies are called, for the pages and the API alike."""

from typing import Literal

CookieKind = Literal["login", "step", "known", "phone", "holder", "language"]


def cookie_name(kind: CookieKind, *, is_secure: bool) -> str:
    """The cookie's name; with the `__Host-` prefix where it is sent over TLS only.

    Browsers take such a name from this host over TLS and from nobody else: neither another host of the domain nor
    somebody on a plain connection can put a login of theirs in.
    """
    return f"__Host-nykter_{kind}" if is_secure else f"nykter_{kind}"

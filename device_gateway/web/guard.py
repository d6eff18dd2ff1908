"""Who may ask this page for what: this machine's own browser and programs, phones let in; nobody else's pages."""

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device_gateway.web.home_access import COOKIE, HomeAccess, is_a_home_name, is_at_home, is_this_machine

OPENING = "/open"
"""Where a phone is told the code."""
TOKEN_HEADER = "x-nykter-token"  # noqa: S105 - the header's name
SECURITY_HEADERS = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_BROWSER_HEADERS = ("origin", "sec-fetch-site", "referer")


def new_token() -> str:
    """A token for one life of the process."""
    return secrets.token_urlsafe(24)


def same_origin(headers: Headers) -> bool:
    """Whether a browser's own headers say the request comes from this page (or from no page at all)."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def may_post_json(headers: Headers, token: str) -> bool:
    """Whether a JSON POST may be obeyed.

    A browser must come from this page and carry the token. A local program (none of a browser's headers) needs
    no token: what forges requests is a foreign page, and a page cannot leave out its browser's headers.
    """
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return False
    if not any(name in headers for name in _BROWSER_HEADERS):
        return True
    return same_origin(headers) and token_matches(headers.get(TOKEN_HEADER, ""), token)


def token_matches(given: str, token: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(given.encode(), token.encode())


class LocalOnly:
    """ASGI middleware: who may come in, by which name (DNS rebinding); and the security headers.

    With `home`, also whoever on the home network was let in by the code; without, this machine alone.
    """

    def __init__(self, app: ASGIApp, home: HomeAccess | None = None) -> None:
        self._app, self._home = app, home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        address = str((scope.get("client") or ("", 0))[0])
        if is_this_machine(address):
            return None if name in _LOCAL_NAMES else PlainTextResponse("Not here.", 421)
        if self._home is None or not is_at_home(address) or not is_a_home_name(name):
            return PlainTextResponse("Not here.", 421)
        if scope["path"] == OPENING or scope["path"].startswith("/static/"):
            return None
        if self._home.knows(cookie_parser(headers.get("cookie", "")).get(COOKIE)):
            return None
        if scope["method"] == "GET" and not scope["path"].startswith("/api/"):
            return RedirectResponse(OPENING, 303)
        return PlainTextResponse("The code is needed first.", 401)

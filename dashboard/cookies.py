"""Our cookies and what the sign-in pages need of a request. All are HttpOnly, SameSite=Lax and for this host only.

login   who is signed in                  step    a sign-in under way
known   somebody signed in here before    phone   a client's phone that was let in
holder  a passkey or identity request of this browser
language  the language chosen here
"""

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from backend.cookies import CookieKind, cookie_name
from backend.services import auth
from backend.services.identity_provider import IdentityProvider
from backend.services.passkeys import Site
from backend.services.phones import COOKIE_LIFE
from backend.services.sign_in_steps import KNOWN_FOR, Asker, SignInPolicy, StepNeeded
from backend.services.views import LoginResult

_HOLDER_S = 600
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def name_of(request: Request, kind: CookieKind) -> str:
    """The cookie's name; with the `__Host-` prefix where it is only sent over TLS."""
    return cookie_name(kind, is_secure=request.app.state.cookie_secure)


def value_of(request: Request, kind: CookieKind) -> str:
    """The cookie's value; empty when there is none."""
    return request.cookies.get(name_of(request, kind), "")


def put(
    request: Request,
    answer: Response,
    kind: CookieKind,
    value: str,
    *,
    expires: datetime | None = None,
    max_age: int | None = None,
) -> None:
    """Set one of our cookies."""
    answer.set_cookie(
        name_of(request, kind),
        value,
        expires=expires,
        max_age=max_age,
        path="/",
        secure=request.app.state.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, answer: Response, kind: CookieKind) -> None:
    """Take one of our cookies away."""
    answer.delete_cookie(
        name_of(request, kind),
        path="/",
        secure=request.app.state.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def machine_now(request: Request) -> datetime:
    """Real time, which logins go by."""
    now: datetime = request.app.state.machine_clock.now()
    return now


def policy_of(request: Request) -> SignInPolicy:
    """What this deployment asks for."""
    policy: SignInPolicy = request.app.state.sign_in_policy
    return policy


def provider_of(request: Request) -> IdentityProvider | None:
    """The identity provider, where there is one."""
    provider: IdentityProvider | None = request.app.state.identity_provider
    return provider


def asker_of(request: Request) -> Asker:
    """Where the request comes from. Of the browser only its family and system are kept."""
    address = request.client.host if request.client else ""
    return Asker(address, browser_of(request.headers.get("user-agent", "")), value_of(request, "known"))


def browser_of(user_agent: str) -> str:
    """A browser in words that its owner knows it by: Firefox, Windows."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    return ", ".join(word for word in (browser, system) if word)


def site_of(request: Request) -> Site:
    """The site as browsers name it: as the deployment says, else as the browser asked for it."""
    public: str | None = request.app.state.public_url
    if public:
        parts = urlsplit(public)
        return Site(f"{parts.scheme}://{parts.netloc}")
    scheme = "https" if request.app.state.cookie_secure else request.url.scheme
    return Site(f"{scheme}://{request.headers.get('host', '')}")


def holder_of(request: Request) -> str:
    """This browser's secret for a request that comes back to it, a new one where it has none."""
    return value_of(request, "holder") or secrets.token_urlsafe(32)


def put_holder(request: Request, answer: Response, holder: str) -> None:
    """Let the browser keep its secret for ten minutes."""
    put(request, answer, "holder", holder, max_age=_HOLDER_S)


def with_login(request: Request, answer: Response, login: LoginResult) -> Response:
    """Give the browser its new login. One it came with ends, and so does the step."""
    former = value_of(request, "login")
    if former:
        auth.sign_out(request.app.state.db, former, now=machine_now(request))
    put(request, answer, "login", login.token, expires=login.ends_at)
    if login.known_browser:
        put(request, answer, "known", login.known_browser, max_age=int(KNOWN_FOR.total_seconds()))
    for kind in ("step", "holder"):
        drop(request, answer, kind)
    return answer


def renewed(request: Request, answer: Response, login: LoginResult) -> Response:
    """Give the browser the new secret of the login it has."""
    put(request, answer, "login", login.token, expires=login.ends_at)
    return answer


def with_phone(request: Request, answer: Response, secret: str) -> None:
    """Let a client's phone keep its next secret."""
    put(request, answer, "phone", secret, max_age=int(COOKIE_LIFE.total_seconds()))


STEP_PATHS = {"second_factor": "/login/second", "enrol": "/login/enrol", "password": "/login/password"}
"""Where each step goes on."""


def next_step(request: Request, needed: StepNeeded, wanted: str = "/") -> RedirectResponse:
    """On to what still has to be shown."""
    answer = RedirectResponse(f"{STEP_PATHS[needed.kind]}{'' if wanted == '/' else f'?next={wanted}'}", 303)
    put(request, answer, "step", needed.token, expires=needed.ends_at)
    return answer

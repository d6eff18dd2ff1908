"""The web application on a free port of this machine, over a real database and a clock the test sets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import uvicorn

from backend.services.broker_access import BrokerAccess
from backend.services.identity_provider import ProviderSettings
from backend.services.sign_in_steps import OPTIONAL, SignInPolicy
from backend.store.pool import Database
from nykter.runtime.ports import free_port
from nykter.web import create_app
from tests.support.care import PASSWORD


@dataclass
class SetClock:
    """Shows what the test says."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def real_time_of(self, instant: datetime) -> datetime:
        return instant


@dataclass(frozen=True)
class Plain:
    """Settings for pages over plain http."""

    cookie_secure: bool = False
    sign_in_policy: SignInPolicy = OPTIONAL
    public_url: str | None = None
    identity_provider: ProviderSettings | None = None


@dataclass
class Web:
    """A running server."""

    url: str
    clock: SetClock
    server: "Server"
    opened: list[httpx.Client] = field(default_factory=list)

    def browser(self) -> httpx.Client:
        """Somebody who has not signed in."""
        client = httpx.Client(base_url=self.url, headers={"accept-language": "sv"}, timeout=30)
        self.opened.append(client)
        return client

    def signed_in(self, username: str, password: str = PASSWORD) -> httpx.Client:
        """Somebody who has."""
        client = self.browser()
        answer = client.post("/login", data={"username": username, "password": password})
        assert answer.status_code == 303, answer.text
        return client

    def bearer(self, username: str, password: str = PASSWORD) -> httpx.Client:
        """A program with a token."""
        client = self.browser()
        answer = client.post("/api/v1/logins", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return client


class Server:
    """The application in a thread; it can be stopped and started again on the same port."""

    def __init__(
        self,
        db: Database,
        clock: SetClock,
        broker_access: BrokerAccess | None = None,
        settings: Plain = Plain(),
    ) -> None:
        self._db, self._clock, self._broker_access, self._settings = db, clock, broker_access, settings
        self.port = free_port()

    def start(self) -> None:
        self._app = create_app(self._settings, self._db, self._clock, self._broker_access)
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self.port, log_level="warning", access_log=False,
            timeout_graceful_shutdown=3,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < until, "the web server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self._app.state.closing.set()
        self._server.should_exit = True
        self._thread.join(10)


@contextmanager
def running_web(
    db: Database,
    now: datetime,
    *,
    broker_access: BrokerAccess | None = None,
    settings: Plain = Plain(),
) -> Iterator[Web]:
    """Serve until the block ends."""
    clock = SetClock(now)
    server = Server(db, clock, broker_access, settings)
    server.start()
    web = Web(f"http://127.0.0.1:{server.port}", clock, server)
    try:
        yield web
    finally:
        for client in web.opened:
            client.close()
        server.stop()

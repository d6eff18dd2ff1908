"""The web application on a free port of this machine, over a real database and a clock the test sets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import uvicorn

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


@dataclass
class Web:
    """A running server."""

    url: str
    clock: SetClock
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


@contextmanager
def running_web(db: Database, now: datetime) -> Iterator[Web]:
    """Serve in a thread until the block ends."""
    clock = SetClock(now)
    port = free_port()
    config = uvicorn.Config(
        create_app(Plain(), db, clock), host="127.0.0.1", port=port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive() and time.monotonic() < until, "the web server did not start"
            time.sleep(0.02)
        web = Web(f"http://127.0.0.1:{port}", clock)
        yield web
        for client in web.opened:
            client.close()
    finally:
        server.should_exit = True
        thread.join(10)

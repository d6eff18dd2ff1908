"""Somebody at the pages, for measuring: a clinician, a web server in a thread, a browser without a screen."""

import http.client
import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlencode
from uuid import UUID

import uvicorn

from backend.access import SYSTEM, Principal
from backend.services import enrolment
from backend.services.sign_in_steps import OPTIONAL
from backend.store.pool import Database
from nykter.clock import SystemClock
from nykter.runtime.ports import LOOPBACK, free_port
from nykter.web import create_app

USERNAME = "bench"
_PASSWORD = secrets.token_urlsafe(16)


def made_clinician(db: Database, client_ids: Sequence[UUID], *, now: datetime) -> Principal:
    """A clinician of the tenant `bench` with a care relation to every one of these clients."""
    account_id = enrolment.create_account(
        db,
        SYSTEM,
        "bench",
        username=USERNAME,
        display_name="Bench",
        role="clinician",
        password=_PASSWORD,
        now=now,
    )
    for client_id in client_ids:
        enrolment.assign(db, SYSTEM, account_id, client_id, now=now)
    return Principal(account_id, "bench", "clinician", None, None, "Bench", "sv")


class _Plain:
    cookie_secure = False
    sign_in_policy = OPTIONAL
    public_url = None
    identity_provider = None


@contextmanager
def serving(db: Database) -> Iterator[int]:
    """The pages on a free port, which is yielded."""
    app = create_app(_Plain(), db, SystemClock())
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, host=LOOPBACK, port=port, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    try:
        yield port
    finally:
        app.state.closing.set()
        server.should_exit = True
        thread.join(10)


def credentials(username: str) -> dict[str, str]:
    """What the form for signing in asks for."""
    return {"username": username, "password": _PASSWORD}


class Visitor:
    """A signed-in connection that is kept open."""

    def __init__(self, port: int, username: str) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        body = urlencode(credentials(username))
        kind = {"content-type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/login", body, kind)
        answer = self._connection.getresponse()
        answer.read()
        cookie = answer.headers.get("set-cookie")
        if cookie is None:
            raise RuntimeError(f"sign-in answered {answer.status}")
        self._headers = {"cookie": cookie.partition(";")[0]}

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def changes(self, stop: threading.Event) -> Iterator[UUID]:
        """Clients of the live events, as they come, until `stop` is set or the stream ends."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=60)
        connection.request("GET", "/live", headers=self._headers)
        answer = connection.getresponse()
        while not stop.is_set() and (line := answer.readline()):
            if line.startswith(b"data: ") and (client_id := json.loads(line[6:]).get("client_id")):
                yield UUID(client_id)
        connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

"""`nykter demo` as a person starts it: a process group of its own, its output in a file, Ctrl-C to end it."""

import json
import os
import pwd
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from nykter.runtime.orphan import die_with_parent
from nykter.runtime.ports import LOOPBACK, free_port
from tests.support.processes import Process, started_by

_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them for plain HTTP costs 60 ms a time
_ROOT = Path(__file__).resolve().parents[2]


class DemoProcess:
    """One demo in `data`; can be started again after it has ended."""

    def __init__(
        self,
        data: Path,
        *,
        clients: int = 4,
        days: int = 10,
        port: int | None = None,
        account: pwd.struct_passwd | None = None,
        python: str = sys.executable,
        said_in: Path | None = None,
        **environment: str,
    ) -> None:
        """`account`: whom it runs as (root only); `said_in`: where its output and home lie, if not beside `data`.

        `environment` is added to ours.
        """
        self.data = data
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._home = said_in or data.parent
        self._said = self._home / f"{data.name}-{self.port}.txt"
        options = {"data": data, "port": self.port, "clients": clients, "days": days}
        self._command = [python, "-m", "nykter", "demo"]
        for name, value in options.items():
            self._command += [f"--{name}", str(value)]
        self._environment = {**os.environ, "PYTHONPATH": str(_ROOT), **environment}
        self._account: dict[str, Any] = {}
        if account is not None:
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            self._environment |= {"HOME": str(self._home), "USER": account.pw_name}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "DemoProcess":
        """Start it; returns at once."""
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=self._environment,
                cwd=self._home, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),
                **self._account,
            )  # fmt: skip
        return self

    def run(self, timeout_s: float = 60) -> int:
        """Start it where it is expected to refuse, and return its exit status."""
        return self.start().wait(timeout_s)

    @property
    def output(self) -> str:
        """What it printed."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    @property
    def started(self) -> frozenset[Process]:
        """What it has started that runs now."""
        return started_by(self._running.pid)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self, timeout_s: float) -> None:
        """Until GET /readyz answers 200."""
        self.wait_for(lambda: self._answer("/readyz") == httpx.codes.OK, timeout_s)

    def wait_for_words(self, words: str, timeout_s: float = 60) -> None:
        """Until it has printed these words."""
        self.wait_for(lambda: words in self.output, timeout_s)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert self.is_running, f"the demo ended:\n{self.output}"
            assert time.monotonic() < deadline, f"waited {timeout_s} s:\n{self.output}\n{self.logs}"
            time.sleep(0.05)

    def wait(self, timeout_s: float = 60) -> int:
        """Until it has ended; its exit status."""
        return self._running.wait(timeout_s)

    def press_ctrl_c(self) -> None:
        """What a terminal does: SIGINT to the whole foreground group."""
        os.killpg(self._running.pid, signal.SIGINT)

    def stop(self) -> int:
        """Ctrl-C, and its exit status."""
        if not self.is_running:
            return 0
        self.press_ctrl_c()
        return self.wait()

    def kill(self) -> None:
        """SIGKILL to the demo alone; what it started ends by itself."""
        if self.is_running:
            children = self.started
            self._running.kill()
            self._running.wait()
            wait_until_gone(children)

    @property
    def summary(self) -> dict[str, Any]:
        """What demo.json says."""
        content: dict[str, Any] = json.loads((self.data / "demo.json").read_text(encoding="utf-8"))
        return content

    @property
    def logs(self) -> str:
        """The last words of each process."""
        files = sorted((self.data / "logs").glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text('utf-8', 'replace')[-1500:]}" for file in files)

    @contextmanager
    def sign_in(self, who: str) -> Iterator[httpx.Client]:
        """A plain HTTP client with the cookie of one of the logins in demo.json."""
        with httpx.Client(base_url=self.url, timeout=30, verify=_NO_AUTHORITIES) as browser:
            answer = browser.post("/login", data=self.summary[who])
            assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
            yield browser

    def database(self) -> psycopg.Connection[Any]:
        """A connection of our own to its database, found by what the server itself writes down."""
        home = self.data / "postgres"
        if (location := home / "LOCATION").exists():
            home = Path(location.read_text(encoding="utf-8").strip())
        lines = (home / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        port, folder = lines[3], quote(lines[4], safe="")
        return psycopg.connect(f"postgresql://nykter@/nykter?host={folder}&port={port}")

    def _answer(self, path: str) -> int:
        try:
            return httpx.get(f"{self.url}{path}", timeout=5, verify=_NO_AUTHORITIES).status_code
        except httpx.HTTPError:
            return 0

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process


def wait_until_gone(processes: frozenset[Process], timeout_s: float = 25) -> None:
    """Raises AssertionError naming what still runs after a while."""
    deadline = time.monotonic() + timeout_s
    while left := [one for one in processes if one.is_alive()]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.05)

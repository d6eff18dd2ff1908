"""One of our own processes as a child: its own process group, its own log, gone when its parent is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nykter.errors import NykterError
from nykter.runtime.orphan import die_with_parent
from nykter.runtime.ports import wait_until

_LARGEST_LOG_BYTES = 10 * 1024 * 1024


class ChildProcess:
    """A command that can be started again after it died. Its environment is ours plus `environment`.

    `nykter_command` builds the command for one of our own subcommands. Start it from a thread that lives as long as
    the child should (see `orphan`).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_timeout_s: float = 10.0,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment or {})
        self._stop_timeout_s = stop_timeout_s
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process and self.is_running() else None

    def start(self) -> None:
        """Start it; returns at once. Raises NykterError when the program cannot be started at all."""
        if self.is_running():
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old"))
        packages = str(Path(__file__).resolve().parents[2])
        search_path = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": search_path, "PYTHONUNBUFFERED": "1", **self._environment}
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        except OSError as error:
            raise NykterError(
                f"{self.name} cannot be started ({self._command[0]}): {error.strerror}."
            ) from error
        finally:
            os.close(descriptor)

    def is_running(self) -> bool:
        """Whether it is alive."""
        return self._process is not None and self._process.poll() is None

    def last_words(self, characters: int = 600) -> str:
        """The end of its log."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-characters:].strip()
        except OSError:
            return ""

    def stop(self) -> None:
        """Ask it to end (SIGTERM to its whole group) and insist after a while. Safe to call twice."""
        if self._process is not None and self._process.poll() is None:
            self._signal_group(signal.SIGTERM)
            wait_until(lambda: not self.is_running(), self._stop_timeout_s)
        self.kill()

    def kill(self) -> None:
        """End it and whatever it started, as a crash would (SIGKILL)."""
        if self._process is not None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal_group(self, number: signal.Signals) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, number)  # its number is its group's: it leads a session of its own
        except (ProcessLookupError, PermissionError):
            return


def nykter_command(*arguments: str) -> list[str]:
    """The command line of one of our own subcommands, run by this interpreter."""
    return [sys.executable, "-m", "nykter", *arguments]

"""The log, taken in continuously: what is committed is in the archive seconds later, without settings of the server.

`pg_receivewal` writes what the server streams into the spool; this process seals it from there into the archive. The
server keeps what has not been taken in (a replication slot), so the stream may be away for a while and nothing is
missing afterwards.
"""

import logging
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from nykter.backup.archive import Archive
from nykter.backup.sealed import pieces_of, seal_file, sync_folder
from nykter.backup.server import DatabaseServer, last_line, program, run_program
from nykter.runtime.orphan import die_with_parent

log = logging.getLogger(__name__)

SLOT = "nykter_backup"
LOOK_EVERY_S = 1.0
"""How often the spool is looked at: the most that is lost with the database's machine, and little beside it."""
_WHOLE = re.compile(r"^[0-9A-F]{24}$|^[0-9A-F]{8}\.history$")
_PARTIAL = re.compile(r"^[0-9A-F]{24}\.partial$")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


class Stream:
    """One stream into one archive. `run` works until `stop`."""

    def __init__(self, server: DatabaseServer, archive: Archive, key: bytes) -> None:
        self._server, self._archive, self._key = server, archive, key
        self._receiving: subprocess.Popen[bytes] | None = None
        self._sealed_partial: tuple[str, int] = ("", 0)
        self._stopping = False

    def stop(self) -> None:
        """End `run` soon; what lies in the spool is sealed first. Safe from a signal handler."""
        self._stopping = True

    def run(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Take the log in until stopped, whatever the server does meanwhile. Raises NykterError at the start only."""
        self._archive.make()
        self.make_slot()
        pause_s = _FIRST_PAUSE_S
        while not self._stopping:
            if self._receiving is None or self._receiving.poll() is not None:
                if self._receiving is not None:
                    log.warning("the stream ended (%s); next attempt in %.0f s", self._last_words(), pause_s)
                    sleep(pause_s)
                    pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                self._receive()
            if self.seal_spool():
                pause_s = _FIRST_PAUSE_S
            sleep(LOOK_EVERY_S)
        self._end_receiving()
        self.seal_spool()

    def make_slot(self) -> None:
        """Have the server keep its log until it is taken in. Raises NykterError."""
        receive = str(program("pg_receivewal", self._server.facts().major))
        command = [receive, "--dbname", self._server.conninfo, "--no-password", "--slot", SLOT]
        run_program([*command, "--create-slot", "--if-not-exists"], self._server.environment, 60.0)

    def seal_spool(self) -> int:
        """Seal what is new in the spool; returns how many files that were."""
        count = 0
        for path in sorted(self._archive.spool.iterdir()):
            if _WHOLE.match(path.name):
                self._seal(path)
                (self._archive.wal / f"{path.name}.partial.sealed").unlink(missing_ok=True)
                path.unlink()
                count += 1
            elif _PARTIAL.match(path.name):
                count += self._seal_partial(path)
        return count

    def _seal_partial(self, path: Path) -> int:
        try:
            state = (path.name, path.stat().st_mtime_ns)
            if state == self._sealed_partial:
                return 0
            self._seal(path)
        except FileNotFoundError:
            return 0  # it became whole a moment ago and is taken next time
        self._sealed_partial = state
        return 1

    def _seal(self, path: Path) -> None:
        with path.open("rb") as file:
            seal_file(
                self._archive.wal / f"{path.name}.sealed", pieces_of(file), self._key, f"wal/{path.name}"
            )

    def _receive(self) -> None:
        sync_folder(self._archive.spool)
        command = [
            str(program("pg_receivewal", self._server.facts().major)), "--dbname", self._server.conninfo,
            "--no-password", "--directory", str(self._archive.spool), "--slot", SLOT, "--synchronous",
            "--status-interval", "1", "--no-loop",
        ]  # fmt: skip
        words = self._archive.spool / "receiving.log"
        with words.open("wb") as output:
            self._receiving = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._server.environment,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip

    def _end_receiving(self) -> None:
        if self._receiving is not None and self._receiving.poll() is None:
            self._receiving.send_signal(signal.SIGINT)
            try:
                self._receiving.wait(10.0)
            except subprocess.TimeoutExpired:
                self._receiving.kill()
                self._receiving.wait()

    def _last_words(self) -> str:
        return last_line((self._archive.spool / "receiving.log").read_text("utf-8", "replace"))


def drop_slot(server: DatabaseServer) -> None:
    """The server need keep nothing for this archive any more. Raises NykterError."""
    receive = str(program("pg_receivewal", server.facts().major))
    command = [receive, "--dbname", server.conninfo, "--no-password", "--slot", SLOT, "--drop-slot"]
    run_program(command, server.environment, 60.0)

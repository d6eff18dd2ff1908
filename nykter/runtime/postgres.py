"""An embedded PostgreSQL: our own launcher for server programs that were never installed on this machine."""

import contextlib
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount, account_for, private_folder
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.home import home_for
from nykter.runtime.orphan import die_with_parent
from nykter.runtime.ports import LOOPBACK, free_port, require_free_port, wait_until
from nykter.runtime.postgres_binaries import PostgresBinaries, binaries_for
from nykter.runtime.postgres_folder import (
    SUPERUSER,
    cluster_major,
    end_leftovers,
    explain_failure,
    initialise,
    require_space,
    server_environment,
    socket_folder,
)

_SOCKET_PORT = 5432  # only a part of the socket's name while nothing listens on TCP
_START_TIMEOUT_S = 60.0
_FAST_STOP_S = 20.0

# Durability is never traded away. The log says what went wrong but not in which row: rows are people.
_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # our queries are short; compiling them costs more than running them
    "max_connections": "100",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class EmbeddedPostgres:
    """One PostgreSQL server in a folder of its own, reached over a unix socket only we can open.

    `tcp` also listens on 127.0.0.1 (`tcp_port`, or a free one) with a generated password. Everything it writes is in
    `folder` (made 0700). As root the server runs as `postgres` or `nobody`. Start it from a thread that lives as long
    as the server should: on Linux it stops when that thread ends (see `orphan`).
    """

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        database: str = "nykter",
        tcp: bool = False,
        tcp_port: int | None = None,
        settings: Mapping[str, str] | None = None,
        start_timeout_s: float = _START_TIMEOUT_S,
    ) -> None:
        self._start_timeout_s = start_timeout_s
        self.folder = folder.absolute()
        self.database = database
        self._tcp = tcp or tcp_port is not None
        self._wanted_port = tcp_port
        self._settings = {**_SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FolderLock | None = None
        self._home: Path | None = None
        self._socket: Path | None = None
        self.port = tcp_port or _SOCKET_PORT
        self.binaries: PostgresBinaries | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the running server."""
        return self._process.pid if self._process and self.is_running() else None

    @property
    def log_path(self) -> Path:
        """Where the server writes what it has to say."""
        return self._started_home() / "postgres.log"

    def start(self) -> str:
        """Start the server, making its folder the first time, and return the URL of `database`.

        Raises NykterError in words for a full disk, a damaged or half-made folder, a port in use, a second starter.
        """
        if self.is_running():
            return self.url()
        account = account_for(("postgres",))
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        private_folder(self.folder, account)
        self._lock = self._lock or FolderLock(self.folder, "A database server")
        self._lock.acquire()
        try:
            self._start(account)
        except BaseException:
            self.kill()
            self._lock.release()
            raise
        return self.url()

    def url(self, database: str | None = None) -> str:
        """A connection URL (libpq) over the unix socket, for `database` or the one made at first start."""
        if self._socket is None:
            raise NykterError("The database server has not been started.")
        host = quote(str(self._socket), safe="")
        return f"postgresql://{SUPERUSER}@/{quote(database or self.database)}?host={host}&port={self.port}"

    def tcp_url(self, database: str | None = None) -> str:
        """The same over TCP on 127.0.0.1 with the generated password; only for a server started with `tcp`."""
        if not self._tcp:
            raise NykterError("This database server does not listen on TCP.")
        password = quote((self._started_home() / "password").read_text(encoding="utf-8"), safe="")
        return (
            f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/{quote(database or self.database)}"
        )

    def is_running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Shut down: open transactions are rolled back, everything committed is on disk. Safe to call twice."""
        if self._process is not None:
            for number, wait_s in ((signal.SIGINT, _FAST_STOP_S), (signal.SIGQUIT, 5.0)):
                if self._process.poll() is None:
                    self._process.send_signal(number)
                    wait_until(lambda: not self.is_running(), wait_s)
        self.kill()
        if self._socket is not None and self._socket.parent != self._home:
            # A crash may have left the socket in it; then it stays, and the next start uses it again.
            with contextlib.suppress(OSError):
                self._socket.rmdir()
        if self._lock is not None:
            self._lock.release()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL); the next start recovers from its log."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self, account: ServerAccount) -> None:
        home = self._home = home_for(self.folder, account)
        self.binaries = binaries_for(account, cluster_major(home))
        initialise(home, self.binaries, account, self.database)
        require_space(home)
        end_leftovers(home)
        self._socket = socket_folder(home, account)
        if self._tcp and self._wanted_port is None:
            self._wanted_port = free_port()
        if self._wanted_port is not None:
            self.port = require_free_port(self._wanted_port, "the database")
        log = home / "postgres.log"
        with log.open("wb") as output:
            account.give(log)
            log.chmod(0o600)
            self._process = subprocess.Popen(
                self._command(home), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=home,
                env=server_environment(), start_new_session=True, preexec_fn=die_with_parent(signal.SIGINT),
                **account.popen_options(),
            )  # fmt: skip
        ready = wait_until(
            lambda: not self.is_running() or self._says_ready(home), self._start_timeout_s, 0.01
        )
        if not ready or not self.is_running():
            said = log.read_text(encoding="utf-8", errors="replace")
            raise NykterError(f"The database did not start. {explain_failure(said)} (Its log: {log})")

    def _command(self, home: Path) -> list[str]:
        assert self.binaries is not None
        settings = {
            **self._settings,
            "listen_addresses": LOOPBACK if self._tcp else "",
            "port": str(self.port),
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.binaries.bin / "postgres"), "-D", str(home / "cluster"), *options]

    def _says_ready(self, home: Path) -> bool:
        """The server keeps its state in the eighth line of its pid file, for exactly this question."""
        try:
            lines = (home / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        assert self._process is not None
        return len(lines) >= 8 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready"

    def _started_home(self) -> Path:
        if self._home is None:
            raise NykterError("The database server has not been started.")
        return self._home

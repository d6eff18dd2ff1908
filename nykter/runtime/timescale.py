"""A real TimescaleDB for tests and measurements: a small Debian tree of its own, entered with chroot (root only).

Debian 13 packages TimescaleDB's Apache edition for PostgreSQL 17; neither Debian 12 nor any wheel does. The tree is
built once per machine with debootstrap from the package mirror this machine already uses, which is asked for at run
time and written nowhere.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from nykter.errors import NykterError
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.ports import LOOPBACK, free_port, wait_until

_RELEASE = "trixie"
_PACKAGE = "postgresql-17-timescaledb"
_BIN = "/usr/lib/postgresql/17/bin"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_SUPERUSER = "nykter"
_BUILD_TIMEOUT_S = 900.0


def tree_path() -> Path:
    """Where the Debian tree is, or will be: in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "nykter" / "timescaledb" / f"{_RELEASE}-17"


def why_unavailable() -> str | None:
    """Why a real TimescaleDB cannot be started here, in words; None when it can."""
    if os.uname().sysname != "Linux":
        return "TimescaleDB is started in a Debian tree, which needs Linux"
    if os.geteuid() != 0:
        return "TimescaleDB is started in a Debian tree, which only root can enter"
    if tree_is_built():
        return None
    if shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:{_PATH}") is None:
        return "debootstrap is not installed, so the Debian tree with TimescaleDB cannot be built"
    return None


def tree_is_built() -> bool:
    """Whether the tree is there and whole (its last step leaves a mark)."""
    return (tree_path() / "etc" / "nykter-built").exists()


def build_tree() -> Path:
    """Build the tree when it is missing, under a lock against a second builder; about a minute, 600 MB.

    Raises NykterError with debootstrap's last words.
    """
    tree = tree_path()
    if tree_is_built():
        return tree
    if reason := why_unavailable():
        raise NykterError(f"{reason}.")
    tree.parent.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(tree.parent, "The TimescaleDB tree's builder", "build.lock")
    _acquire_patiently(lock)
    try:
        if not tree_is_built():
            draft = Path(tempfile.mkdtemp(dir=tree.parent, prefix=".build-"))
            try:
                _debootstrap(draft)
                draft.chmod(0o755)  # inside, this is the root folder, which the server's account must enter
                shutil.rmtree(tree, ignore_errors=True)
                draft.rename(tree)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    finally:
        lock.release()
    return tree


class TimescaleServer:
    """A throw-away TimescaleDB on a free port of 127.0.0.1, with fsync on; its data goes when it stops.

    `in_memory`: its data lie in a file system of memory where one may be mounted. Tests make and drop a database each,
    which on a busy disk takes seconds instead of a tenth of one.
    """

    name = "timescaledb"

    def __init__(self, database: str = "nykter", *, in_memory: bool = False) -> None:
        self.database = database
        self._in_memory = in_memory
        self.port = 0
        self._password = secrets.token_urlsafe(18)
        self._process: subprocess.Popen[bytes] | None = None
        self._data: Path | None = None
        self._lock: FolderLock | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the running server."""
        return self._process.pid if self._process and self.is_running() else None

    def start(self) -> str:
        """Build the tree if needed, start a fresh server and return the URL of `database`. Raises NykterError."""
        if self.is_running():
            return self.url()
        tree = build_tree()
        home = tree / "var" / "lib" / "nykter"
        home.mkdir(mode=0o755, exist_ok=True)
        # One at a time from clearing to the folder's own lock: a folder not locked yet looks like a leftover.
        entrance = FolderLock(home, "A TimescaleDB starting", "entrance.lock")
        _acquire_patiently(entrance)
        try:
            _clear_leftovers(home)
            self._data = Path(tempfile.mkdtemp(dir=home, prefix="cluster-"))
            if self._in_memory:
                _mount_memory(self._data)
            self._lock = FolderLock(self._data, "A TimescaleDB", "nykter.lock")
            self._lock.acquire()
        finally:
            entrance.release()
        try:
            self._initialise(tree)
            self._launch(tree)
        except BaseException:
            self.stop()
            raise
        return self.url()

    def url(self, database: str | None = None) -> str:
        """A connection URL (libpq) over TCP."""
        return (
            f"postgresql://{_SUPERUSER}:{quote(self._password, safe='')}@{LOOPBACK}:{self.port}"
            f"/{quote(database or self.database)}"
        )

    def is_running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server and remove its data. Safe to call twice."""
        if self._process is not None:
            for number, wait_s in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
                if self.is_running():
                    self._process.send_signal(number)
                    wait_until(lambda: not self.is_running(), wait_s)
            self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.release()
        if self._data is not None:
            _remove(self._data)
            self._data = None

    def _initialise(self, tree: Path) -> None:
        assert self._data is not None
        account = _account_in(tree)
        os.chown(self._data, *account)
        password_file = self._data / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password, encoding="utf-8")
        os.chown(password_file, *account)
        inside = f"/{self._data.relative_to(tree)}/data"
        shape = ["-U", _SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        try:
            _in_tree(
                tree,
                [f"{_BIN}/initdb", "-D", inside, *shape, f"--pwfile=/{password_file.relative_to(tree)}"],
            )
            single = [f"{_BIN}/postgres", "--single", "-D", inside, "postgres"]
            _in_tree(tree, single, text=f'CREATE DATABASE "{self.database}"\n')
        finally:
            password_file.unlink()

    def _launch(self, tree: Path) -> None:
        assert self._data is not None
        self.port = free_port()
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_preload_libraries": "timescaledb",
            "timescaledb.telemetry_level": "off",
            # The Apache edition has no policies to run; its scheduler would only hold databases open.
            "timescaledb.max_background_workers": "0",
            "dynamic_shared_memory_type": "mmap",
            "max_connections": "100",
            "timezone": "UTC",
            "jit": "off",
            "fsync": "on",
        }
        inside = f"/{self._data.relative_to(tree)}/data"
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        log = self._data / "postgres.log"
        uid, gid = _account_in(tree)
        # setpriv asks for the parent's death signal after it changed user, where the request survives.
        drop = [
            "/usr/bin/setpriv",
            f"--reuid={uid}",
            f"--regid={gid}",
            "--clear-groups",
            "--pdeathsig",
            "INT",
        ]
        command = [_chroot(), str(tree), *drop]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, f"{_BIN}/postgres", "-D", inside, *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=_environment(), cwd="/",
                start_new_session=True,
            )  # fmt: skip
        pid_file = self._data / "data" / "postmaster.pid"
        wait_until(lambda: not self.is_running() or _says_ready(pid_file), 60.0)
        if not self.is_running() or not _says_ready(pid_file):
            said = log.read_text(encoding="utf-8", errors="replace")[-1500:]
            raise NykterError(f"TimescaleDB did not start. Its last words:\n{said}")


def _debootstrap(draft: Path) -> None:
    program = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:{_PATH}")
    assert program is not None
    leave_out = "locales-all"  # 350 MB that C.UTF-8 makes unnecessary
    command = [
        program,
        "--variant=minbase",
        f"--include={_PACKAGE}",
        f"--exclude={leave_out}",
        _RELEASE,
        str(draft),
    ]
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C",
        "PATH": f"{_PATH}:{os.environ['PATH']}",
    }
    outcome = subprocess.run(
        [*command, _package_mirror()], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        timeout=_BUILD_TIMEOUT_S, env=environment,
    )  # fmt: skip
    if outcome.returncode != 0:
        raise NykterError(
            "The Debian tree could not be built. debootstrap said:\n" + _without_hosts(outcome.stdout[-1500:])
        )
    for archive in (draft / "var" / "cache" / "apt" / "archives").glob("*.deb"):
        archive.unlink()
    # Addresses of this machine's mirror stay out of what is kept.
    (draft / "etc" / "apt" / "sources.list").unlink(missing_ok=True)
    (draft / "etc" / "nykter-built").write_text(f"{_RELEASE}\n", encoding="ascii")


def _package_mirror() -> str:
    """The mirror this machine's own package manager uses for Debian itself."""
    outcome = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )  # fmt: skip
    for line in outcome.stdout.splitlines():
        if re.search(r"/debian/?$", line.strip()):
            return line.strip()
    raise NykterError("This machine's package manager names no Debian mirror; run apt-get update first.")


def _without_hosts(text: str) -> str:
    return re.sub(r"\w+://\S+", "(mirror)", text)


def _acquire_patiently(lock: FolderLock) -> None:
    """Another test run may be building the same tree: wait for it instead of failing."""
    failure: list[NykterError] = []

    def taken() -> bool:
        try:
            lock.acquire()
        except NykterError as error:
            failure[:] = [error]
            return False
        return True

    if not wait_until(taken, _BUILD_TIMEOUT_S, 0.5):
        raise failure[0]


def _clear_leftovers(home: Path) -> None:
    """End servers and remove data of test runs that were killed; those of living runs are locked and left alone."""
    for data in home.glob("cluster-*"):
        lock = FolderLock(data, "A TimescaleDB", "nykter.lock")
        try:
            lock.acquire()
        except (NykterError, OSError):
            continue
        _end_server_in(data / "data")
        lock.release()
        _remove(data)


def _mount_memory(folder: Path) -> None:
    """Where it may not be mounted the folder stays as it is, on the disk."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "mode=0755", "nykter-test", str(folder)], capture_output=True
    )


def _remove(data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    if data.is_mount():
        subprocess.run(["umount", str(data)], capture_output=True)
        shutil.rmtree(data, ignore_errors=True)


def _end_server_in(cluster: Path) -> None:
    try:
        pid = int((cluster / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        if cluster.samefile(f"/proc/{pid}/cwd"):
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not Path(f"/proc/{pid}").exists(), 10.0)
    except (OSError, ValueError, IndexError):
        return


def _account_in(tree: Path) -> tuple[int, int]:
    for line in (tree / "etc" / "passwd").read_text(encoding="utf-8").splitlines():
        fields = line.split(":")
        if fields[0] == "postgres":
            return int(fields[2]), int(fields[3])
    raise NykterError(f"The tree {tree} has no postgres account; remove it and start again.")


def _in_tree(tree: Path, command: list[str], text: str = "") -> None:
    uid, gid = _account_in(tree)
    outcome = subprocess.run(
        [_chroot(), f"--userspec={uid}:{gid}", "--groups=", str(tree), *command], input=text, capture_output=True,
        text=True, errors="replace", env=_environment(), cwd="/", timeout=120,
    )  # fmt: skip
    if outcome.returncode != 0:
        raise NykterError(
            f"{command[0]} failed in the Debian tree:\n{(outcome.stderr + outcome.stdout)[-1500:]}"
        )


def _chroot() -> str:
    return shutil.which("chroot", path=f"{os.environ.get('PATH', '')}:{_PATH}") or "/usr/sbin/chroot"


def _environment() -> dict[str, str]:
    return {"PATH": _PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _says_ready(pid_file: Path) -> bool:
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"

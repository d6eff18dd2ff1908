"""The folder of an embedded PostgreSQL: made whole or not at all, and understood when something is wrong with it."""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount, private_folder, write_private
from nykter.runtime.orphan import die_with_parent
from nykter.runtime.ports import wait_until
from nykter.runtime.postgres_binaries import PostgresBinaries

SUPERUSER = "nykter"
_SMALLEST_FREE_SPACE_BYTES = 300 * 1024 * 1024
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.65535")

# What the server's own log says, and what that means for the person who started it.
_KNOWN_FAILURES = (
    (
        "No space left on device",
        "The disk is full, so the database cannot run. Free some space and start again.",
    ),
    ("Address already in use", "The database's port is in use by another program."),
    ("could not bind", "The database cannot listen on its address; another program may be using it."),
    ("pre-existing shared memory block", "Processes of an earlier database still run in this folder."),
    ("database files are incompatible", "The database folder was made by another version of PostgreSQL."),
    (
        "could not open file",
        "The database folder is damaged (a file is missing). Restore a backup or remove it.",
    ),
    (
        "invalid checkpoint",
        "The database folder is damaged (no valid checkpoint). Restore a backup or remove it.",
    ),
    ("could not locate a valid checkpoint", "The database folder is damaged. Restore a backup or remove it."),
    ("invalid data in file", "The database folder is damaged. Restore a backup or remove it."),
    ("incorrect checksum", "The database folder is damaged (wrong checksum). Restore a backup or remove it."),
    (
        "recovery ended before configured recovery target was reached",
        "The log in the archive ends before the moment asked for; `nykter backup list` says how far it reaches.",
    ),
    ("Permission denied", "The database's account may not read its own folder."),
)


def socket_folder(home: Path, account: ServerAccount) -> Path:
    """A 0700 folder for the unix socket: in `home`, or in the temporary folder where `home` is too long a path."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
        return private_folder(inside, account)
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"nykter-{digest}"
    if len(os.fsencode(short)) > _LONGEST_SOCKET_FOLDER:
        short = Path("/tmp") / short.name  # noqa: S108 - private_folder refuses a folder not ours
    return private_folder(short, account)


def initialise(home: Path, binaries: PostgresBinaries, account: ServerAccount, database: str) -> None:
    """Make `home/cluster` with an empty `database`, unless it is there. Raises NykterError in words.

    Made under another name and renamed when complete: a start killed half-way leaves nothing that looks whole.
    """
    cluster, draft = home / "cluster", home / "cluster.new"
    if cluster.exists():
        return
    require_space(home)
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft, account)
    password = home / "password"
    write_private(password, new_password(), account)
    options = ["-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256"]
    command = [
        str(binaries.bin / "initdb"),
        "-D",
        str(draft),
        *options,
        f"--pwfile={password}",
        "--no-instructions",
    ]
    _run(command, account, home)
    single = [str(binaries.bin / "postgres"), "--single", "-D", str(draft), "postgres"]
    _run(single, account, home, text=f'CREATE DATABASE "{database}"\n')
    draft.rename(cluster)


def new_password() -> str:
    """A password nobody has to remember."""
    return secrets.token_urlsafe(24)


def cluster_major(home: Path) -> int | None:
    """The PostgreSQL version `home/cluster` was made by, or None before there is one."""
    marker = home / "cluster" / "PG_VERSION"
    try:
        return int(marker.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        if (home / "cluster").exists():
            raise NykterError(
                f"{home / 'cluster'} is not a whole database (PG_VERSION is missing). "
                "Restore a backup or remove the folder."
            ) from None
        return None
    except (ValueError, OSError) as error:
        raise NykterError(
            f"{marker} cannot be understood ({error}). Restore a backup or remove the folder."
        ) from error


def require_space(folder: Path) -> None:
    """Raises NykterError when too little disk space is left to start a database."""
    free = shutil.disk_usage(folder).free
    if free < _SMALLEST_FREE_SPACE_BYTES:
        raise NykterError(
            f"Only {free // 2**20} MB are free for {folder}; the database needs at least "
            f"{_SMALLEST_FREE_SPACE_BYTES // 2**20} MB. Free some space and start again."
        )


def end_leftovers(home: Path) -> None:
    """End a server that still runs in `home/cluster` after its parent was killed, and clear its stale pid file.

    Only called while holding the folder's lock, so the server belongs to nobody.
    """
    pid_file = home / "cluster" / "postmaster.pid"
    postmaster = _pid_in(pid_file)
    running = list(_processes_in(home / "cluster"))
    if postmaster in running:
        for polite, wait_s in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            _signal(postmaster, polite)
            if wait_until(lambda: postmaster not in _processes_in(home / "cluster"), wait_s):
                break
    # Backends of a killed postmaster notice within moments; a new server must not start beside them.
    if not wait_until(lambda: not any(_processes_in(home / "cluster")), 10.0):
        raise NykterError(
            f"Processes of an earlier database still run in {home}. Wait a moment, then start again."
        )
    if postmaster is not None and Path("/proc/self").exists():
        # Its number may by now belong to an unrelated process, which PostgreSQL would take for a running server.
        pid_file.unlink(missing_ok=True)


def explain_failure(log_text: str) -> str:
    """What the last lines of a server log mean, in words; the last line itself when it is nothing we know."""
    tail = log_text[-4000:]
    for sign, meaning in _KNOWN_FAILURES:
        if sign in tail:
            return meaning
    lines = [line for line in tail.splitlines() if line.strip()]
    return lines[-1] if lines else "It left no message."


def server_environment() -> dict[str, str]:
    """The whole environment of the server's programs: nothing of ours leaks in."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], account: ServerAccount, home: Path, text: str = "") -> None:
    # In a session of its own: Ctrl-C is for us, and we end once the folder is whole.
    try:
        outcome = subprocess.run(
            command, input=text, capture_output=True, text=True, errors="replace", cwd=home, env=server_environment(),
            timeout=120, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM), **account.popen_options()
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NykterError(f"The database folder {home} could not be made: {error}.") from error
    if outcome.returncode != 0:
        said = outcome.stderr + outcome.stdout
        raise NykterError(f"The database folder {home} could not be made. {explain_failure(said)}")


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="ascii").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _processes_in(cluster: Path) -> Iterator[int]:
    """Every process whose working folder is `cluster`: PostgreSQL's processes all stand there. Linux only."""
    try:
        wanted = cluster.stat()
    except OSError:
        return
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found = (entry / "cwd").stat()
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
            yield int(entry.name)


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return

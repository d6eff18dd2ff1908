"""Python, packages, programs, disk, folder and port of this machine."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nykter.diagnosis.finding import Finding, fault, note, ok
from nykter.errors import NykterError
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.ports import free_port, port_is_free

# One package stands for each extra: with it the whole extra is there.
_EXTRAS = {"server": "psycopg", "gateway": "bleak", "model": "scikit-learn", "demo": "amqtt"}
_LEAST_FREE_BYTES = 500 * 1024 * 1024
_SBIN = "/usr/sbin:/sbin:/usr/local/sbin"


def python_and_packages() -> Iterator[Finding]:
    """The interpreter and which parts of Nykter are installed."""
    here = f"Python {platform.python_version()} at {sys.prefix}"
    yield ok("python", here)
    absent = [extra for extra, package in _EXTRAS.items() if not _is_installed(package)]
    if absent:
        yield note(
            "packages", f"not installed: {', '.join(absent)}", "make demo installs everything into .venv"
        )
    else:
        yield ok("packages", f"all parts: {', '.join(_EXTRAS)}")


def programs() -> Iterator[Finding]:
    """Programs of the system that Nykter can use."""
    wanted = {
        "chromium": ("browser tests are skipped", "apt-get install chromium"),
        "dbus-daemon": ("no virtual Bluetooth breathalyzer in the demo", "apt-get install dbus-daemon"),
    }
    for name, (consequence, remedy) in wanted.items():
        path = _program(name)
        yield ok(name, path) if path else note(name, f"not installed: {consequence}", remedy)


def data_folder(folder: Path) -> Iterator[Finding]:
    """Whether the demo's data can be written, whether somebody uses it, and whether there is room."""
    existing = next((path for path in (folder, *folder.absolute().parents) if path.is_dir()), Path("/"))
    free = shutil.disk_usage(existing).free
    room = f"{free / 2**30:.1f} GB free where {folder} lies"
    if free < _LEAST_FREE_BYTES:
        yield fault("disk space", room, "Free some space, or choose another folder with DATA=.")
    else:
        yield ok("disk space", room)
    if not _is_writable(existing):
        yield fault("data folder", f"{existing} cannot be written", "Choose a folder of your own with DATA=.")
    elif not folder.exists():
        yield ok("data folder", f"{folder} does not exist yet; the demo makes it")
    else:
        yield _use_of(folder)


def web_port(port: int) -> Iterator[Finding]:
    """Whether the web pages can be served on `port`."""
    try:
        free = port_is_free(port)
    except NykterError as error:
        yield fault("port", str(error), "Choose another port with PORT=.")
        return
    if free:
        yield ok("port", f"{port} is free for the web pages")
    else:
        yield note(
            "port",
            f"{port} is in use (by a running Nykter, or another program)",
            f"make demo PORT={free_port()}",
        )


def _use_of(folder: Path) -> Finding:
    lock_file = folder / "lock"
    if lock_file.exists():
        lock = FolderLock(folder, "Nykter")
        try:
            lock.acquire()
        except NykterError as error:
            return note("data folder", str(error))
        except OSError as error:
            return fault("data folder", f"{lock_file}: {error.strerror}", "Run as the user it belongs to.")
        lock.release()
    return ok("data folder", f"{folder} is there and not in use")


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _program(name: str) -> str | None:
    others = {"chromium": ("chromium-browser", "google-chrome")}
    for candidate in (name, *others.get(name, ())):
        path: str | None = shutil.which(candidate) or shutil.which(candidate, path=_SBIN)
        if path is not None:
            return path
    return None

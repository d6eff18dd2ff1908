"""A small volume for the database that can be filled to the last byte: a tmpfs, which only root can mount."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Volume:
    """A folder; `can_fill` says whether it is a volume of its own."""

    def __init__(self, path: Path, *, can_fill: bool) -> None:
        self.path, self.can_fill = path, can_fill
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (2**20, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_volume(path: Path, megabytes: int) -> Iterator[Volume]:
    """A tmpfs at `path` where that is allowed; else a plain folder, and a full disk is left out of the run."""
    path.mkdir(mode=0o711)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "nykter-soak", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, timeout=30).returncode == 0
    except OSError:
        mounted = False
    try:
        yield Volume(path, can_fill=mounted)
    finally:
        if mounted:
            with suppress(subprocess.SubprocessError):
                subprocess.run(["umount", "--lazy", str(path)], capture_output=True, timeout=30)

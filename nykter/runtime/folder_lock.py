"""One owner at a time for a folder: a lock the kernel releases by itself when its holder dies, however it dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from nykter.errors import NykterError


class FolderLock:
    """An exclusive lock on a folder, held through the file `<folder>/<name>`; usable as a context manager.

    A file left behind by kill -9 means nothing: only the kernel's lock on it counts.
    """

    def __init__(self, folder: Path, purpose: str, name: str = "lock") -> None:
        self.path = folder / name
        self.purpose = purpose
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises NykterError when somebody has it (naming the process) or nobody may write there."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise NykterError(
                f"{self.path.parent} cannot be written: {error.strerror}. Choose another DATA folder."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise NykterError(
                f"{self.purpose} already runs in {self.path.parent} (process {holder}). "
                "Stop it, or choose another DATA folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two holders lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "FolderLock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

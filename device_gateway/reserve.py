"""Room kept free on the disk for the day it is full: given up so that readings still get in, and asked for again."""

import os
from contextlib import suppress
from pathlib import Path


class Reserve:
    """A file of zeros beside the outbox."""

    def __init__(self, database: Path, size_bytes: int) -> None:
        self._path = database.with_name(database.name + ".reserve")
        self.size_bytes = size_bytes

    @property
    def held(self) -> bool:
        """Whether the room is still there to be given up."""
        return self._path.exists()

    def take(self) -> bool:
        """Set the room aside; False when the disk does not have it."""
        if self.held:
            return True
        beside = self._path.with_name(self._path.name + ".new")
        try:
            with beside.open("wb") as file:
                os.chmod(beside, 0o600)  # noqa: PTH101 - before anything is in it
                file.write(bytes(self.size_bytes))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            return False
        return True

    def give_up(self) -> bool:
        """Free the room; False when there was none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

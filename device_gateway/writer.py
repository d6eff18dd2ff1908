"""Puts messages into the outbox in order, and keeps in memory what finds no room until there is some."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.topics import Kind
from device_gateway.errors import OutboxError
from device_gateway.outbox import Build, Outbox


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to write, the page's line for it, and the notes that change with it."""

    kind: Kind
    build: Build
    summary: Mapping[str, object]
    notes: Mapping[str, str | None] = field(default_factory=dict)


class Writer:
    """First in, first written."""

    def __init__(
        self, outbox: Outbox, on_written: Callable[[], None], on_trouble: Callable[[str], None]
    ) -> None:
        self._outbox, self._on_written, self._on_trouble = outbox, on_written, on_trouble
        self._unwritten: list[Wanted] = []

    @property
    def unwritten(self) -> int:
        """How much waits for room."""
        return len(self._unwritten)

    def write(self, wanted: Wanted) -> None:
        """Write it now or as soon as there is room. Raises ValueError for one that cannot be made at all."""
        self._unwritten.append(wanted)
        self.retry()

    def retry(self) -> None:
        """Write what waits, as far as there is room."""
        while self._unwritten:
            wanted = self._unwritten[0]
            try:
                self._outbox.write(wanted.kind, wanted.build, summary=wanted.summary, notes=wanted.notes)
            except OutboxError as error:
                self._on_trouble(error.code)
                return
            except ValueError:
                self._unwritten.pop(0)
                raise
            self._unwritten.pop(0)
            self._on_written()

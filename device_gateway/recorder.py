"""Keeps a run on disk while it lasts and makes it a reading when it has ended, with what follows from it."""

import logging
from collections.abc import Callable
from datetime import datetime

from contracts.base import Message
from contracts.clock import Clock
from contracts.reading import Identity
from contracts.topics import Kind
from device_gateway.errors import OutboxError
from device_gateway.journal import (
    CHAIN,
    OPEN_RUN,
    Journal,
    chain_from,
    chain_text,
    closed,
    journal_from,
    journal_text,
)
from device_gateway.messages import Origin, reading_of, value_of
from device_gateway.outbox import Outbox
from device_gateway.retest import Chain, RetestRules, level_of, next_chain, still_open
from device_gateway.test_run import Run
from device_gateway.writer import Wanted, Writer

log = logging.getLogger(__name__)


class Recorder:
    """Of one gateway."""

    def __init__(
        self,
        outbox: Outbox,
        writer: Writer,
        origin: Origin,
        clock: Clock,
        rules: Callable[[], RetestRules],
        on_trouble: Callable[[str], None],
        identity: Callable[[Run], Identity] = lambda _run: Identity.NOT_USED,
    ) -> None:
        self._outbox, self._writer, self._origin, self._clock = outbox, writer, origin, clock
        self._rules, self._trouble, self._identity = rules, on_trouble, identity

    def chain(self, now: datetime) -> Chain | None:
        """The retest chain that is open now."""
        return still_open(chain_from(self._outbox.note(CHAIN)), now)

    def keep(self, run: Run, at: datetime) -> None:
        """The run came to a new phase."""
        try:
            self._outbox.set_note(OPEN_RUN, journal_text(Journal(run, at)))
        except OutboxError as error:  # the run goes on; only a kill before its end would lose it
            self._trouble(error.code)

    def record(self, run: Run, at: datetime, clock_offset_ms: int | None) -> None:
        """Write a finished run as a reading, and what follows from it, in one transaction."""
        value = value_of(run)
        rules = self._rules()
        chain = next_chain(self.chain(at), run.purpose, value, at, rules)

        def build(boot_id: str, sequence: int) -> Message:
            return reading_of(
                run,
                self._origin,
                boot_id,
                sequence,
                measured_at=at,
                written_at=self._clock.now(),
                clock_offset_ms=clock_offset_ms,
                identity=self._identity(run),
            )

        summary = {
            "type": "test",
            "run_id": run.run_id,
            "outcome": run.phase.value,
            "failure": run.failure.value if run.failure else None,
            "value": None if value is None else str(value),
            "level": None if value is None else level_of(value, rules).value,
            "at": at.isoformat(),
        }
        self._writer.write(Wanted(Kind.READING, build, summary, {OPEN_RUN: None, CHAIN: chain_text(chain)}))

    def recover(self) -> Journal | None:
        """Record the run an earlier process was killed in; None when there was none."""
        text = self._outbox.note(OPEN_RUN)
        if text is None:
            return None
        journal = journal_from(text)
        if journal is None:
            self._trouble("run_not_recorded")
            self._outbox.set_note("unreadable_run", text)
            self._outbox.set_note(OPEN_RUN, None)
            return None
        journal = Journal(closed(journal), journal.at)
        try:
            self.record(journal.run, journal.at, None)
        except ValueError as error:
            log.error("an earlier run could not be recorded: %s", type(error).__name__)
            self._trouble("run_not_recorded")
        return journal

"""What a gateway does, for its page and its supervisor: tests, check-ins, heartbeats, and telling how it stands."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.base import Message
from contracts.clock import Clock
from contracts.reading import Purpose
from contracts.topics import Kind
from device_gateway.errors import BusyError, GatewayError, OutboxError, RetestWaitError
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
from device_gateway.link import Bluetooth, BreathalyzerRadio
from device_gateway.messages import (
    ITEMS,
    SCALE,
    Condition,
    Origin,
    check_in_of,
    reading_of,
    status_of,
    value_of,
)
from device_gateway.outbox import Build, Depth, Outbox, ShownRow
from device_gateway.protocol.events import BatteryState
from device_gateway.publisher import PublisherState
from device_gateway.retest import Chain, Level, RetestRules, level_of, next_chain, still_open
from device_gateway.session import Session
from device_gateway.test_run import Limits, Run

log = logging.getLogger(__name__)

MAX_WAITING_HEARTBEATS = 10
OFFLINE_HEARTBEAT_S = 900
"""While heartbeats find no receipt they thin out to this, so that weeks offline stay small."""
_SHOWN = 12
_MAX_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class GatewayState:
    """How the gateway stands, for its page. Instants are UTC."""

    now: datetime
    run: Run | None
    value_mg_per_l: Decimal | None
    level: Level | None
    chain: Chain | None
    bluetooth: Bluetooth
    depth: Depth
    publisher: PublisherState
    unwritten: int
    """Finished runs and check-ins that could not be written yet: the disk is full."""
    damaged_at: datetime | None
    shown: tuple[ShownRow, ...]
    last_error: tuple[str, datetime] | None
    retest_wait_minutes: int = 15

    @property
    def testing(self) -> bool:
        """A run is under way."""
        return self.run is not None and not self.run.ended


@dataclass(frozen=True, slots=True)
class _Write:
    kind: Kind
    build: Build
    summary: Mapping[str, object]
    notes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Device:
    """What the last contact with the breathalyzer told."""

    driver: str | None = None
    serial: str | None = None
    seen_at: datetime | None = None
    battery: BatteryState | None = None


class Gateway:
    """One client's gateway. All methods run in one event loop."""

    def __init__(
        self,
        origin: Origin,
        outbox: Outbox,
        radio: BreathalyzerRadio,
        clock: Clock,
        monotonic_s: Callable[[], float],
        *,
        rules: RetestRules,
        limits: Limits | None = None,
        heartbeat_s: int = 60,
        publisher_state: Callable[[], PublisherState] = PublisherState,
        wake_publisher: Callable[[], None] = lambda: None,
    ) -> None:
        self._origin, self._outbox, self._radio, self._clock = origin, outbox, radio, clock
        self._monotonic, self._rules, self._limits = monotonic_s, rules, limits or Limits()
        self._heartbeat_s, self._publisher_state, self._wake = heartbeat_s, publisher_state, wake_publisher
        self._started_at = clock.now()
        self._next_heartbeat: datetime | None = None
        self._run: Run | None = None
        self._session: Session | None = None
        self._testing: asyncio.Task[None] | None = None
        self._run_at = self._started_at
        self._device = _Device()
        self._unwritten: list[_Write] = []
        self._last_error: tuple[str, datetime] | None = None
        self._changes = 0
        self._changed = asyncio.Condition()
        self._notifying: set[asyncio.Task[None]] = set()
        if outbox.damaged_at is not None:
            self._trouble("outbox_damaged")
        self._recover()

    def state(self) -> GatewayState:
        """How things stand now."""
        now = self._clock.now()
        value = value_of(self._run) if self._run is not None and self._run.ended else None
        return GatewayState(
            now=now,
            run=self._run,
            value_mg_per_l=value,
            level=None if value is None else level_of(value, self._rules),
            chain=self._chain(now),
            bluetooth=self._radio.bluetooth,
            depth=self._outbox.depth(),
            publisher=self._publisher_state(),
            unwritten=len(self._unwritten),
            damaged_at=self._outbox.damaged_at,
            shown=tuple(self._outbox.shown(_SHOWN)),
            last_error=self._last_error,
            retest_wait_minutes=self._rules.wait_minutes,
        )

    async def changed_since(self, seen: int, timeout_s: float) -> int:
        """Wait until something changed after the `seen`-th change, at most `timeout_s`; returns the count."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self._changes != seen)
        except TimeoutError:
            pass
        return self._changes

    def start_test(self, *, waited_15_min: bool | None, purpose: Purpose = Purpose.VOLUNTARY) -> str:
        """Begin a test and return its run id; in an open chain it is its next attempt.

        Raises BusyError while one runs, RetestWaitError before a retest is due.
        """
        if self._testing is not None and not self._testing.done():
            raise BusyError
        now = self._clock.now()
        chain = self._chain(now)
        if chain is not None and not chain.may_blow(now):
            raise RetestWaitError
        run = Run(
            run_id=secrets.token_hex(16),
            attempt=chain.attempts + 1 if chain else 1,
            purpose=chain.purpose if chain else purpose,
            waited_15_min=waited_15_min,
        ).started()
        self._on_run(run)  # on disk before anybody is told that the test has begun
        self._session = Session(self._radio, self._limits, self._monotonic, self._on_run)
        self._testing = asyncio.create_task(self._perform(self._session, run), name="test")
        return run.run_id

    def cancel_test(self) -> bool:
        """Break off the running test; False when none runs."""
        if self._session is None or self._testing is None or self._testing.done():
            return False
        self._session.cancel()
        return True

    def submit_check_in(self, answers: Mapping[str, int], *, drank: bool | None, comment: str | None) -> bool:
        """Keep a check-in; False when nothing was answered. Raises ValueError for unknown items or values."""
        low, high = SCALE
        if not set(answers) <= set(ITEMS) or any(not low <= value <= high for value in answers.values()):
            raise ValueError("an unknown item or a value outside 0 to 10")
        text = (comment or "").strip()[:_MAX_COMMENT] or None
        if not answers and drank is None and text is None:
            return False
        at = self._clock.now()
        values = {item: Decimal(value) for item, value in answers.items()}

        def build(boot_id: str, sequence: int) -> Message:
            return check_in_of(
                self._origin, boot_id, sequence, answered_at=at, answers=values, drank=drank, comment=text
            )

        self._write(_Write(Kind.CHECK_IN, build, {"type": "check_in"}))
        return True

    async def finish(self) -> None:
        """Before the process ends: break off a running test and record it as such."""
        self.cancel_test()
        if self._testing is not None:
            await asyncio.wait({self._testing}, timeout=15)
        self._retry_unwritten()

    def beat(self) -> None:
        """Called about once a second: heartbeats when due, and another try for what could not be written."""
        self._retry_unwritten()
        now = self._clock.now()
        due = self._next_heartbeat
        far = timedelta(seconds=OFFLINE_HEARTBEAT_S + self._heartbeat_s)
        if due is not None and now < due < now + far:  # a clock set back must not silence the heartbeat
            return
        try:
            offline = self._outbox.waiting_of(Kind.STATUS) >= MAX_WAITING_HEARTBEATS
            self._send_heartbeat(now)
        except OutboxError as error:
            self._trouble(error.code)
            offline = True
        self._next_heartbeat = now + timedelta(seconds=OFFLINE_HEARTBEAT_S if offline else self._heartbeat_s)

    def changed(self) -> None:
        """Something visible changed; wakes whoever waits in `changed_since`. Call from the event loop."""
        self._changes += 1
        task = asyncio.get_running_loop().create_task(self._notify())
        self._notifying.add(task)
        task.add_done_callback(self._notifying.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _perform(self, session: Session, run: Run) -> None:
        try:
            self._record(await session.perform(run))
        except (GatewayError, ValueError) as error:  # its text may hold values: only its kind is logged
            log.error("a run could not be recorded: %s", type(error).__name__)
            self._trouble("run_not_recorded")

    def _on_run(self, run: Run) -> None:
        new_phase = self._run is None or run.run_id != self._run.run_id or run.phase is not self._run.phase
        self._run = run
        if new_phase:
            self._run_at = self._clock.now()
            self._keep_journal(run)
        self.changed()

    def _keep_journal(self, run: Run) -> None:
        try:
            self._outbox.set_note(OPEN_RUN, journal_text(Journal(run, self._run_at)))
        except OutboxError as error:  # the run goes on; only a kill before its end would lose it
            self._trouble(error.code)

    def _record(self, run: Run) -> None:
        """Write a finished run as a reading, and what follows from it, in one transaction."""
        at, value = self._run_at, value_of(run)
        chain = next_chain(self._chain(at), run.purpose, value, at, self._rules)
        if run.code is not None:
            self._trouble(run.code)
        self._remember_device(run)
        offset_ms = self._publisher_state().clock_offset_ms

        def build(boot_id: str, sequence: int) -> Message:
            return reading_of(
                run,
                self._origin,
                boot_id,
                sequence,
                measured_at=at,
                written_at=self._clock.now(),
                clock_offset_ms=offset_ms,
            )

        summary = {
            "type": "test",
            "outcome": run.phase.value,
            "failure": run.failure.value if run.failure else None,
            "value": None if value is None else str(value),
            "level": None if value is None else level_of(value, self._rules).value,
            "at": at.isoformat(),
        }
        self._write(_Write(Kind.READING, build, summary, {OPEN_RUN: None, CHAIN: chain_text(chain)}))

    def _remember_device(self, run: Run) -> None:
        if run.identified is None:
            return
        self._device.driver, self._device.serial = run.driver, run.identified.serial
        self._device.seen_at, self._device.battery = self._run_at, run.battery

    def _recover(self) -> None:
        text = self._outbox.note(OPEN_RUN)
        if text is None:
            return
        journal = journal_from(text)
        if journal is None:
            self._trouble("run_not_recorded")
            self._outbox.set_note("unreadable_run", text)
            self._outbox.set_note(OPEN_RUN, None)
            return
        self._run_at = journal.at
        try:
            self._run = closed(journal)
            self._record(self._run)
        except ValueError as error:
            log.error("an earlier run could not be recorded: %s", type(error).__name__)
            self._trouble("run_not_recorded")

    def _write(self, wanted: _Write) -> None:
        self._unwritten.append(wanted)
        self._retry_unwritten()

    def _retry_unwritten(self) -> None:
        while self._unwritten:
            wanted = self._unwritten[0]
            try:
                self._outbox.write(wanted.kind, wanted.build, summary=wanted.summary, notes=wanted.notes)
            except OutboxError as error:
                self._trouble(error.code)
                return
            except ValueError:
                self._unwritten.pop(0)
                raise
            self._unwritten.pop(0)
            self._wake()
            self._signal()

    def _send_heartbeat(self, now: datetime) -> None:
        condition = Condition(
            uptime_s=max(int((now - self._started_at).total_seconds()), 0),
            depth=self._outbox.depth(),
            clock_offset_ms=self._publisher_state().clock_offset_ms,
            bluetooth=self._radio.bluetooth,
            driver=self._device.driver,
            serial=self._device.serial,
            seen_at=self._device.seen_at,
            battery=self._device.battery,
            last_error=self._last_error,
        )
        self._outbox.write(
            Kind.STATUS,
            lambda boot_id, sequence: status_of(condition, self._origin, boot_id, sequence, sent_at=now),
        )
        self._wake()

    def _chain(self, now: datetime) -> Chain | None:
        return still_open(chain_from(self._outbox.note(CHAIN)), now)

    def _trouble(self, code: str) -> None:
        self._last_error = (code, self._clock.now())
        self._signal()

    def _signal(self) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # while starting up nobody waits yet
            self._changes += 1
        else:
            self.changed()

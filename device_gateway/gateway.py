"""What a gateway does, for its page and its supervisor: tests, check-ins, heartbeats, and telling how it stands."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from contracts.check_in import About
from contracts.clock import Clock
from contracts.plan import Plan
from contracts.reading import CannotBlow, Purpose
from device_gateway.agenda import KEPT, ROWS, Agenda, moment_of
from device_gateway.alarms import Facts, alarms_of
from device_gateway.answers import Answers
from device_gateway.errors import BusyError, GatewayError, OutboxError, PhotoError, RetestWaitError
from device_gateway.heartbeats import Heartbeats
from device_gateway.link import BreathalyzerRadio
from device_gateway.messages import (
    Condition,
    Origin,
    grade_of,
    value_of,
)
from device_gateway.outbox import Outbox
from device_gateway.photo.camera import Camera
from device_gateway.photo.photographer import Photographer
from device_gateway.plan_keeper import PlanKeeper, rules_of
from device_gateway.publisher import PublisherState
from device_gateway.recorder import Recorder
from device_gateway.retest import RetestRules, level_of, reminders
from device_gateway.schedule import term_at
from device_gateway.session import Session
from device_gateway.state import DeviceSeen, GatewayState, PhotoAsked
from device_gateway.test_run import Limits, Phase, Run
from device_gateway.writer import Writer

log = logging.getLogger(__name__)

PHOTO_WITHIN_S = 300.0
"""How long after a test the client's phone may still bring the picture (assumption)."""
_NO_PHOTO = frozenset({Phase.IDLE, Phase.CONNECTING, Phase.COUNTDOWN, Phase.FAILED, Phase.ABORTED})
"""Without a blow that gave a value there is nothing to compare."""


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
        camera: Camera | None = None,
    ) -> None:
        self._origin, self._outbox, self._radio, self._clock = origin, outbox, radio, clock
        self._monotonic, self._set_rules, self._limits = monotonic_s, rules, limits or Limits()
        self._publisher_state, self._wake = publisher_state, wake_publisher
        self._started_at, self._started_s = clock.now(), monotonic_s()
        self._heartbeats = Heartbeats(outbox, origin, heartbeat_s)
        self._plans = PlanKeeper(outbox, origin.device_id)
        self._agenda = Agenda(outbox, lambda: self._plans.plan)
        self._writer = Writer(outbox, self._on_written, self._trouble)
        self._answers = Answers(self._writer, origin, clock)
        self._photographer = Photographer(
            outbox,
            origin,
            clock,
            camera=camera,
            wanted_for=self._photo_key,
            offset_ms=lambda: self._publisher_state().clock_offset_ms,
            on_change=self._on_written,
            on_trouble=self._trouble,
        )
        self._recorder = Recorder(
            outbox, self._writer, origin, clock, self._rules, self._trouble, self._photographer.identity
        )
        self.background_seen_at: Callable[[], datetime | None] = lambda: None
        self.certificate_ends: Callable[[], bool] = lambda: False
        self._run: Run | None = None
        self._session: Session | None = None
        self._testing: asyncio.Task[None] | None = None
        self._run_at, self._run_s = self._started_at, self._started_s
        self._device = DeviceSeen()
        self._reminded = 0
        self._last_error: tuple[str, datetime] | None = None
        self._changes = 0
        self._changed = asyncio.Condition()
        self._notifying: set[asyncio.Task[None]] = set()
        if outbox.damaged_at is not None:
            self._last_error = ("outbox_damaged", outbox.damaged_at)
        if (recovered := self._recorder.recover()) is not None:
            self._run, self._run_at = recovered.run, recovered.at

    def state(self) -> GatewayState:
        """How things stand now."""
        now = self._clock.now()
        rules = self._rules()
        value = value_of(self._run) if self._run is not None and self._run.ended else None
        return GatewayState(
            now=now,
            run=self._run,
            value_mg_per_l=value,
            level=None if value is None else level_of(value, rules),
            chain=self._recorder.chain(now),
            bluetooth=self._radio.bluetooth,
            depth=self._outbox.depth(),
            publisher=self._publisher_state(),
            unwritten=self._writer.unwritten,
            damaged_at=self._outbox.damaged_at,
            shown=tuple(row for row in self._outbox.shown(ROWS) if moment_of(row) > now - KEPT),
            last_error=self._last_error,
            retest_wait_minutes=rules.wait_minutes,
            alarms=self._alarms(now),
            model=self._device.model,
            grade=grade_of(self._device.driver),
            agenda=self._agenda.view(now),
            reminder=reminders(self._recorder.chain(now), now),
            photo=self._photo(),
        )

    async def changed_since(self, seen: int, timeout_s: float) -> int:
        """Wait until something changed after the `seen`-th change, at most `timeout_s`; returns the count."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self._changes != seen)
        except TimeoutError:
            pass
        return self._changes

    @property
    def testing(self) -> bool:
        """A test has begun and is not yet written."""
        return self._testing is not None and not self._testing.done()

    def take_plan(self, plan: Plan) -> bool:
        """Keep a verified plan; True when it is new. May be called from any thread. Raises PlanError, OutboxError."""
        return self._plans.take(plan)

    def start_test(self, *, waited_15_min: bool | None, purpose: Purpose | None = None) -> str:
        """Begin a test and return its run id; in an open chain it is its next attempt. `purpose` None: as planned.

        Raises BusyError while one runs, RetestWaitError before a retest is due.
        """
        run = self._next_run(purpose, waited_15_min, now=self._clock.now()).started()
        self._on_run(run)  # on disk before anybody is told that the test has begun
        self._session = Session(self._radio, self._limits, self._monotonic, self._on_run)
        self._testing = asyncio.create_task(self._perform(self._session, run), name="test")
        return run.run_id

    def cannot_blow(self, reason: CannotBlow, *, purpose: Purpose | None = None) -> str:
        """Record that the client cannot blow, and why: a run without a value, never a missed test by itself.

        Returns its run id. Raises BusyError while a test runs.
        """
        run = self._next_run(purpose, None, now=None).declined(reason)
        self._run, self._run_at = run, self._clock.now()
        self._finished(run)
        self.changed()
        return run.run_id

    def cancel_test(self) -> bool:
        """Break off the running test; False when none runs."""
        if self._session is None or self._testing is None or self._testing.done():
            return False
        self._session.cancel()
        return True

    def submit_check_in(self, answers: Mapping[str, int], *, drank: bool | None, comment: str | None) -> bool:
        """Keep a check-in; False when nothing was answered. Raises ValueError for unknown items or values."""
        return self._answers.check_in(answers, drank=drank, comment=comment)

    def comment(self, text: str, about: About) -> bool:
        """Keep the client's own words on one test or miss; False for none at all."""
        return self._answers.comment(text, about)

    async def take_photo(self, picture: bytes, run_id: str) -> None:
        """Keep a picture from the client's phone for the run that is on the page. Raises PhotoError."""
        if self._photo().run_id != run_id:
            raise PhotoError("no picture of that test is awaited")
        await self._photographer.keep(picture, run_id, "phone")

    async def finish(self) -> None:
        """Before the process ends: break off a running test and record it as such."""
        self.cancel_test()
        if self._testing is not None:
            await asyncio.wait({self._testing}, timeout=15)
        await self._photographer.finish()
        self._writer.retry()

    def beat(self) -> None:
        """Called about once a second: heartbeats when due, and another try for what could not be written."""
        self._writer.retry()
        now = self._clock.now()
        self._remind(now)
        self._look_at_plan(now)
        if not self._heartbeats.due(now):
            return
        try:
            self._heartbeats.send(now, lambda: self._condition(now))
        except OutboxError as error:
            self._trouble(error.code)
        self._wake()

    def trouble(self, code: str) -> None:
        """Something beside the tests went wrong; told on the page and in the heartbeat. Call from the event loop."""
        self._trouble(code)

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
            self._finished(await session.perform(run))
        except (GatewayError, ValueError) as error:  # its text may hold values: only its kind is logged
            log.error("a run could not be recorded: %s", type(error).__name__)
            self._trouble("run_not_recorded")

    def _on_run(self, run: Run) -> None:
        new_phase = self._run is None or run.run_id != self._run.run_id or run.phase is not self._run.phase
        self._run = run
        if new_phase:
            self._run_at, self._run_s = self._clock.now(), self._monotonic()
            self._recorder.keep(run, self._run_at)
            self._photographer.watch(run)
        self.changed()

    def _finished(self, run: Run) -> None:
        if run.code is not None:
            self._trouble(run.code)
        self._remember_device(run)
        self._recorder.record(run, self._run_at, self._publisher_state().clock_offset_ms)

    def _remember_device(self, run: Run) -> None:
        if run.identified is None:
            return
        told = run.identified
        self._device = DeviceSeen(run.driver, told.model, told.serial, self._run_at, run.battery)

    def _next_run(self, purpose: Purpose | None, waited_15_min: bool | None, *, now: datetime | None) -> Run:
        """The run that comes next, in an open chain its next attempt. `now` None: the wait does not matter."""
        if self.testing:
            raise BusyError
        chain = self._recorder.chain(now or self._clock.now())
        if chain is not None and now is not None and not chain.may_blow(now):
            raise RetestWaitError
        return Run(
            run_id=secrets.token_hex(16),
            attempt=chain.attempts + 1 if chain else 1,
            purpose=chain.purpose if chain else purpose or self._agenda.purpose(self._clock.now()),
            waited_15_min=waited_15_min,
        )

    def _on_written(self) -> None:
        self._wake()
        self._signal()

    def _remind(self, now: datetime) -> None:
        due = reminders(self._recorder.chain(now), now)
        if due != self._reminded:
            self._reminded = due
            self.changed()

    def _look_at_plan(self, now: datetime) -> None:
        try:
            if self._agenda.look(now):
                self.changed()
        except OutboxError as error:
            self._trouble(error.code)

    def _rules(self) -> RetestRules:
        plan = self._plans.plan
        return (
            self._set_rules if plan is None else rules_of(term_at(plan, self._clock.now()), self._set_rules)
        )

    def _photo_key(self) -> str | None:
        plan = self._plans.plan
        wanted = plan is not None and term_at(plan, self._clock.now()).limits.photo
        return plan.photo_key if plan is not None and wanted else None

    def _photo(self) -> PhotoAsked:
        """What is asked of the client: a picture from blow to a few minutes after, where no camera took one."""
        wanted, run = self._photographer.wanted, self._run
        asked = PhotoAsked(wanted=wanted, by_camera=self._photographer.has_camera)
        if not wanted or run is None or run.phase in _NO_PHOTO:
            return asked
        if self._photographer.took(run.run_id):
            return replace(asked, taken=True)
        late = run.ended and self._monotonic() - self._run_s > PHOTO_WITHIN_S
        waits_for_camera = asked.by_camera and not run.ended
        return asked if late or waits_for_camera else replace(asked, run_id=run.run_id)

    def _condition(self, now: datetime) -> Condition:
        plan = self._plans.plan
        return Condition(
            uptime_s=max(int(self._monotonic() - self._started_s), 0),
            depth=self._outbox.depth(),
            clock_offset_ms=self._publisher_state().clock_offset_ms,
            bluetooth=self._radio.bluetooth,
            driver=self._device.driver,
            serial=self._device.serial,
            seen_at=self._device.seen_at,
            battery=self._device.battery,
            last_error=self._last_error,
            alarms=self._alarms(now),
            unwritten=self._writer.unwritten,
            fill_percent=self._outbox.fill_percent(),
            damaged_at=self._outbox.damaged_at,
            background_seen_at=self.background_seen_at(),
            plan_version=plan.plan_version if plan else 0,
            plan_made_at=plan.made_at if plan else None,
            plans_refused=self._publisher_state().refused_plans,
        )

    def _alarms(self, now: datetime) -> tuple[str, ...]:
        facts = Facts(
            unwritten=self._writer.unwritten,
            reserve_held=self._outbox.holds_reserve(),
            fill_percent=self._outbox.fill_percent(),
            refused=self._outbox.depth().refused,
            damaged_at=self._outbox.damaged_at,
            clock_offset_ms=self._publisher_state().clock_offset_ms,
            certificate_ends=self.certificate_ends(),
        )
        return alarms_of(facts, now)

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

"""Runs one test: connects radio, driver and state machine. The only place where a run meets real time."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from contracts.reading import Failure, RawFrame
from device_gateway.errors import RadioError
from device_gateway.link import BreathalyzerRadio, Link
from device_gateway.protocol.driver import Command, Driver
from device_gateway.protocol.events import Answered
from device_gateway.test_run import Cancelled, Connected, Input, Limits, LinkLost, Run, Tick

log = logging.getLogger(__name__)

_TICK_S = 0.25
_REPLY_TIMEOUT_S = 1.0
_LONGEST_FRAME = 512
_SEARCH_MARGIN_S = 0.4
"""The search ends so much before the run's own limit, so that the reason it gives is heard first."""
_CLOSING_TIMEOUT_S = 12.0


class Session:
    """One run at a time; make a new one for each."""

    def __init__(
        self,
        radio: BreathalyzerRadio,
        limits: Limits,
        monotonic_s: Callable[[], float],
        on_change: Callable[[Run], None],
    ) -> None:
        """`on_change` is called in the event loop with every changed run."""
        self._radio, self._limits, self._monotonic, self._on_change = radio, limits, monotonic_s, on_change
        self._inbox: asyncio.Queue[Callable[[Run], Run]] = asyncio.Queue()
        self._began = monotonic_s()
        self._replied = asyncio.Event()
        self._expected = b""

    def cancel(self, failure: Failure = Failure.CANCELLED) -> None:
        """Break the run off; it ends as aborted unless its outcome stands already."""
        self._post(Cancelled(failure))

    async def perform(self, run: Run) -> Run:
        """Run to the end and return the finished run. Whatever the device does, it ends within the limits."""
        self._began = self._monotonic()
        run = self._changed(run, run.started())
        driving = asyncio.create_task(self._drive(), name="breathalyzer")
        try:
            while not run.finished:
                run = self._changed(run, await self._next(run))
        finally:
            driving.cancel()
            # Disconnecting takes its time, but must not hold the result back for ever.
            await asyncio.wait({driving}, timeout=_CLOSING_TIMEOUT_S)
        return run

    async def _next(self, run: Run) -> Run:
        with suppress(TimeoutError):
            async with asyncio.timeout(_TICK_S):
                run = (await self._inbox.get())(run)
                while not self._inbox.empty():
                    run = self._inbox.get_nowait()(run)
        return run.step(Tick(), self._elapsed_ms(), self._limits)

    def _changed(self, before: Run, after: Run) -> Run:
        if after != before:
            self._on_change(after)
        return after

    async def _drive(self) -> None:
        try:
            search_s = self._limits.connecting_ms / 1000
            async with self._radio.connect(max(search_s - _SEARCH_MARGIN_S, search_s / 2)) as link:
                await self._talk(link)
            self._post(LinkLost())
        except RadioError as error:
            self._post(LinkLost(error.code))
        except Exception:
            # Whatever else breaks here must end the run as one without a value, not leave it hanging.
            log.exception("the radio broke in a way it should not")
            self._post(LinkLost("radio_defect"))
            raise

    async def _talk(self, link: Link) -> None:
        driver = link.driver
        self._inbox.put_nowait(lambda run: run.found(driver.name))
        self._post(driver.identify(link.information))
        if (battery := driver.battery(link.information)) is not None:
            self._post(battery)
        self._limits = _suited(self._limits, driver)
        listening = asyncio.create_task(self._listen(link), name="notifications")
        try:
            for command in driver.opening():
                await self._send(link, command)
            for command in driver.start():
                await self._send(link, command)
            self._post(Connected())
            await self._until_lost(link, listening)
        finally:
            listening.cancel()

    async def _until_lost(self, link: Link, listening: asyncio.Task[None]) -> None:
        periodic = link.driver.periodic
        if periodic is not None:
            while not (await asyncio.wait({listening}, timeout=periodic.every_s))[0]:
                for command in periodic.commands:
                    await self._send(link, command)
        await listening

    async def _listen(self, link: Link) -> None:
        while (arrived := await link.receive()) is not None:
            self._keep("in", arrived.characteristic, arrived.data)
            for event in link.driver.feed(arrived.characteristic, arrived.data):
                self._post(event)
                if isinstance(event, Answered) and event.to == self._expected:
                    self._replied.set()
            if self._expected and arrived.data.startswith(self._expected):
                self._replied.set()

    async def _send(self, link: Link, command: Command) -> None:
        if command.after_s:
            await asyncio.sleep(command.after_s)
        self._replied.clear()
        self._expected = command.reply or b""
        self._keep("out", command.characteristic, command.data)
        await link.send(command)
        if command.reply:
            # A question left unanswered is no reason to give up the test; a handshake is.
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPLY_TIMEOUT_S):
                    await self._replied.wait()
            if command.required and not self._replied.is_set():
                raise RadioError("the breathalyzer did not answer the handshake", code="handshake_failed")

    def _keep(self, direction: str, characteristic: str, data: bytes) -> None:
        frame = RawFrame.model_validate(
            {
                "after_ms": self._elapsed_ms(),
                "direction": direction,
                "characteristic": characteristic,
                "hex": data[:_LONGEST_FRAME].hex(),
            }
        )
        self._inbox.put_nowait(lambda run: run if run.finished else run.with_frame(frame))

    def _post(self, happened: Input) -> None:
        at_ms = self._elapsed_ms()
        self._inbox.put_nowait(lambda run: run.step(happened, at_ms, self._limits))

    def _elapsed_ms(self) -> int:
        return max(int((self._monotonic() - self._began) * 1000), 0)


def _suited(limits: Limits, driver: Driver) -> Limits:
    if driver.no_blow_s is None:
        return limits
    return replace(limits, ready_ms=min(limits.ready_ms, int(driver.no_blow_s * 1000)))

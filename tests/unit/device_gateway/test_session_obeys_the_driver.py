"""What a driver declares, the session does: pauses, required answers, repetition, patience. On a link made by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from contracts.reading import Failure
from device_gateway.errors import RadioError
from device_gateway.link import Bluetooth, Link, Notification
from device_gateway.protocol.driver import Command, DeviceInformation, Driver, Periodic
from device_gateway.protocol.events import Answered, BatteryState, Event, Identified, Ready
from device_gateway.protocol.unnamed_ffe2 import UnnamedFfe2
from device_gateway.session import Session
from device_gateway.test_run import Limits, Phase, Run

HERE = "0000ffe2-0000-1000-8000-00805f9b34fb"
LIMITS = Limits(connecting_ms=5_000, ready_ms=5_000)


class Demanding(UnnamedFfe2):
    """A handshake whose second command is made from the first one's answer, a pause, and a beat."""

    periodic: ClassVar[Periodic | None] = Periodic((Command(HERE, b"beat"),), every_s=0.02)
    no_blow_s: ClassVar[float | None] = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.told = b""

    def opening(self) -> Iterator[Command]:  # type: ignore[override]
        yield Command(HERE, b"who", reply=b"key", required=True)
        yield Command(HERE, b"hello " + self.told)

    def start(self) -> tuple[Command, ...]:
        return (Command(HERE, b"on"), Command(HERE, b"go", after_s=0.1))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        return BatteryState(percent=61)

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        if data == b"ready":
            return [Ready()]
        self.told = data
        return [Answered(b"key"), Identified("m", data.decode(), None)]


class HandLink:
    """Answers `who`, is ready after `go`, and remembers what was written when."""

    def __init__(self, driver: Driver, *, answers: bool) -> None:
        self.driver, self.information = driver, DeviceInformation()
        self.written: list[tuple[float, bytes]] = []
        self._answers = answers
        self._arriving: asyncio.Queue[Notification | None] = asyncio.Queue()

    async def send(self, command: Command) -> None:
        self.written.append((time.monotonic(), command.data))
        if command.data == b"who" and self._answers:
            self._arriving.put_nowait(Notification(HERE, b"serial-7"))
        if command.data == b"go":
            self._arriving.put_nowait(Notification(HERE, b"ready"))

    async def receive(self) -> Notification | None:
        return await self._arriving.get()


class HandRadio:
    """Connects at once."""

    bluetooth = Bluetooth.ON

    def __init__(self, link: HandLink) -> None:
        self._link = link

    @asynccontextmanager
    async def connect(self, timeout_s: float) -> AsyncIterator[Link]:
        if timeout_s <= 0:
            raise RadioError
        yield self._link


async def performed(link: HandLink) -> Run:
    return await Session(HandRadio(link), LIMITS, time.monotonic, lambda _: None).perform(Run("0f" * 16))


async def test_a_later_command_is_made_from_an_earlier_answer_and_pauses_and_beats_are_kept() -> None:
    link = HandLink(Demanding(), answers=True)
    run = await performed(link)
    said = [data for _, data in link.written]
    assert said[:4] == [b"who", b"hello serial-7", b"on", b"go"]
    at = {data: moment for moment, data in link.written[:4]}
    assert at[b"go"] - at[b"on"] >= 0.09
    assert said.count(b"beat") >= 3
    assert (run.identified, run.battery.percent) == (Identified("m", "serial-7", None), 61)


async def test_the_drivers_patience_ends_the_waiting_for_a_breath() -> None:
    run = await performed(HandLink(Demanding(), answers=True))
    assert (run.phase, run.failure, run.code) == (Phase.FAILED, Failure.NO_BLOW, "ready_timeout")
    assert run.at_ms < 3_000


async def test_a_required_answer_that_does_not_come_ends_the_run_before_the_start() -> None:
    link = HandLink(Demanding(), answers=False)
    run = await performed(link)
    assert (run.phase, run.failure, run.code) == (Phase.FAILED, Failure.COMM, "handshake_failed")
    assert [data for _, data in link.written] == [b"who"]


@pytest.mark.parametrize("patience", [None, 0.3])
async def test_no_driver_makes_the_limits_longer(patience: float | None) -> None:
    class Patient(Demanding):
        no_blow_s: ClassVar[float | None] = patience and 60.0

    link = HandLink(Patient(), answers=True)
    limits = Limits(connecting_ms=5_000, ready_ms=400)
    run = await Session(HandRadio(link), limits, time.monotonic, lambda _: None).perform(Run("0f" * 16))
    assert run.code == "ready_timeout"

"""One home as real parts, of which each can be broken: radio with a breathalyzer, broker, gateway process, clock."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.reading import Outcome, Reading
from contracts.topics import Kind
from nykter.clock import CLOCK_FILE_VARIABLE, jump, set_clock
from nykter.runtime.broker import Broker
from nykter.runtime.brokers import make_broker
from simulators.bluez import VirtualRadio, virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath
from tests.support.gateway_process import DEVICE, GatewayProcess
from tests.support.receipts import ReceiptServer

_ONE_BY_ONE = asyncio.Lock()


@dataclass
class HomeRig:
    """A running home. `begun` maps the run ids the page was told to the breath that was to be blown."""

    folder: Path
    device: BactrackC6
    radio: VirtualRadio
    broker: Broker
    server: ReceiptServer
    gateway: GatewayProcess
    dice: random.Random
    begun: dict[str, float] = field(default_factory=dict)
    cuts: list[str] = field(default_factory=list)

    async def begin_test(self, brac: float | None = None) -> str:
        """Give a breath and start a test. None: some value below the trace limit, another one each time."""
        brac = self.dice.choice([0.0, 0.01, 0.02, 0.03, 0.04]) if brac is None else brac
        self.device.calm()
        self.device.give(Breath(brac))
        answer = await asyncio.to_thread(self.gateway.post, "/api/test/start", {"waited_15_min": True})
        assert answer.status_code == 202, answer.text
        run_id = str(answer.json()["run_id"])
        self.begun[run_id] = brac
        return run_id

    async def reach(self, phase: str) -> None:
        """Until the run stands in this phase (or has gone past it)."""
        order = ["idle", "connecting", "countdown", "ready", "blowing", "analysing", "result"]
        past = {*order[order.index(phase) :], "failed", "aborted"}
        await until(lambda: self.gateway.state()["phase"] in past)

    async def restart(self) -> None:
        """After a kill."""
        await asyncio.to_thread(self.gateway.start)

    def cut_files(self) -> None:
        """What a power cut may leave: the database and its log end anywhere, the redo log in a torn line."""
        outbox = self.folder / "outbox.sqlite3"
        for name in (outbox.name, outbox.name + "-wal"):
            path = self.folder / name
            if path.exists() and self.dice.randrange(4):
                size = self.dice.randrange(path.stat().st_size + 1)
                os.truncate(path, size)
                self.cuts.append(f"{name} at {size}")
        with (self.folder / (outbox.name + ".redo")).open("ab") as log:
            log.write(b'8badf00d {"n":'[: self.dice.randrange(14)])

    def readings(self) -> list[Reading]:
        """All readings that arrived, in order."""
        return [
            Reading.read(self.server.stored[key]).value
            for key in self.server.order
            if self.server.kinds[key] is Kind.READING
        ]

    async def settle(self, timeout_s: float = 40) -> None:
        """Until no test runs and nothing but heartbeats waits."""
        await until(lambda: not self.gateway.state()["testing"], timeout_s)
        await until(lambda: set(self.begun) <= {reading.run_id for reading in self.readings()}, timeout_s)

    def check(self, said: str) -> None:
        """Every run begun is on record exactly once: complete with the true value, or without any."""
        found = self.readings()
        ids = [reading.run_id for reading in found]
        assert sorted(ids) == sorted(self.begun), said
        for reading in found:
            if reading.outcome is Outcome.COMPLETE:
                assert reading.brac_mg_per_l is not None
                assert abs(float(reading.brac_mg_per_l) - self.begun[reading.run_id]) <= 0.005, said
            else:
                assert reading.brac_mg_per_l is None, said
                assert reading.failure is not None, said
        assert self.server.problems == [], said


async def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for something, in a thread of its own."""
    deadline = time.monotonic() + timeout_s
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.03)


@asynccontextmanager
async def home(
    folder: Path, dice: random.Random, *, pace: float = 12, **settings: str
) -> AsyncIterator[HomeRig]:
    """A home in a folder of its own."""
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - at once
    device = BactrackC6("C6:00:00:00:00:01", pace=pace)
    broker = make_broker(folder / "broker", kind="mosquitto")
    async with _ONE_BY_ONE:  # a free port is found and then taken: not by two at the same time
        await asyncio.to_thread(broker.start)
    async with virtual_radio(device, export=False) as radio:
        clock = folder / "clock.json"
        set_clock(clock, datetime.now(UTC))
        server = ReceiptServer(broker, {})
        gateway = GatewayProcess(
            folder, broker, server.public_key, radio.address, retest_give_up_minutes="16", **settings
        )
        gateway.environment[CLOCK_FILE_VARIABLE] = str(clock)
        server.know(DEVICE, gateway.public_key)
        try:
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(gateway.start)
            yield HomeRig(folder, device, radio, broker, server, gateway, dice)
        finally:
            await asyncio.to_thread(gateway.kill)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(broker.stop)


def wrong_clock(rig: HomeRig, by: timedelta) -> None:
    """Set the gateway's clock wrong (or right again) while it runs."""
    jump(rig.folder / "clock.json", by)

"""Fetches what a background sensor has stored, keeps it in the outbox, and only then lets the sensor forget it.

A breath test always comes first: collecting breaks off for it and is tried again later. What was fetched and kept but
not yet forgotten by the sensor is recognised when it is fetched again, and not kept twice.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from contracts.background import MAX_RECORDS, Background, BackgroundRecord, BackgroundSensor
from contracts.base import Message
from contracts.clock import Clock as WallClock
from contracts.topics import Kind
from device_gateway import VERSION
from device_gateway.errors import OutboxError, RadioError
from device_gateway.link import BackgroundLink, BackgroundRadio
from device_gateway.messages import Origin
from device_gateway.outbox import Outbox
from device_gateway.protocol.events import BatteryState
from device_gateway.protocol.skyn import Clock, Count, Records, Skyn
from device_gateway.protocol.skyn_records import moment, records_of

log = logging.getLogger(__name__)

MARK = "background_kept"
"""Note: how many records at the head of the sensor's memory are kept already, and their digest."""
ENDS = "background_ends"
"""Note: where the records forgotten by the sensor ended in its time."""
CHUNK = 3000
"""So many records are fetched at once, about 17 hours at one in 20 s."""
_REPLY_S, _RECORDS_S, _SEARCH_S = 5.0, 20.0, 30.0


@dataclass(slots=True)
class _Told:
    clock: datetime | None = None
    battery_mv: int | None = None
    count: int | None = None
    raw: list[bytes] = field(default_factory=list)


class BackgroundCollector:
    """One sensor of one gateway."""

    def __init__(
        self,
        radio: BackgroundRadio,
        outbox: Outbox,
        origin: Origin,
        clock: WallClock,
        *,
        offset_ms: Callable[[], int | None],
        wake_publisher: Callable[[], None] = lambda: None,
    ) -> None:
        self._radio, self._outbox, self._origin, self._clock = radio, outbox, origin, clock
        self._offset_ms, self._wake = offset_ms, wake_publisher
        self.seen_at: datetime | None = None
        """When the sensor last answered."""

    async def keep_collecting(self, every_s: float, busy: Callable[[], bool]) -> None:
        """Collect now and then for ever, never while a breath test is on."""
        while True:
            if not busy():
                await self._unless(busy)
            await asyncio.sleep(every_s)

    async def collect(self) -> int:
        """Fetch and keep what there is; returns how many new records were kept. Raises RadioError, OutboxError."""
        async with self._radio.connect_background(_SEARCH_S) as link:
            driver, told = link.driver, _Told()
            for command in driver.opening():
                await link.send(command)
            await self._hear(link, driver, told, lambda: told.count is not None, _REPLY_S)
            if not told.count:
                return 0
            wanted = min(told.count, CHUNK)
            await link.send(driver.fetch(wanted))
            await self._hear(link, driver, told, lambda: len(told.raw) >= wanted, _RECORDS_S)
            del told.raw[wanted:]
            new, ends = self._keep(told, link)
            await link.send(driver.kept())
            self._outbox.set_note(ENDS, ends)
            self._outbox.set_note(MARK, None)
            return new

    async def _unless(self, busy: Callable[[], bool]) -> None:
        collecting = asyncio.create_task(self.collect(), name="background")
        while not (await asyncio.wait({collecting}, timeout=0.2))[0]:
            if busy():
                collecting.cancel()
        if collecting.cancelled():
            return
        error = collecting.exception()
        if isinstance(error, RadioError | OutboxError):
            log.info("the background sensor was not read: %s", error.code)
        elif error is not None:
            raise error

    async def _hear(
        self, link: BackgroundLink, driver: Skyn, told: _Told, enough: Callable[[], bool], limit_s: float
    ) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not enough():
                    arrived = await link.receive()
                    if arrived is None:
                        raise RadioError("the sensor went away", code="link_lost")
                    for event in driver.feed(arrived.characteristic, arrived.data):
                        self._take(event, told)
        except TimeoutError:
            raise RadioError("the sensor did not answer", code="no_answer") from None

    def _take(self, event: Clock | Count | Records | BatteryState, told: _Told) -> None:
        self.seen_at = self._clock.now()
        match event:
            case Clock():
                told.clock = moment(event.unix_s)
            case Count():
                told.count = event.records
            case BatteryState():
                told.battery_mv = event.millivolts
            case Records():
                told.raw += event.raw

    def _keep(self, told: _Told, link: BackgroundLink) -> tuple[int, str]:
        """Keep what is not kept yet; returns how much that was, and where the records end."""
        done = self._kept_already(told.raw, link)
        every, at, interval_s = records_of(told.raw, *self._began(link))
        records = every[done:]
        for start in range(0, len(records), MAX_RECORDS):
            part = tuple(records[start : start + MAX_RECORDS])
            done += len(part)
            mark = f"{link.information.serial or ''} {done} {_digest(told.raw[:done])}"
            self._outbox.write(Kind.BACKGROUND, self._build(part, told, link), notes={MARK: mark})
            self._wake()
        return len(records), f"{link.information.serial or ''} {at.isoformat() if at else '-'} {interval_s}"

    def _began(self, link: BackgroundLink) -> tuple[datetime | None, int]:
        parts = (self._outbox.note(ENDS) or "").rsplit(" ", 2)
        if len(parts) != 3 or parts[0] != (link.information.serial or ""):
            return None, 0
        return None if parts[1] == "-" else datetime.fromisoformat(parts[1]), int(parts[2])

    def _kept_already(self, raw: list[bytes], link: BackgroundLink) -> int:
        parts = (self._outbox.note(MARK) or "").rsplit(" ", 2)
        if len(parts) != 3 or parts[0] != (link.information.serial or ""):
            return 0
        count, digest = int(parts[1]), parts[2]
        return count if count <= len(raw) and _digest(raw[:count]) == digest else 0

    def _build(
        self, part: tuple[BackgroundRecord, ...], told: _Told, link: BackgroundLink
    ) -> Callable[[str, int], Message]:
        known = link.driver.identify(link.information)
        at, offset_ms = self._clock.now(), self._offset_ms()

        def build(boot_id: str, sequence: int) -> Message:
            return Background(
                device_id=self._origin.device_id,
                boot_id=boot_id,
                sequence=sequence,
                collected_at=at,
                clock_offset_ms=offset_ms,
                device_clock=told.clock,
                timezone=self._origin.zone,
                sensor=BackgroundSensor(
                    driver=Skyn.name,
                    driver_version=Skyn.version,
                    driver_grade=Skyn.grade,
                    serial=known.serial,
                    firmware=known.firmware,
                    battery_millivolts=told.battery_mv,
                ),
                records=part,
                gateway_version=VERSION,
            )

        return build


def _digest(raw: list[bytes]) -> str:
    return sha256(b"".join(raw)).hexdigest()

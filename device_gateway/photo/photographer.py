"""Takes the picture a plan asks for, seals it so that this gateway cannot open it any more, and keeps it to be sent."""

import asyncio
import logging
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from nacl.public import PublicKey, SealedBox

from contracts.base import Message
from contracts.clock import Clock
from contracts.photo import Photo
from contracts.reading import Identity
from contracts.topics import Kind
from device_gateway import VERSION
from device_gateway.errors import OutboxError, PhotoError
from device_gateway.messages import Origin
from device_gateway.outbox import Outbox
from device_gateway.photo.camera import Camera
from device_gateway.photo.shrink import shrunk
from device_gateway.test_run import Phase, Run

log = logging.getLogger(__name__)

MOST_WAITING = 300
"""Pictures that wait for the network at most (a month of ten a day): what a test says matters more than who blew."""


class Photographer:
    """Of one gateway. Nothing that goes wrong here touches a test."""

    def __init__(
        self,
        outbox: Outbox,
        origin: Origin,
        clock: Clock,
        *,
        camera: Camera | None,
        wanted_for: Callable[[], str | None],
        offset_ms: Callable[[], int | None],
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
        shrink: Callable[[bytes], Awaitable[bytes]] = shrunk,
    ) -> None:
        """`wanted_for`: the key to seal for while the plan asks for pictures, else None."""
        self._outbox, self._origin, self._clock, self._camera = outbox, origin, clock, camera
        self._wanted_for, self._offset_ms, self._shrink = wanted_for, offset_ms, shrink
        self._on_change, self._on_trouble = on_change, on_trouble
        self._taking: set[asyncio.Task[None]] = set()
        self._began = ""
        self._taken: frozenset[str] = frozenset()

    @property
    def wanted(self) -> bool:
        """Whether the plan asks for pictures now."""
        return self._wanted_for() is not None

    @property
    def has_camera(self) -> bool:
        """Whether a camera takes them by itself."""
        return self._camera is not None

    def took(self, run_id: str) -> bool:
        """Whether there is a picture of that run."""
        return run_id in self._taken

    def identity(self, run: Run) -> Identity:
        """What a reading can say of the picture. Only a person, later and elsewhere, says who is on it."""
        if self.took(run.run_id):
            return Identity.REVIEW_PENDING
        return Identity.NOT_CAPTURED if self.wanted and run.phase is Phase.RESULT else Identity.NOT_USED

    def watch(self, run: Run) -> None:
        """The run came to a new phase: with the blow the camera looks, once a run."""
        if (
            run.phase is not Phase.BLOWING
            or self._camera is None
            or not self.wanted
            or self._began == run.run_id
        ):
            return
        self._began = run.run_id
        task = asyncio.create_task(self._look(self._camera, run.run_id), name="photo")
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def keep(self, picture: bytes, run_id: str, source: Literal["camera", "phone"]) -> None:
        """Shrink, seal and keep a picture. Raises PhotoError when it is none, is not wanted, or there is no room."""
        at, key = self._clock.now(), self._wanted_for()
        if key is None:
            raise PhotoError("no picture is asked for")
        small = await self._shrink(picture)
        sealed = (
            urlsafe_b64encode(SealedBox(PublicKey(bytes.fromhex(key))).encrypt(small)).rstrip(b"=").decode()
        )

        def build(boot_id: str, sequence: int) -> Message:
            return self._message(boot_id, sequence, run_id, at, source, key, sealed)

        try:
            if self._outbox.waiting_of(Kind.PHOTO) >= MOST_WAITING:
                raise PhotoError("too many pictures wait already")
            self._outbox.write(Kind.PHOTO, build, essential=False)
        except OutboxError as error:
            raise PhotoError("there is no room for a picture") from error
        self._taken |= {run_id}
        self._on_change()

    async def finish(self) -> None:
        """Before the process ends."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=3)
        for task in self._taking:
            task.cancel()

    async def _look(self, camera: Camera, run_id: str) -> None:
        try:
            await self.keep(await asyncio.to_thread(camera.picture), run_id, "camera")
        except PhotoError as error:
            log.warning("no picture was taken: %s", error)
            self._on_trouble("photo_failed")
        except Exception as error:  # noqa: BLE001 (the edge of a task: a camera must never touch a breath test)
            log.error("the camera broke in a way it should not: %s", type(error).__name__)
            self._on_trouble("photo_defect")

    def _message(
        self,
        boot_id: str,
        sequence: int,
        run_id: str,
        at: datetime,
        source: Literal["camera", "phone"],
        key: str,
        sealed: str,
    ) -> Photo:
        return Photo(
            device_id=self._origin.device_id,
            boot_id=boot_id,
            sequence=sequence,
            run_id=run_id,
            taken_at=at,
            clock_offset_ms=self._offset_ms(),
            timezone=self._origin.zone,
            source=source,
            sealed_for=key,
            sealed=sealed,
            gateway_version=VERSION,
        )

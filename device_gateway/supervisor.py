"""One gateway process: opens everything in order, keeps it running, and closes it in reverse."""

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

from contracts.clock import Clock
from contracts.plan import Plan
from device_gateway.background import BackgroundCollector
from device_gateway.enrolment import SETTINGS
from device_gateway.errors import GatewayError
from device_gateway.gateway import Gateway
from device_gateway.link import BreathalyzerRadio
from device_gateway.messages import Origin
from device_gateway.outbox import Outbox
from device_gateway.photo.camera import Camera
from device_gateway.publisher import Pace, Publisher
from device_gateway.radio import BleakBackgroundRadio, BleakRadio
from device_gateway.renewal import Renewal
from device_gateway.settings import GatewaySettings
from device_gateway.signing import ReceiptVerifier, load_key
from device_gateway.test_run import Limits
from device_gateway.web.app import Page, create_app
from device_gateway.web.home_access import HomeAccess

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
RENEWAL_LOOK_S = 60.0
BEAT_S = 1.0
"""How often deadlines are looked at, in real time; also the shortest real time between two heartbeats."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What only tests and special set-ups change."""

    limits: Limits | None = None
    pace: Pace | None = None


async def run_gateway(
    settings: GatewaySettings,
    clock: Clock,
    *,
    tuning: Tuning | None = None,
    on_ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Run until SIGTERM or SIGINT. `on_ready` is told the page's port once it answers.

    Raises GatewayError when it cannot start: key file, outbox, port. Broker and Bluetooth may come later.
    """
    signer = load_key(settings.key_file)
    outbox = Outbox(settings.outbox_path, signer, clock, limit_bytes=settings.outbox_limit_mb * 1024 * 1024)
    try:
        with _listening(settings.port, settings.home_address) as listening:
            radio = BleakRadio(settings.bluetooth_adapter, settings.breathalyzer_address)
            process = _Process(settings, clock, outbox, radio, tuning or Tuning())
            await process.run(listening, on_ready)
    finally:
        outbox.close()


class _Process:
    def __init__(
        self,
        settings: GatewaySettings,
        clock: Clock,
        outbox: Outbox,
        radio: BreathalyzerRadio,
        tuning: Tuning,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._publisher = Publisher(
            outbox,
            ReceiptVerifier(settings.server_public_keys, settings.device_id),
            settings.broker,
            settings.tenant,
            settings.device_id,
            clock,
            pace=tuning.pace,
            on_change=lambda: _from_thread(loop, self._gateway.changed),
            on_plan=self._take_plan,
        )
        self._gateway = Gateway(
            Origin(settings.device_id, settings.zone),
            outbox,
            radio,
            clock,
            time.monotonic,
            rules=settings.retest_rules,
            limits=tuning.limits,
            heartbeat_s=settings.heartbeat_s,
            publisher_state=lambda: self._publisher.state,
            wake_publisher=self._publisher.wake,
            camera=Camera(settings.camera) if settings.camera else None,
        )
        self._page = Page(
            self._gateway,
            clock,
            device_id=settings.device_id,
            zone=settings.zone,
            language=settings.language,
            permille_factor=settings.permille_factor,
        )
        self._home = None
        if settings.home_address is not None:
            self._home = HomeAccess.at(settings.outbox_path.parent, time.monotonic)
        self._stop = asyncio.Event()
        self._background = _background(settings, self._gateway, outbox, clock, self._publisher)
        self._background_every_s = settings.background_every_s
        self._renewal = _renewal(settings, self._gateway, clock, loop)

    def _take_plan(self, plan: Plan) -> bool:
        return self._gateway.take_plan(plan)

    async def run(self, listening: Sequence[socket.socket], on_ready: Callable[[int], None]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        server = _Server(
            uvicorn.Config(
                create_app(self._page, self._home),
                proxy_headers=False,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=3,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=list(listening)), name="page")
        self._publisher.start()
        beating = asyncio.create_task(self._beat(), name="heartbeats")
        collecting = asyncio.create_task(self._collect(), name="background")
        renewing = asyncio.create_task(self._renew(), name="renewal")
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            answering = asyncio.create_task(server.answering.wait(), name="answering")
            await asyncio.wait({serving, answering}, return_when=asyncio.FIRST_COMPLETED)
            answering.cancel()
            if server.started:
                on_ready(listening[0].getsockname()[1])
            await asyncio.wait({serving, beating, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            collecting.cancel()
            renewing.cancel()
            await asyncio.wait({collecting, renewing}, timeout=6)
            await self._close(server, serving, beating, stopping)
        for task in (serving, beating):
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    async def _collect(self) -> None:
        """What goes wrong with a background sensor must not touch breath tests."""
        while self._background is not None:
            try:
                await self._background.keep_collecting(
                    self._background_every_s, lambda: self._gateway.testing
                )
            except Exception:  # the edge of a task: see above
                log.exception("reading the background sensor broke in a way it should not")
                await asyncio.sleep(self._background_every_s)

    async def _renew(self) -> None:
        while self._renewal is not None:
            try:
                if self._renewal.is_time():
                    await asyncio.to_thread(self._renewal.look)
            except Exception:  # the edge of a task: breath tests go on, and the next look is another try
                log.exception("renewing the certificate broke in a way it should not")
            await asyncio.sleep(RENEWAL_LOOK_S)

    async def _beat(self) -> None:
        while not self._stop.is_set():
            self._gateway.beat()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._stop.wait()

    async def _close(
        self,
        server: uvicorn.Server,
        serving: asyncio.Task[None],
        beating: asyncio.Task[None],
        stopping: asyncio.Task[bool],
    ) -> None:
        self._stop.set()
        self._page.stopping.set()
        self._gateway.changed()
        await self._gateway.finish()
        server.should_exit = True
        stopping.cancel()
        await asyncio.wait({serving, beating}, timeout=6)
        await asyncio.to_thread(self._publisher.stop)


def _background(
    settings: GatewaySettings, gateway: Gateway, outbox: Outbox, clock: Clock, publisher: Publisher
) -> BackgroundCollector | None:
    if settings.background_address is None:
        return None
    collector = BackgroundCollector(
        BleakBackgroundRadio(settings.background_address, settings.bluetooth_adapter),
        outbox,
        Origin(settings.device_id, settings.zone),
        clock,
        offset_ms=lambda: publisher.state.clock_offset_ms,
        wake_publisher=publisher.wake,
    )
    gateway.background_seen_at = lambda: collector.seen_at
    return collector


def _renewal(
    settings: GatewaySettings, gateway: Gateway, clock: Clock, loop: asyncio.AbstractEventLoop
) -> Renewal | None:
    folder = settings.key_file.parent
    if settings.server is None or not (folder / SETTINGS).exists():
        return None

    def trouble(code: str) -> None:
        _from_thread(loop, lambda: gateway.trouble(code))

    renewal = Renewal(folder, settings.server, settings.server_ca_file, clock.now, on_trouble=trouble)
    gateway.certificate_ends = lambda: renewal.is_urgent
    return renewal


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Also tells when requests are answered."""
        await super().startup(sockets)
        self.answering.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: a running test must be recorded before the page goes."""
        yield


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending
        loop.call_soon_threadsafe(call)


@contextmanager
def _listening(port: int, home: str | None) -> Iterator[list[socket.socket]]:
    """This machine's own address, and one on the home network under the same port where that is wanted."""
    with ExitStack() as opened:
        own = opened.enter_context(_bound(HOST, port))
        found = [own]
        if home is not None and not ip_address(home).is_loopback:
            found.append(opened.enter_context(_bound(home, own.getsockname()[1])))
        yield found


@contextmanager
def _bound(address: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise GatewayError(
                f"port {port} on {address} is taken by another program; choose another one with NYKTER_GATEWAY_PORT"
                if taken
                else f"{address} is no address of this machine: {error.strerror}; see NYKTER_GATEWAY_HOME_ADDRESS",
                code="port_in_use" if taken else "home_address",
            ) from error
        yield listener

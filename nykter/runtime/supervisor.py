"""Keeps a set of servers and processes running together, and ends them together."""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, Protocol

from nykter.errors import NykterError

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_STEADY_S = 30.0
_POLL_S = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Service(Protocol):
    """Anything that can be kept running: an embedded database, a broker, a child process."""

    name: str

    def start(self) -> object:
        """Start it, or start it again after it died."""

    def is_running(self) -> bool:
        """Whether it is alive."""

    def stop(self) -> None:
        """End it. Safe to call twice."""


class StopRequested(Exception):
    """A person or the system asked for the end (SIGINT, SIGTERM or SIGHUP)."""


@dataclass
class _Kept:
    service: Service
    restart: bool
    started_at: float = field(default_factory=time.monotonic)
    pause_s: float = _FIRST_PAUSE_S
    due_at: float | None = None
    restarts: int = 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Supervisor:
    """Starts services one after another, starts again whichever dies, and stops all in reverse order.

    A context manager: on leaving it, however that happens, everything it started has ended. Inside, SIGINT, SIGTERM
    and SIGHUP raise StopRequested from `add`, `wait_for`, `run` and `poll`, never in the middle of something else.
    """

    def __init__(self, say: Callable[[str], None] = _say) -> None:
        self._say = say
        self._kept: list[_Kept] = []
        self._stop_signal: int | None = None
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Supervisor":
        for number in _SIGNALS:
            self._former[number] = signal.signal(number, self._note_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop_all()
        finally:
            for number, former in self._former.items():
                signal.signal(number, former)

    def add(
        self,
        service: Service,
        *,
        ready: Callable[[], bool] | None = None,
        timeout_s: float = 30.0,
        restart: bool = True,
    ) -> None:
        """Start a service and wait until `ready` says so. Raises NykterError when it dies or takes too long.

        With `restart`, it is started again whenever it dies, after a pause that doubles up to ten seconds.
        """
        self.raise_if_asked_to_stop()
        kept = _Kept(service, restart)
        self._kept.append(kept)
        service.start()
        if ready is not None:
            self.wait_for(ready, timeout_s, f"{service.name} to be ready", service)

    def wait_for(
        self, condition: Callable[[], bool], timeout_s: float, what: str, service: Service | None = None
    ) -> None:
        """Wait for `condition`, keeping everything else running meanwhile. Raises NykterError when it takes too long.

        With `service`, that one is not restarted while we wait: its death is the answer.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if service is not None and not service.is_running():
                raise NykterError(f"{service.name} ended while it was starting. {_last_words(service)}")
            if time.monotonic() > deadline:
                raise NykterError(f"Waited {timeout_s:.0f} s for {what}. {_last_words(service)}")
            self.poll(but_not=service)
            time.sleep(0.02)

    def run(self, tick: Callable[[], None] | None = None) -> None:
        """Keep everything running until asked to stop (StopRequested); `tick` is called ten times a second."""
        while True:
            self.poll()
            if tick is not None:
                tick()
            time.sleep(_POLL_S)

    def poll(self, but_not: Service | None = None) -> None:
        """Look after everything once: note who died, start again whose pause is over."""
        self.raise_if_asked_to_stop()
        now = time.monotonic()
        for kept in self._kept:
            if kept.service is but_not or not kept.restart:
                continue
            if kept.service.is_running():
                if now - kept.started_at > _STEADY_S:
                    kept.pause_s = _FIRST_PAUSE_S
            elif kept.due_at is None:
                kept.due_at = now + kept.pause_s
                self._say(
                    f"{kept.service.name} ended unexpectedly; starting it again in {kept.pause_s:.1f} s."
                )
            elif now >= kept.due_at:
                self._start_again(kept)

    def let_go(self, service: Service) -> None:
        """End one service and look after it no more."""
        self._kept = [kept for kept in self._kept if kept.service is not service]
        service.stop()

    def restarts(self, name: str) -> int:
        """How often the service of that name had to be started again."""
        return sum(kept.restarts for kept in self._kept if kept.service.name == name)

    def stop_all(self) -> None:
        """End everything, the last started first. One that refuses does not keep the others from ending."""
        failures: list[Exception] = []
        while self._kept:
            service = self._kept.pop().service
            try:
                service.stop()
            except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the others must still be stopped
                failures.append(error)
                self._say(f"{service.name} did not stop cleanly: {error}")
        if failures:
            raise failures[0]

    def raise_if_asked_to_stop(self) -> None:
        """Raises StopRequested when a signal has come."""
        if self._stop_signal is not None:
            raise StopRequested(signal.Signals(self._stop_signal).name)

    def _start_again(self, kept: _Kept) -> None:
        kept.due_at = None
        kept.pause_s = min(kept.pause_s * 2, _LONGEST_PAUSE_S)
        kept.restarts += 1
        kept.started_at = time.monotonic()
        try:
            kept.service.start()
        except NykterError as error:
            self._say(f"{kept.service.name} could not be started again: {error}")

    def _note_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stop_signal = number


def _last_words(service: Service | None) -> str:
    said = getattr(service, "last_words", None)
    words = said() if callable(said) else ""
    return f"Its last words: {words}" if words else ""

"""A driver and a simulated device joined without radio, on time that is only counted: a whole test in a millisecond."""

from device_gateway.protocol.driver import Command, Driver
from device_gateway.protocol.events import Event
from device_gateway.test_run import Connected, Limits, LinkLost, Run, Tick
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.peripheral import Notify

_STEP_S = 0.25
_LONGEST_S = 600.0


class ByHand:
    """One run of `driver` against `device`, in the device's own seconds."""

    def __init__(self, device: ScriptedBreathalyzer, driver: Driver, limits: Limits | None = None) -> None:
        self.device, self.driver, self.limits = device, driver, limits or Limits()
        self.now_s = 0.0
        self.events: list[Event] = []
        self.run = Run("0f" * 16).started()

    def to_the_end(self) -> Run:
        """Connect, start, and let time pass until the run is finished."""
        self.device.attach(lambda: None)
        self.device.connected()
        for characteristic in self.driver.notify:
            self.device.set_subscribed(characteristic, True)
        for commands in (self.driver.opening, self.driver.start):
            for command in commands():  # drawn one at a time: a later one may need an earlier answer
                self._write(command)
        self.run = self.run.step(Connected(), self._ms, self.limits)
        periodic, asked_s = self.driver.periodic, self.now_s
        while not self.run.finished:
            assert self.now_s < _LONGEST_S, "a run that does not end"
            self._pass(_STEP_S)
            if periodic is not None and self.now_s - asked_s >= periodic.every_s:
                asked_s = self.now_s
                for command in periodic.commands:
                    self._write(command)
        return self.run

    @property
    def _ms(self) -> int:
        return int(self.now_s * 1000)

    def _write(self, command: Command) -> None:
        self._pass(command.after_s)
        self.device.write(command.characteristic, command.data, command.with_response)
        self._pass(0.05)

    def _pass(self, seconds: float) -> None:
        until = self.now_s + seconds
        while True:
            due = self.device.next_due()
            self.now_s = until if due is None else min(max(due, self.now_s), until)
            for effect in self.device.advance(self.now_s):
                if isinstance(effect, Notify):
                    for event in self.driver.feed(effect.characteristic, effect.value):
                        self.events.append(event)
                        self.run = self.run.step(event, self._ms, self.limits)
                else:
                    self.device.disconnected()
                    self.run = self.run.step(LinkLost(), self._ms, self.limits)
            if self.now_s >= until:
                break
        self.run = self.run.step(Tick(), self._ms, self.limits)

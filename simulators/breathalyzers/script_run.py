"""Running a test script on given time. A script yields device seconds to pause and ends, or raises FaultError."""

import math
from collections.abc import Generator

from simulators.breathalyzers.breath import Fault

Script = Generator[float, None, None]
FOREVER = math.inf


class FaultError(Exception):
    """Raised inside a script: the test ends with this fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class ScriptRun:
    """At most one running script, and when it goes on."""

    def __init__(self) -> None:
        self.resume_at = FOREVER
        self.wants_breath = False
        """The script waits for a breath and may be resumed before its pause is over."""
        self._script: Script | None = None

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return self._script is not None

    def start(self, script: Script, now: float) -> None:
        """Take up a script; its first step is due at once."""
        self._script = script
        self.resume_at = now

    def step(self, now: float, pace: float) -> None:
        """Run the script to its next pause. Raises FaultError when the test ends with one."""
        assert self._script is not None
        # Count from when the step was due, so that a late call does not stretch the test; a breath counts from now.
        base = min(self.resume_at, now)
        try:
            self.resume_at = base + next(self._script) / pace
        except StopIteration:
            self.end()
        except FaultError:
            self.end()
            raise

    def end(self) -> None:
        """Drop the script, if any."""
        script, self._script = self._script, None
        self.resume_at = FOREVER
        self.wants_breath = False
        if script is not None:
            script.close()

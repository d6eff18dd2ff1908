"""What is supervised comes back when it dies, and is gone when the supervisor is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nykter.errors import NykterError
from nykter.runtime.child import ChildProcess
from nykter.runtime.ports import wait_until
from nykter.runtime.supervisor import StopRequested, Supervisor

_SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]


def _child(tmp_path: Path, name: str = "sleeper", command: list[str] | None = None) -> ChildProcess:
    return ChildProcess(name, command or _SLEEP, log=tmp_path / f"{name}.log")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_comes_back_under_a_new_number(tmp_path: Path) -> None:
    said: list[str] = []
    child = _child(tmp_path)
    with Supervisor(said.append) as supervisor:
        supervisor.add(child, ready=lambda: "awake" in child.last_words())
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        def is_back() -> bool:
            supervisor.poll()
            return child.pid not in (None, first)

        assert wait_until(is_back, 10.0)
        assert supervisor.restarts("sleeper") == 1
        second = child.pid
    assert second is not None
    assert not _is_alive(second)
    assert "ended unexpectedly" in said[0]


def test_one_that_dies_at_once_is_tried_again_ever_more_slowly(tmp_path: Path) -> None:
    said: list[str] = []
    child = _child(tmp_path, "broken", [sys.executable, "-c", "raise SystemExit(1)"])
    with Supervisor(said.append) as supervisor:
        supervisor.add(child)

        def tried_twice() -> bool:
            supervisor.poll()
            return len(said) >= 3

        assert wait_until(tried_twice, 20.0)
    assert [text.split()[-2] for text in said[:3]] == ["0.2", "0.4", "0.8"]


def test_one_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = _child(tmp_path, "broken", [sys.executable, "-c", "raise SystemExit('no such table')"])
    with Supervisor() as supervisor, pytest.raises(NykterError, match="broken ended .* no such table"):
        supervisor.add(child, ready=lambda: False)


def test_one_that_never_gets_ready_is_reported_and_stopped(tmp_path: Path) -> None:
    child = _child(tmp_path)
    with Supervisor() as supervisor, pytest.raises(NykterError, match="Waited 0 s for sleeper"):
        supervisor.add(child, ready=lambda: False, timeout_s=0.3)
    assert not child.is_running()


def test_everything_ends_in_reverse_order_even_when_one_refuses() -> None:
    ended: list[str] = []

    class Stubborn:
        def __init__(self, name: str, *, refuses: bool = False) -> None:
            self.name = name
            self.refuses = refuses

        def start(self) -> None: ...

        def is_running(self) -> bool:
            return True

        def stop(self) -> None:
            ended.append(self.name)
            if self.refuses:
                raise NykterError("will not")

    supervisor = Supervisor(lambda _text: None)
    with pytest.raises(NykterError, match="will not"), supervisor:
        for service in (Stubborn("database"), Stubborn("broker", refuses=True), Stubborn("web")):
            supervisor.add(service)
    assert ended == ["web", "broker", "database"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_the_children(tmp_path: Path, number: signal.Signals) -> None:
    child = _child(tmp_path)
    ticks: list[int] = []

    def interrupt() -> None:
        ticks.append(1)
        os.kill(os.getpid(), number)

    with Supervisor() as supervisor, pytest.raises(StopRequested):
        supervisor.add(child)
        supervisor.run(interrupt)
    assert ticks == [1]
    assert not child.is_running()


def test_signals_mean_again_what_they_meant_before(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Supervisor() as supervisor:
        supervisor.add(_child(tmp_path))
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    grandchild = (
        "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )
    child = _child(tmp_path, "parent", [sys.executable, "-c", grandchild])
    child.start()
    assert wait_until(lambda: child.last_words().isdigit(), 10.0)
    pid = int(child.last_words())
    child.kill()
    assert wait_until(lambda: not _is_alive(pid) or _is_zombie(pid), 5.0)


_SUPERVISE = """
import sys
from pathlib import Path
from nykter.runtime.child import ChildProcess
from nykter.runtime.supervisor import Supervisor
child = ChildProcess("sleeper", ["sleep", "60"], log=Path(sys.argv[1]))
with Supervisor() as supervisor:
    supervisor.add(child)
    print(child.pid, flush=True)
    supervisor.run()
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death"
)
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _SUPERVISE, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    with supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        supervisor.kill()
    assert wait_until(lambda: not _is_alive(pid) or _is_zombie(pid), 5.0)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False

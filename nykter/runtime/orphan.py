"""What the Linux kernel does and says about a child: ended with its parent, and whether it minds a signal."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(death_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """A `preexec_fn` for `subprocess.Popen`, or None where the system has no such thing.

    The kernel watches the parent's *thread*: start such children from a thread that lives as long as they should.
    `subprocess` changes user before it calls this, which matters because changing user clears the setting.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork, where loading would not be safe
    number, parent = int(death_signal), os.getpid()

    def watch_parent() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked: nobody would ever tell us
            os._exit(1)

    return watch_parent


def catches_signal(pid: int, number: signal.Signals) -> bool:
    """Whether process `pid` has a handler for the signal. True where the system does not tell (proc(5), SigCgt)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    caught = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return not caught or bool(int(caught[0], 16) >> (int(number) - 1) & 1)

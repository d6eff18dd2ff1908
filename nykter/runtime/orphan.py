"""No child outlives its parent: on Linux the kernel signals it when the parent is gone."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

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

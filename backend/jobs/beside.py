"""Work that would hold up a worker's other jobs, run as a process of its own."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Sequence

log = logging.getLogger(__name__)

_NICENESS = 10


async def run_beside(command: Sequence[str]) -> int:
    """Run a command at low priority and return its exit status; it is ended when the job is.

    What it prints goes to the worker's own output. An empty command does nothing: this worker was started without.
    """
    if not command:
        log.warning("this worker has no command for training; start one with `nykter worker`")
        return 0
    process = await asyncio.create_subprocess_exec(*command, preexec_fn=_gently)
    try:
        return await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                process.terminate()


def _gently() -> None:
    os.nice(_NICENESS)

"""A private message bus: one `dbus-daemon` process on a unix socket in a folder only we can enter."""

import asyncio
import contextlib
import ctypes
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from simulators.errors import SimulatorError

START_TIMEOUT_S = 10.0
_LIBC = ctypes.CDLL(None)  # loaded here: nothing is safe to load between fork and exec
_PR_SET_PDEATHSIG = 1
_MAX_SOCKET_PATH = 107  # sun_path of a unix socket, without the closing zero

# A "custom" bus starts from the system bus limits (256 connections per user, 128 pending replies), far too few for
# a hundred simulated tests at the same time.
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
  <limit name="max_completed_connections">4096</limit>
  <limit name="max_incomplete_connections">512</limit>
  <limit name="max_connections_per_user">4096</limit>
  <limit name="max_replies_per_connection">16384</limit>
  <limit name="max_match_rules_per_connection">4096</limit>
  <limit name="max_pending_service_starts">16</limit>
</busconfig>
"""


class DBusDaemonMissingError(SimulatorError):
    """`dbus-daemon` is not on PATH: the virtual radio cannot run without the system package `dbus-daemon`."""


class PrivateBus:
    """Lifetime of one private `dbus-daemon`.

    The daemon dies with us, even when we are killed: the kernel is asked to end it when its parent thread ends.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where the socket goes (made 0700 if absent, kept afterwards); None = a temporary one."""
        self._own_folder = folder is None
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    async def start(self) -> str:
        """Start the daemon and return its address, to be set as `DBUS_SYSTEM_BUS_ADDRESS`.

        Raises DBusDaemonMissingError without the program, SimulatorError when it does not come up.
        """
        program = _find_program()
        folder = self._prepare_folder()
        socket = folder / "bus"
        if len(str(socket)) > _MAX_SOCKET_PATH:
            raise SimulatorError(
                f"bus socket path is longer than {_MAX_SOCKET_PATH} bytes; choose a shorter folder"
            )
        socket.unlink(missing_ok=True)
        config = folder / "bus.conf"
        config.write_text(_CONFIG.format(socket=socket))
        # Starting a program takes a few milliseconds and must happen on this thread: the daemon dies with it.
        self._process = _spawn(program, config)
        self.address = await self._read_address(self._process)
        return self.address

    async def stop(self) -> None:
        """End the daemon and remove what it left. Does nothing when it is not running."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        if self._folder is not None:
            for name in ("bus", "bus.conf"):
                (self._folder / name).unlink(missing_ok=True)
            if self._own_folder:
                with contextlib.suppress(OSError):
                    self._folder.rmdir()
                self._folder = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    def _prepare_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="nykter-bus-"))
        else:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    async def _read_address(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), START_TIMEOUT_S)
        except TimeoutError:
            await self.stop()
            raise SimulatorError("dbus-daemon did not answer in time", permanent=False) from None
        if not line.strip():
            process.wait()
            reason = process.stderr.read().decode(errors="replace").strip()
            await self.stop()
            raise SimulatorError(f"dbus-daemon did not start: {reason or 'no message'}")
        return line.decode().strip()


def _find_program() -> str:
    program = shutil.which("dbus-daemon")
    if program is None:
        raise DBusDaemonMissingError(
            "dbus-daemon is not installed. The virtual Bluetooth radio needs it: "
            "install the system package 'dbus-daemon' (Debian, Ubuntu) or 'dbus' (others)."
        )
    return program


def _spawn(program: str, config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program, f"--config-file={config}", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_die_with_parent,
    )


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

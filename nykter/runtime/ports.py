"""TCP ports on this machine: is one free, and which one is."""

import errno
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

from nykter.errors import NykterError

LOOPBACK = "127.0.0.1"


_LOWEST, _FEWEST, _TRIES = 20_000, 1_000, 50
_LENT_BY_KERNEL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(host: str = LOOPBACK) -> int:
    """A TCP port that was free a moment ago. Another process may take it before it is used.

    Drawn from below the ports that the kernel lends to outgoing connections, where one that is free now may be lent
    the next moment; so two processes seldom draw the same one, and no connection takes it.
    """
    highest = _first_lent() - 1
    if highest - _LOWEST >= _FEWEST:
        for _ in range(_TRIES):
            port = random.randint(_LOWEST, highest)
            if port_is_free(port, host):
                return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _first_lent() -> int:
    try:
        return int(_LENT_BY_KERNEL.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now; one in TIME_WAIT counts as free. Raises NykterError for no port."""
    if not 0 < port < 65536:
        raise NykterError(f"{port} is not a TCP port (1 to 65535).", exit_code=2)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise NykterError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        return True


def require_free_port(port: int, purpose: str, host: str = LOOPBACK) -> int:
    """`port` itself when nothing listens there. Raises NykterError naming the purpose otherwise."""
    if not port_is_free(port, host):
        raise NykterError(
            f"Port {port}, wanted for {purpose}, is in use by another program. "
            f"Stop that program or choose another port (for example PORT={free_port(host)})."
        )
    return port


def accepts_connections(port: int, host: str = LOOPBACK, timeout_s: float = 0.5) -> bool:
    """Whether something answers on `port`."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], timeout_s: float, interval_s: float = 0.02) -> bool:
    """Whether `condition` became true within `timeout_s` seconds of real time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_s)
    return True

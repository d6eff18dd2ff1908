"""A real `nykter gateway run` process for tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from device_gateway.signing import create_key
from nykter.runtime.broker import Broker, login_url
from simulators.bluez import BUS_VARIABLE

TENANT = "testkommun"
DEVICE = "gw-test-1"


class GatewayProcess:
    """Starts, kills and restarts one gateway; its folder survives."""

    def __init__(
        self, folder: Path, broker: Broker, server_key: bytes, bus_address: str, **settings: str
    ) -> None:
        self._folder = folder
        self._key_file = folder / "gateway.key"
        self.public_key = create_key(self._key_file).public_key
        self._port_file = folder / "port"
        self._process: subprocess.Popen[bytes] | None = None
        login = broker.add_gateway(TENANT, DEVICE)
        given = {
            "DEVICE_ID": DEVICE,
            "TENANT": TENANT,
            "MQTT_URL": login_url(broker, login),
            "KEY_FILE": str(self._key_file),
            "SERVER_PUBLIC_KEY": server_key.hex(),
            "OUTBOX_PATH": str(folder / "outbox.sqlite3"),
            "PORT": "0",
            **{name.upper(): value for name, value in settings.items()},
        }
        self.environment = {
            **os.environ,
            BUS_VARIABLE: bus_address,
            **{f"NYKTER_GATEWAY_{name}": value for name, value in given.items()},
        }
        self.url = ""

    def start(self) -> None:
        """Start and wait until the page answers."""
        self._port_file.unlink(missing_ok=True)
        log = (self._folder / "gateway.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nykter", "gateway", "run", "--port-file", str(self._port_file)],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while not self._port_file.exists():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{self._port_file.read_text().strip()}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self._folder / "gateway.log").read_text("utf-8", "replace")

    def state(self) -> dict[str, Any]:
        """GET /api/state."""
        state: dict[str, Any] = httpx.get(f"{self.url}/api/state", timeout=10).json()
        return state

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """A JSON POST as a local program sends it."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=10)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(30)

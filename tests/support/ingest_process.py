"""`nykter ingest` as a process of its own, to be started, stopped and killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from nykter.runtime.broker import Broker, login_url
from nykter.runtime.ports import wait_until

RECEIPT_SEED = b"\x07" * 32


class IngestProcess:
    """One ingest. Give `name` another value for a second one; `settings` are NYKTER_* variables."""

    def __init__(
        self, database: str, broker: Broker, folder: Path, name: str = "ingest", **settings: str
    ) -> None:
        key = folder / f"{name}.key"
        key.touch(mode=0o600)
        key.write_text(RECEIPT_SEED.hex(), encoding="ascii")
        self.log = folder / f"{name}.log"
        self._environment = {
            **os.environ,
            "NYKTER_DATABASE_URL": database,
            "NYKTER_MQTT_URL": login_url(broker, broker.backend),
            "NYKTER_RECEIPT_KEY_FILE": str(key),
            "NYKTER_INGEST_NAME": name,
            # amqtt does not answer MQTT 5 at all; finding that out takes two seconds.
            "NYKTER_MQTT_VERSION": "3.1.1" if broker.name == "amqtt" else "auto",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nykter", "ingest"], stdout=log, stderr=log, env=self._environment
            )

    def kill(self) -> None:
        """SIGKILL, at whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, timeout_s: float = 30.0) -> int:
        """SIGTERM, and its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout_s)

    def wait_until_connected(self, timeout_s: float) -> bool:
        """Until it has subscribed at the broker (for the first time)."""
        return wait_until(lambda: "connected to the broker" in self.log.read_text(), timeout_s)

    def resident_bytes(self) -> float:
        """Memory of the process itself, its judges not counted."""
        assert self._process is not None
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> "IngestProcess":
        if not self.is_running:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

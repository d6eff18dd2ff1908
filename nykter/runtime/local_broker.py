"""Brokers we start ourselves on 127.0.0.1: Mosquitto as a server program, amqtt as a child in Python."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nykter.ca.certificates import Use
from nykter.errors import NykterError
from nykter.runtime.account import ServerAccount, account_for, private_folder, write_private
from nykter.runtime.broker import Credentials, loopback_url, mosquitto_program
from nykter.runtime.broker_logins import BrokerLogins, digest_logins, mosquitto_acl, mosquitto_password_line
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.home import home_for
from nykter.runtime.orphan import catches_signal, die_with_parent
from nykter.runtime.ports import LOOPBACK, accepts_connections, free_port, require_free_port, wait_until

if TYPE_CHECKING:
    from nykter.ca.authority import Authority

_START_TIMEOUT_S = 20.0


class LocalBroker(ABC):
    """What both have in common: a private folder, a port on 127.0.0.1, logins, a child process and its log."""

    name: str

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._account = self._choose_account()
        self._home: Path | None = None
        self._lock: FolderLock | None = None
        self._logins: BrokerLogins | None = None

    @property
    def url(self) -> str:
        """Address without a login; known once started."""
        if self.port is None:
            raise NykterError("The broker has not been started.")
        return loopback_url(self.port)

    @property
    def backend(self) -> Credentials:
        """The backend's login."""
        return self._known_logins().backend()

    @property
    def pid(self) -> int | None:
        """Process number of the running broker."""
        return self._process.pid if self._process and self.is_running() else None

    @property
    def log_path(self) -> Path:
        """Where the broker writes what it has to say."""
        return self._started_home() / "broker.log"

    def start(self) -> str:
        """Start, or start again on the same port, and return `url` once connections are accepted."""
        if self.is_running():
            return self.url
        logins = self._known_logins()
        home = self._started_home()
        self._lock = self._lock or FolderLock(self.folder, "A broker")
        self._lock.acquire()
        self.port = require_free_port(self.port or free_port(), "the MQTT broker")
        self._write_settings(home, logins, self.port)
        with self.log_path.open("wb") as output:
            self.log_path.chmod(0o600)
            self._account.give(self.log_path)
            self._process = subprocess.Popen(
                self._command(home), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=home,
                env=self._environment(), start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),
                **self._account.popen_options(),
            )  # fmt: skip
        port = self.port
        wait_until(lambda: not self.is_running() or self._is_ready(port), _START_TIMEOUT_S)
        if not self.is_running() or not self._is_ready(port):
            said = self.log_path.read_text(encoding="utf-8", errors="replace").strip()[-600:]
            self.stop()
            raise NykterError(f"The broker ({self.name}) did not start. Its last words: {said or 'none'}")
        return self.url

    def add_gateway(self, tenant_id: str, device_id: str) -> Credentials:
        """A gateway's login, made when new and known to a running broker at once."""
        logins = self._known_logins()
        credentials, is_new = logins.gateway(tenant_id, device_id)
        if is_new and self._process is not None and self.is_running():
            self._write_logins(self._started_home(), logins)
            self._announce_logins(self._process)
        return credentials

    def is_running(self) -> bool:
        """Whether the broker process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in an orderly way. Safe to call twice."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10.0)
        self.kill()
        if self._lock is not None:
            self._lock.release()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None

    def _choose_account(self) -> ServerAccount:
        return account_for(("mosquitto",))

    def _is_ready(self, port: int) -> bool:
        return accepts_connections(port)

    def _environment(self) -> dict[str, str]:
        """Only what the child needs, and where our packages are: it also starts from a checkout not installed."""
        packages = str(Path(__file__).resolve().parents[2])
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "PYTHONPATH": packages}

    @abstractmethod
    def _command(self, home: Path) -> list[str]: ...

    @abstractmethod
    def _write_settings(self, home: Path, logins: BrokerLogins, port: int) -> None: ...

    @abstractmethod
    def _write_logins(self, home: Path, logins: BrokerLogins) -> None: ...

    @abstractmethod
    def _announce_logins(self, process: subprocess.Popen[bytes]) -> None: ...

    def _started_home(self) -> Path:
        if self._home is None:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            private_folder(self.folder, self._account)
            self._home = home_for(self.folder, self._account)
        return self._home

    def _known_logins(self) -> BrokerLogins:
        if self._logins is None:
            self._started_home()
            self._logins = BrokerLogins(self.folder)
        return self._logins


class MosquittoBroker(LocalBroker):
    """Mosquitto with settings of our own: queues on disk, no anonymous client, each gateway on its own topics."""

    name = "mosquitto"

    def _command(self, home: Path) -> list[str]:
        program = mosquitto_program()
        if program is None:
            raise NykterError("mosquitto is not installed; install it or use the broker in Python (amqtt).")
        return [program, "-c", str(home / "mosquitto.conf")]

    def _write_settings(self, home: Path, logins: BrokerLogins, port: int) -> None:
        settings = (
            f"listener {port} {LOOPBACK}",
            *self._who_may_enter(home),
            f"acl_file {home / 'acl'}",
            "persistence true",
            f"persistence_location {home}/",
            # Saved every half hour by default; every ten seconds here. Each time it writes the whole queue and serves
            # nobody meanwhile: on each change 67 messages/s into a backlog of 4,000; each second three quarters of the
            # broker's processor time while 50,000 are drained (docs/decisions/0002).
            # What a crash loses of the last ten seconds is still in the gateways' outboxes.
            "autosave_on_changes false",
            "autosave_interval 10",
            # Defaults 20 and 1000: a backlog must neither trickle nor be dropped.
            "max_inflight_messages 4000",
            "max_queued_messages 1000000",
            "max_packet_size 262144",
            "set_tcp_nodelay true",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "connection_messages false",
        )
        write_private(home / "mosquitto.conf", "\n".join(settings) + "\n", self._account)
        self._write_logins(home, logins)

    def _who_may_enter(self, home: Path) -> tuple[str, ...]:
        return "allow_anonymous false", f"password_file {home / 'passwords'}"

    def _write_logins(self, home: Path, logins: BrokerLogins) -> None:
        known = logins.all()
        write_private(home / "passwords", "".join(map(mosquitto_password_line, known)), self._account)
        write_private(home / "acl", mosquitto_acl(known), self._account)

    def _announce_logins(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGHUP)

    def _is_ready(self, port: int) -> bool:
        # It listens a moment before it minds SIGHUP, which ends it in between: once in 60 starts, measured on 2.0.11.
        return super()._is_ready(port) and self.pid is not None and catches_signal(self.pid, signal.SIGHUP)


class MosquittoTlsBroker(MosquittoBroker):
    """Mosquitto with TLS and no passwords: a certificate of the deployment's own authority says who somebody is."""

    def __init__(
        self, folder: Path, authority: "Authority", *, now: datetime, port: int | None = None
    ) -> None:
        """Its own certificate, for localhost and 127.0.0.1, is issued at each start of a new object."""
        super().__init__(folder, port=port)
        self._authority = authority
        self._certificate, self._key = authority.issue(
            "localhost", Use.SERVER, ("localhost", LOOPBACK), now=now
        )

    @property
    def url(self) -> str:
        """Address; known once started."""
        return super().url.replace("mqtt://", "mqtts://")

    def reload(self) -> None:
        """Take over what the authority has issued and revoked since; connections that exist stay open."""
        self._write_logins(self._started_home(), self._known_logins())
        if self._process is not None and self.is_running():
            self._announce_logins(self._process)

    def _who_may_enter(self, home: Path) -> tuple[str, ...]:
        write_private(home / "server.pem", self._certificate, self._account)
        write_private(home / "server.key", self._key, self._account)
        return (
            "allow_anonymous false",
            f"cafile {home / 'ca.pem'}",
            f"crlfile {home / 'crl.pem'}",
            f"certfile {home / 'server.pem'}",
            f"keyfile {home / 'server.key'}",
            "tls_version tlsv1.2",
            "require_certificate true",
            "use_identity_as_username true",
        )

    def _write_logins(self, home: Path, logins: BrokerLogins) -> None:
        for name in ("ca.pem", "crl.pem", "acl"):
            text = (self._authority.broker_folder / name).read_text(encoding="ascii")
            write_private(home / name, text, self._account)


class AmqttBroker(LocalBroker):
    """A broker in Python, in a child process of its own. It keeps nothing over a restart."""

    name = "amqtt"

    def _choose_account(self) -> ServerAccount:
        # It runs our own interpreter, which another account may not be able to reach, so it stays under ours.
        return ServerAccount("self", os.geteuid(), os.getegid())

    def _command(self, home: Path) -> list[str]:
        return [
            sys.executable,
            "-m",
            "nykter.runtime.amqtt_broker",
            str(self.port),
            str(home / "amqtt-logins.json"),
        ]

    def _write_settings(self, home: Path, logins: BrokerLogins, port: int) -> None:
        self._write_logins(home, logins)

    def _write_logins(self, home: Path, logins: BrokerLogins) -> None:
        write_private(home / "amqtt-logins.json", json.dumps(digest_logins(logins.all())))

    def _announce_logins(self, process: subprocess.Popen[bytes]) -> None:
        """Nothing to do: it looks at the file's age whenever somebody logs in."""

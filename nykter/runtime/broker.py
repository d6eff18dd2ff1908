"""The MQTT broker: Mosquitto when it is installed, else one in Python, else an address we are given.

All of them look the same from outside. What they promise differs (amqtt forgets everything when it stops), which is
why no promise of ours rests on the broker: a gateway keeps a reading until the backend's signed receipt for it is in.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from nykter.errors import NykterError
from nykter.runtime.ports import LOOPBACK, accepts_connections

BACKEND_USER = "backend"
_DEFAULT_PORT = 1883
_ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Credentials:
    """One login at the broker. The password is generated, never chosen; it is left out of every representation."""

    username: str
    password: str = field(repr=False)


class Broker(Protocol):
    """A broker that can be started, stopped and killed, and that knows who may publish where."""

    name: str

    @property
    def url(self) -> str:
        """Address without a login: mqtt://host:port."""

    @property
    def backend(self) -> Credentials:
        """The backend's login: reads and writes every topic of ours."""

    def start(self) -> str:
        """Start and return `url` once connections are accepted. Raises NykterError in words."""

    def add_gateway(self, tenant_id: str, device_id: str) -> Credentials:
        """One gateway's login, made when new: publishes only its device's topics, reads only its receipts."""

    def is_running(self) -> bool:
        """Whether the broker is alive."""

    def stop(self) -> None:
        """End it in an orderly way. Safe to call twice."""

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""


def login_url(broker: Broker, credentials: Credentials) -> str:
    """`mqtt://user:password@host:port`, as the NYKTER_MQTT_URL setting of a process takes it. A secret."""
    address = urlsplit(broker.url)
    login = f"{quote(credentials.username, safe='')}:{quote(credentials.password, safe='')}"
    return f"{address.scheme}://{login}@{address.netloc}"


class ExternalBroker:
    """A broker somebody else runs. It has one login for everybody, unless the address carries none."""

    name = "external"

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("mqtt", "mqtts") or not address.hostname:
            raise NykterError(
                "The broker's address must look like mqtt://user:password@host:port.", exit_code=2
            )
        self._url = f"{address.scheme}://{address.hostname}:{address.port or _DEFAULT_PORT}"
        self._login = Credentials(unquote(address.username or ""), unquote(address.password or ""))

    @property
    def url(self) -> str:
        """Address without a login."""
        return self._url

    @property
    def backend(self) -> Credentials:
        """The login in the address we were given."""
        return self._login

    def start(self) -> str:
        """Nothing to start, but it must answer. Raises NykterError when it does not."""
        address = urlsplit(self._url)
        if not accepts_connections(
            address.port or _DEFAULT_PORT, address.hostname or LOOPBACK, _ANSWER_TIMEOUT_S
        ):
            raise NykterError(
                f"The broker at {self._url} does not answer. Check NYKTER_MQTT_URL, or unset it."
            )
        return self._url

    def add_gateway(self, tenant_id: str, device_id: str) -> Credentials:
        """The same login for every gateway: who may publish where is up to whoever runs that broker."""
        return self._login

    def is_running(self) -> bool:
        """Always, as far as we are concerned."""
        return True

    def stop(self) -> None:
        """Nothing to stop."""

    def kill(self) -> None:
        """Nothing to kill."""


def mosquitto_program() -> str | None:
    """The `mosquitto` program, also where Debian puts it (outside an ordinary user's PATH)."""
    return shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    )


def make_broker(
    folder: Path, *, kind: str | None = None, url: str | None = None, port: int | None = None
) -> Broker:
    """The broker to use: `url` when given, else `kind` (mosquitto or amqtt), else whichever is installed.

    Nothing is started yet. `port` is on 127.0.0.1; a free one when None, kept over restarts of the same object.
    """
    if url:
        return ExternalBroker(url)
    from nykter.runtime.local_broker import (
        AmqttBroker,
        MosquittoBroker,
    )  # here: only who starts one needs them

    chosen = kind or ("mosquitto" if mosquitto_program() else "amqtt")
    if chosen == "mosquitto":
        return MosquittoBroker(folder, port=port)
    if chosen == "amqtt":
        return AmqttBroker(folder, port=port)
    raise NykterError(f"There is no broker called {chosen}; choose mosquitto or amqtt.", exit_code=2)


def loopback_url(port: int) -> str:
    """Address of a broker on this machine."""
    return f"mqtt://{LOOPBACK}:{port}"

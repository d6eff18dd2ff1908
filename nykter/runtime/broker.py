"""What an MQTT broker is to the rest of the system. `nykter.runtime.brokers` makes one.

All of them look the same from outside. What they promise differs (amqtt forgets everything when it stops), which is
why no promise of ours rests on the broker: a gateway keeps a reading until the backend's signed receipt for it is in.
"""

import shutil
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, urlsplit

from nykter.runtime.ports import LOOPBACK

BACKEND_USER = "backend"


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


def mosquitto_program() -> str | None:
    """The `mosquitto` program, also where Debian puts it (outside an ordinary user's PATH)."""
    return shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    )


def loopback_url(port: int) -> str:
    """Address of a broker on this machine."""
    return f"mqtt://{LOOPBACK}:{port}"

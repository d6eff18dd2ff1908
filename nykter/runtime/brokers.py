"""Which broker to use: Mosquitto when it is installed, else one in Python, else an address we are given."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from nykter.errors import NykterError
from nykter.runtime.broker import Broker, Credentials, mosquitto_program
from nykter.runtime.ports import LOOPBACK, accepts_connections

_DEFAULT_PORT = 1883
_ANSWER_TIMEOUT_S = 5.0


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


def make_broker(
    folder: Path, *, kind: str | None = None, url: str | None = None, port: int | None = None
) -> Broker:
    """The broker to use: `url` when given, else `kind` (mosquitto or amqtt), else whichever is installed.

    Nothing is started yet. `port` is on 127.0.0.1; a free one when None, kept over restarts of the same object.
    """
    if url:
        return ExternalBroker(url)
    from nykter.runtime.local_broker import AmqttBroker, MosquittoBroker  # only who starts one needs them

    chosen = kind or ("mosquitto" if mosquitto_program() else "amqtt")
    if chosen == "mosquitto":
        return MosquittoBroker(folder, port=port)
    if chosen == "amqtt":
        return AmqttBroker(folder, port=port)
    raise NykterError(f"There is no broker called {chosen}; choose mosquitto or amqtt.", exit_code=2)

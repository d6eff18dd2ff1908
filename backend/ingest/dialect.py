"""Which MQTT is spoken with this broker, and whether it can divide one stream among several ingests."""

from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from backend.errors import BackendError
from backend.ingest.broker_address import Version

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
_SILENT_TIMES = 2
"""A broker that ends the connection instead of answering does not know MQTT 5, or is just starting."""

_SILENCE_S, _LONG_SILENCE_S = 2.0, 30.0


class SharingUnavailable(BackendError):
    """This broker has no shared subscriptions, so only one ingest can read from it: the one named `ingest`.

    Use a broker with MQTT 5, or run one ingest without NYKTER_INGEST_SHARE.
    """


class Dialect:
    """MQTT 5 until the broker shows that it does not know it; then 3.1.1, and the other way round should that fail."""

    def __init__(self, wanted: Version) -> None:
        self._free = wanted is Version.AUTO
        self.version = V311 if wanted is Version.V311 else V5
        self._chosen_by_hand = wanted is Version.V311
        self._proven = False
        self._silent = 0

    def answered(self) -> None:
        """The broker has accepted this version."""
        self._proven, self._silent = True, 0

    def refused(self) -> None:
        """The broker says that it does not know this version."""
        if self._free and not self._proven:
            self.version = V311 if self.version is V5 else V5
        self._silent = 0

    def closed(self) -> None:
        """The broker closed the connection before it had said anything."""
        self._silent += 1
        if self._silent >= _SILENT_TIMES:
            self.refused()

    @property
    def patience_s(self) -> float:
        """How long to wait for an answer before another version is tried (one of them, amqtt, never answers MQTT 5)."""
        return _SILENCE_S if self._free and not self._proven else _LONG_SILENCE_S

    def can_share(self, properties: Any) -> bool:
        """Whether shared subscriptions work, by the broker's answer to CONNECT (MQTT 5: unless it says no).

        In 3.1.1 a broker cannot say so; that it can is then for the settings to say, by choosing 3.1.1 themselves.
        """
        if self.version is V5:
            return bool(getattr(properties, "SharedSubscriptionAvailable", 1))
        return self._chosen_by_hand

"""Where the broker is, and how ingest presents itself there."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from contracts.topics import subscriptions


class Version(StrEnum):
    """Which MQTT to speak. `AUTO`: 5, and 3.1.1 where the broker does not know that."""

    AUTO = "auto"
    V5 = "5"
    V311 = "3.1.1"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and how to log in."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    version: Version = Version.AUTO
    certificate_file: Path | None = None
    certificate_key_file: Path | None = None

    @classmethod
    def from_url(
        cls,
        url: str,
        ca_file: Path | None = None,
        version: Version = Version.AUTO,
        certificate_file: Path | None = None,
        certificate_key_file: Path | None = None,
    ) -> "BrokerAddress":
        """From mqtt://user:password@host:port, or mqtts:// with TLS. Raises ValueError.

        With a certificate of our own (TLS only) the broker knows us by that, and the address needs no login.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError("not an MQTT address")
        tls = parts.scheme == "mqtts"
        port = parts.port or (8883 if tls else 1883)
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password or "") if user else None
        files = (certificate_file, certificate_key_file) if tls else (None, None)
        return cls(parts.hostname, port, user, password, tls, ca_file, version, *files)


def filters(share: str | None) -> tuple[str, ...]:
    """Topic filters of ingest; those of one group (`share`) are given each message between them once."""
    prefix = f"$share/{share}/" if share else ""
    return tuple(prefix + topic for topic in subscriptions())

"""How gateways are let into this deployment's broker: by certificates of its own authority, or else by passwords."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.errors import Invalid
from backend.services.broker_access import BrokerAccess
from contracts.enrolment import BrokerLogin
from contracts.topics import Kind, Topic, parse
from nykter.ca.authority import Authority
from nykter.clock import SystemClock
from nykter.errors import NykterError
from nykter.runtime.account import write_private
from nykter.runtime.broker_logins import BrokerLogins, mosquitto_acl, mosquitto_password_line
from nykter.settings import ServeSettings


class CertificateAccess:
    """The deployment's own authority signs what a gateway asks for. Certificates go by the machine's own clock."""

    def __init__(self, authority: Authority, broker_url: str, receipt_keys: tuple[str, ...]) -> None:
        self._authority, self._url = authority, broker_url
        self.receipt_keys = receipt_keys

    def grant(self, tenant_id: str, device_id: str, csr: str) -> BrokerLogin:
        """A certificate under the gateway's name. Raises Invalid for what is no request for a P-256 key."""
        try:
            certificate = self._authority.sign_request(
                csr, _username(tenant_id, device_id), now=SystemClock().now()
            )
        except NykterError as error:
            raise Invalid(str(error)) from error
        return BrokerLogin(broker_url=self._url, ca_certificate=self._authority.pem, certificate=certificate)

    def withdraw(self, tenant_id: str, device_id: str) -> None:
        """Put its certificates on the list, and take its rights from the broker's ACL."""
        self._authority.revoke(_username(tenant_id, device_id), now=SystemClock().now())


class PasswordAccess:
    """The folder of `nykter broker-login`. The broker must read its files again after each change."""

    def __init__(
        self, folder: Path, broker_url: str, receipt_keys: tuple[str, ...], ca_file: Path | None = None
    ) -> None:
        self._folder, self._url, self._ca_file = folder, broker_url, ca_file
        self.receipt_keys = receipt_keys

    def grant(self, tenant_id: str, device_id: str, csr: str) -> BrokerLogin:
        """A password under the gateway's name, the same when it had one."""
        with self._logins() as logins:
            login, _ = logins.gateway(tenant_id, device_id)
        ca = self._ca_file.read_text(encoding="ascii") if self._ca_file else None
        return BrokerLogin(
            broker_url=self._url, ca_certificate=ca, mqtt_user=login.username, mqtt_password=login.password
        )

    def withdraw(self, tenant_id: str, device_id: str) -> None:
        """Forget its password."""
        with self._logins() as logins:
            logins.forget(tenant_id, device_id)

    @contextmanager
    def _logins(self) -> Iterator[BrokerLogins]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            logins = BrokerLogins(self._folder)
            yield logins
            passwords = "".join(map(mosquitto_password_line, logins.all()))
            write_private(self._folder / "passwords", passwords)
            write_private(self._folder / "acl", mosquitto_acl(logins.all()))


def broker_access_from(settings: ServeSettings) -> BrokerAccess | None:
    """What the settings say; None when they say nothing. Raises NykterError when they say half of it."""
    url = settings.enrol_broker_url
    if url is None:
        return None
    keys = tuple(one.strip().lower() for one in (settings.receipt_public_key or "").split(",") if one.strip())
    if not keys or any(not _is_key(one) for one in keys):
        raise NykterError("NYKTER_RECEIPT_PUBLIC_KEY must be set for enrolment: 64 hex digits.", exit_code=2)
    if settings.enrol_ca_folder is not None:
        passphrase = settings.ca_passphrase.get_secret_value() if settings.ca_passphrase else None
        return CertificateAccess(Authority(settings.enrol_ca_folder, passphrase), url, keys)
    if settings.enrol_logins_folder is not None:
        return PasswordAccess(settings.enrol_logins_folder, url, keys, settings.enrol_broker_ca_file)
    raise NykterError(
        "NYKTER_ENROL_BROKER_URL is set; NYKTER_ENROL_CA_FOLDER or NYKTER_ENROL_LOGINS_FOLDER must be, too.",
        exit_code=2,
    )


def _username(tenant_id: str, device_id: str) -> str:
    """The name at the broker. Raises ContractError for what could not stand in a topic."""
    parse(str(Topic(tenant_id, device_id, Kind.READING)))
    return f"{tenant_id}.{device_id}"


def _is_key(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == 32
    except ValueError:
        return False

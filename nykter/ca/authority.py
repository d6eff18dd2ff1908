"""The authority in its folder: its key, what it has issued, and the files a broker reads.

    ca.key        its key, 0600, encrypted when there is a passphrase
    ca.pem        its certificate                  issued.json   every certificate it has signed
    broker/       ca.pem, crl.pem, acl: what Mosquitto reads; nothing in here is secret

Several processes may issue at the same time: each change is made under a lock and each file is replaced in one step.
"""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nykter.ca.certificates import (
    Key,
    Use,
    authority_certificate,
    new_key,
    requested_key,
    revocation_list,
    signed_certificate,
)
from nykter.errors import NykterError
from nykter.runtime.account import private_folder, write_private
from nykter.runtime.broker_logins import login_named, mosquitto_acl


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate the authority has signed. Times are ISO 8601, UTC; the serial number is hexadecimal."""

    serial: str
    name: str
    use: str
    not_after: str
    revoked_at: str | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is neither revoked nor run out."""
        return self.revoked_at is None and datetime.fromisoformat(self.not_after) > now


class Authority:
    """An authority that exists already (`create` makes one)."""

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        """Raises NykterError when the folder holds none, or the passphrase does not open its key."""
        self.folder, self.broker_folder = folder, folder / "broker"
        try:
            self.certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
            sealed = (folder / "ca.key").read_bytes()
        except (OSError, ValueError) as error:
            raise NykterError(
                f"{folder} holds no certificate authority; `nykter ca init` makes one."
            ) from error
        if (folder / "ca.key").stat().st_mode & 0o077:
            raise NykterError(f"{folder / 'ca.key'} is open to others: chmod 600 it.")
        self._key = _opened(sealed, passphrase, folder)

    @classmethod
    def create(cls, folder: Path, name: str, passphrase: str | None = None, *, now: datetime) -> "Authority":
        """A new authority. Raises NykterError when there is one already: a key is never replaced silently."""
        if (folder / "ca.key").exists():
            raise NykterError(f"{folder} holds a certificate authority already.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        private_folder(folder)
        key = new_key()
        write_private(folder / "ca.key", _sealed(key, passphrase))
        write_private(folder / "ca.pem", _pem(authority_certificate(key, name, now=now)))
        authority = cls(folder, passphrase)
        with authority._locked():
            authority._publish([], now=now)
        return authority

    @property
    def pem(self) -> str:
        """The authority's own certificate, for everybody who has to trust it."""
        return _pem(self.certificate)

    def issued(self) -> list[Issued]:
        """Every certificate it has signed, oldest first."""
        try:
            return [Issued(**one) for one in json.loads((self.folder / "issued.json").read_text())]
        except FileNotFoundError:
            return []

    def sign_request(self, csr_pem: str, name: str, *, now: datetime) -> str:
        """A client certificate for the key in a request, under the name we say. Raises NykterError."""
        return self._issue(requested_key(csr_pem), name, Use.CLIENT, (), now)

    def issue(self, name: str, use: Use, hosts: Sequence[str] = (), *, now: datetime) -> tuple[str, str]:
        """A certificate and its new key, both PEM; the key is kept nowhere here. Raises NykterError."""
        key = new_key()
        return self._issue(key.public_key(), name, use, hosts, now), _sealed(key, None)

    def revoke(self, name: str, *, now: datetime) -> int:
        """Trust no certificate of this name any more; returns how many were revoked. They stay in the list."""
        with self._locked():
            before = self.issued()
            after = [
                replace(one, revoked_at=now.isoformat()) if one.name == name and one.holds(now) else one
                for one in before
            ]
            self._publish(after, now=now)
        return sum(old != new for old, new in zip(before, after, strict=True))

    def refresh(self, *, now: datetime) -> Path:
        """Write the broker's files again (the rights of names whose certificates have run out go)."""
        with self._locked():
            self._publish(self.issued(), now=now)
        return self.broker_folder

    def _issue(
        self, key: ec.EllipticCurvePublicKey, name: str, use: Use, hosts: Sequence[str], now: datetime
    ) -> str:
        certificate = signed_certificate(self.certificate, self._key, key, name, use, hosts=hosts, now=now)
        entry = Issued(
            f"{certificate.serial_number:x}", name, use.value, certificate.not_valid_after_utc.isoformat()
        )
        with self._locked():
            self._publish([*self.issued(), entry], now=now)
        return _pem(certificate)

    def _publish(self, issued: list[Issued], *, now: datetime) -> None:
        write_private(
            self.folder / "issued.json", json.dumps([asdict(one) for one in issued], indent=1) + "\n"
        )
        revoked = [
            (int(one.serial, 16), datetime.fromisoformat(one.revoked_at)) for one in issued if one.revoked_at
        ]
        crl = revocation_list(self.certificate, self._key, revoked, now=now)
        clients = dict.fromkeys(one.name for one in issued if one.use == Use.CLIENT and one.holds(now))
        private_folder(self.broker_folder)
        files = {
            "ca.pem": self.pem,
            "crl.pem": crl.public_bytes(serialization.Encoding.PEM).decode("ascii"),
            "acl": mosquitto_acl([login_named(name) for name in clients]),
        }
        for name, text in files.items():
            write_private(self.broker_folder / name, text)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _sealed(key: Key, passphrase: str | None) -> str:
    way: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, way).decode("ascii")


def _opened(sealed: bytes, passphrase: str | None, folder: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(sealed, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise NykterError(
            f"The key in {folder} does not open. Its passphrase comes from NYKTER_CA_PASSPHRASE or "
            "NYKTER_CA_PASSPHRASE_FILE; a key without one takes none."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NykterError(f"{folder / 'ca.key'} is not a P-256 key.")
    return key

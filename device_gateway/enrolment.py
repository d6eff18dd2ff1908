"""A gateway's first and next identity: keys are made here and never leave; the backend is asked over HTTPS.

The folder holds `gateway.env` (settings for `nykter gateway run`), `gateway.key` (Ed25519, signs messages), `mqtt.key`
and `mqtt.pem` (for the broker) and `broker-ca.pem`, all for their owner only. A change of keys is prepared in files
ending in `.next` before anything is asked: an answer lost on the way is asked for again with the same keys.
"""

import http.client
import json
import os
import ssl
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, ValidationError

from contracts.enrolment import (
    ENROL,
    RENEW,
    ROTATE,
    BrokerLogin,
    EnrolmentAnswer,
    EnrolmentRequest,
    RenewalAnswer,
    RenewalRequest,
    RotationAnswer,
    RotationRequest,
    enrolment_text,
    renewal_text,
    rotation_text,
)
from contracts.envelope import signed_text
from device_gateway.errors import EnrolmentError, KeyFileError
from device_gateway.signing import Signer, create_key, load_key, remember_key

SETTINGS: Final = "gateway.env"
_KEY, _MQTT_KEY, _MQTT_CERTIFICATE, _BROKER_CA = "gateway.key", "mqtt.key", "mqtt.pem", "broker-ca.pem"
_NEXT: Final = ".next"
DUE: Final = 1 / 3
"""Of a certificate's life: with less left it is renewed."""
_TIMEOUT_S: Final = 30.0
_LONGEST_ANSWER: Final = 64 * 1024
_PREFIX: Final = "NYKTER_GATEWAY_"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Answer = TypeVar("Answer", bound=BaseModel)


def enrol(server: str, code: str, folder: Path, *, ca_file: Path | None = None) -> EnrolmentAnswer:
    """Enrol with a code from staff and write everything `nykter gateway run` needs. Raises EnrolmentError in words.

    Safe to try again: keys of an attempt that failed are used again; an enrolled gateway's are never replaced.
    """
    if (folder / SETTINGS).exists():
        raise EnrolmentError(
            f"{folder / SETTINGS} exists: this gateway is enrolled already. `nykter gateway rotate` changes its "
            "keys; to enrol it anew, have staff revoke it and use another folder."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = _key_at(folder / _KEY)
    csr = _request(_mqtt_key_at(folder / _MQTT_KEY))
    public = signer.public_key.hex()
    text = signed_text(ENROL, enrolment_text(code, public, csr))
    asked = EnrolmentRequest(code=code, public_key=public, csr=csr, signature=signer.sign(text).hex())
    answer = _ask(server, "/api/v1/gateways/enrol", asked, EnrolmentAnswer, ca_file)
    _keep_login(folder, answer.login)
    settings = {
        "DEVICE_ID": answer.device_id,
        "TENANT": answer.tenant,
        "ZONE": answer.zone,
        "KEY_FILE": str((folder / _KEY).absolute()),
        "OUTBOX_PATH": str((folder / "outbox.sqlite3").absolute()),
        **_server_settings(server, ca_file),
        **_login_settings(folder, answer.login, answer.server_public_keys),
    }
    _write_settings(folder, settings)
    return answer


def rotate(
    server: str, folder: Path, *, now: datetime, ca_file: Path | None = None, only_when_due: bool = False
) -> RotationAnswer | None:
    """Change the signing key and renew the certificate; None when only wanted if due and nothing is.

    The running gateway takes the new files when it is started again; until then, and for what waits in its outbox, the
    old key is believed for as long as the answer says. Raises EnrolmentError in words.
    """
    settings = read_settings(folder)
    half_done = (folder / (_KEY + _NEXT)).exists()
    if only_when_due and not half_done and not certificate_is_due(folder, now=now):
        return None
    current = load_key(folder / _KEY)
    following = _key_at(folder / (_KEY + _NEXT))
    csr = _request(_mqtt_key_at(folder / (_MQTT_KEY + _NEXT)))
    device_id, public = settings["DEVICE_ID"], following.public_key.hex()
    text = signed_text(ROTATE, rotation_text(device_id, public, csr, now))
    asked = RotationRequest(
        public_key=public,
        csr=csr,
        made_at=now,
        signature=current.sign(text).hex(),
        next_signature=following.sign(text).hex(),
    )
    answer = _ask(server, f"/api/v1/gateways/{device_id}/rotate", asked, RotationAnswer, ca_file)
    (folder / (_MQTT_KEY + _NEXT)).replace(folder / _MQTT_KEY)
    _keep_login(folder, answer.login)
    _write_settings(
        folder,
        settings
        | _server_settings(server, ca_file)
        | _login_settings(folder, answer.login, answer.server_public_keys),
    )
    remember_key(folder / _KEY, current)
    # Last: while the next key stands beside it, whatever was interrupted above is done again.
    (folder / (_KEY + _NEXT)).replace(folder / _KEY)
    return answer


def renew(server: str, folder: Path, *, now: datetime, ca_file: Path | None = None) -> RenewalAnswer:
    """Renew the certificate, with a new key for the broker; the signing key stays, so nothing has to be started again.

    The next connection to the broker takes the new files. Raises EnrolmentError in words.
    """
    settings = read_settings(folder)
    device_id, signer = settings["DEVICE_ID"], load_key(folder / _KEY)
    csr = _request(_mqtt_key_at(folder / (_MQTT_KEY + _NEXT)))
    signature = signer.sign(signed_text(RENEW, renewal_text(device_id, csr, now))).hex()
    asked = RenewalRequest(csr=csr, made_at=now, signature=signature)
    answer = _ask(server, f"/api/v1/gateways/{device_id}/renew", asked, RenewalAnswer, ca_file)
    # Between these two a connection may fail for want of the fitting half; it is tried again.
    (folder / (_MQTT_KEY + _NEXT)).replace(folder / _MQTT_KEY)
    _keep_login(folder, answer.login)
    _write_settings(folder, settings | _login_settings(folder, answer.login, answer.server_public_keys))
    return answer


def certificate_life(folder: Path, *, now: datetime) -> float | None:
    """How much of the certificate's life is left, from 1 to 0 and below; None where a password is used.

    Raises EnrolmentError when it cannot be read.
    """
    try:
        certificate = x509.load_pem_x509_certificate((folder / _MQTT_CERTIFICATE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EnrolmentError(f"{folder / _MQTT_CERTIFICATE} cannot be read") from error
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return (certificate.not_valid_after_utc - now) / life


def certificate_is_due(folder: Path, *, now: datetime) -> bool:
    """Whether a third of the certificate's life or less is left; False where a password is used."""
    left = certificate_life(folder, now=now)
    return left is not None and left <= DUE


def read_settings(folder: Path) -> dict[str, str]:
    """What `gateway.env` says, without the prefix of the names. Raises EnrolmentError when there is none."""
    try:
        lines = (folder / SETTINGS).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise EnrolmentError(
            f"{folder / SETTINGS} cannot be read; `nykter gateway enrol` writes it"
        ) from error
    pairs = (line.split("=", 1) for line in lines if line.startswith(_PREFIX) and "=" in line)
    return {name.removeprefix(_PREFIX): value for name, value in pairs}


def _server_settings(server: str, ca_file: Path | None) -> dict[str, str]:
    """Where the certificate is renewed, and what is trusted there."""
    trusted = {"SERVER_CA_FILE": str(ca_file.absolute())} if ca_file else {}
    return {"SERVER": server, **trusted}


def _login_settings(folder: Path, login: BrokerLogin, keys: tuple[str, ...]) -> dict[str, str]:
    said = {"MQTT_URL": login.broker_url, "SERVER_PUBLIC_KEY": ",".join(keys)}
    if login.ca_certificate:
        said["MQTT_CA_FILE"] = str((folder / _BROKER_CA).absolute())
    if login.certificate:
        said["MQTT_CERTIFICATE_FILE"] = str((folder / _MQTT_CERTIFICATE).absolute())
        said["MQTT_CERTIFICATE_KEY_FILE"] = str((folder / _MQTT_KEY).absolute())
    if login.mqtt_user and login.mqtt_password:
        said |= {"MQTT_USER": login.mqtt_user, "MQTT_PASSWORD": login.mqtt_password}
    return said


def _keep_login(folder: Path, login: BrokerLogin) -> None:
    if login.ca_certificate:
        _write(folder / _BROKER_CA, login.ca_certificate)
    if login.certificate:
        _write(folder / _MQTT_CERTIFICATE, login.certificate)


def _write_settings(folder: Path, settings: dict[str, str]) -> None:
    if any("\n" in value for value in settings.values()):
        raise EnrolmentError("the server's answer holds a line break where none may be")
    lines = (f"{_PREFIX}{name}={value}\n" for name, value in settings.items())
    _write(folder / SETTINGS, "".join(lines))


def _key_at(path: Path) -> Signer:
    try:
        return load_key(path) if path.exists() else create_key(path)
    except KeyFileError as error:
        raise EnrolmentError(str(error)) from error


def _mqtt_key_at(path: Path) -> ec.EllipticCurvePrivateKey:
    if path.exists():
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise EnrolmentError(f"{path} cannot be read as a key") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise EnrolmentError(f"{path} is another kind of key")
        return key
    made = ec.generate_private_key(ec.SECP256R1())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    _write(path, made.private_bytes(serialization.Encoding.PEM, form, plain).decode("ascii"))
    return made


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate request; the authority gives the name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _write(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise EnrolmentError(f"{path} cannot be written: {error.strerror}") from error


def _ask(server: str, path: str, asked: BaseModel, model: type[Answer], ca_file: Path | None) -> Answer:
    parts = urlsplit(server)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise EnrolmentError("the server's address must begin with https://")
    request = urllib.request.Request(  # noqa: S310 (the scheme was looked at)
        server.rstrip("/") + path,
        data=asked.model_dump_json().encode(),
        headers={"content-type": "application/json"},
    )
    try:
        trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=trust) as answer:  # noqa: S310
            return model.model_validate_json(answer.read(_LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        raise EnrolmentError(_words(error)) from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise EnrolmentError(f"the server at {server} cannot be reached: {reason}") from error
    except ValidationError as error:
        raise EnrolmentError(f"what answers at {server} is no Nykter of this version") from error


def _words(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read(_LONGEST_ANSWER)).get("detail")
    except (ValueError, OSError, AttributeError):
        said = None
    error.close()
    told = said if isinstance(said, str) else ""
    if error.code == 429:
        return f"too many attempts; wait a minute and try again. {told}".strip()
    return told or f"the server answered {error.code}"

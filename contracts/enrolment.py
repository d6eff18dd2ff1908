"""What a gateway and the backend say to each other over HTTP: enrolment, and a change of key or certificate.

The code that staff hand out is all the secret there is; the gateway's private keys never travel. Whoever asks shows by
a signature that it holds the key it asks for: over `nykter:enrol:1`, `nykter:rotate:1` or `nykter:renew:1`, a line
feed, and the text below.
"""

import secrets
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import DeviceId, Instant, TenantId, ZoneName

ENROL: Final = "enrol"
ROTATE: Final = "rotate"
RENEW: Final = "renew"

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code can be read over the telephone. Five bits each."""
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_GROUPS, _GROUP = 4, 4
CODE_BITS: Final = 5 * _GROUPS * _GROUP

PublicKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""An Ed25519 public key, hexadecimal."""
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
"""An Ed25519 signature, hexadecimal."""
Pem = Annotated[str, Field(max_length=8000)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnrolmentRequest(_Said):
    """A gateway with its code. `csr`: a PKCS #10 request for its MQTT key (PEM), of which only the key is used."""

    code: Annotated[str, Field(min_length=1, max_length=60)]
    public_key: PublicKey
    csr: Pem
    signature: Signature


class BrokerLogin(_Said):
    """Where the broker is and what the gateway shows there: a certificate, or else a name and a password."""

    broker_url: str
    ca_certificate: str | None = None
    certificate: str | None = None
    mqtt_user: str | None = None
    mqtt_password: str | None = None


class EnrolmentAnswer(_Said):
    """Who the gateway is from now on."""

    device_id: DeviceId
    tenant: TenantId
    zone: ZoneName
    server_public_keys: tuple[PublicKey, ...]
    login: BrokerLogin


class RotationRequest(_Said):
    """The next key, and a request for the next certificate. Signed by the key in force, and by the next one."""

    public_key: PublicKey
    csr: Pem
    made_at: Instant
    signature: Signature
    next_signature: Signature


class RotationAnswer(_Said):
    """Done: the old key is believed until `old_key_until` for what still waits in the outbox."""

    old_key_until: Instant
    server_public_keys: tuple[PublicKey, ...]
    login: BrokerLogin


class RenewalRequest(_Said):
    """A request for the next certificate, signed by the signing key, which stays. `csr` as in `EnrolmentRequest`."""

    csr: Pem
    made_at: Instant
    signature: Signature


class RenewalAnswer(_Said):
    """The next certificate, and the keys of the backend as they are now."""

    server_public_keys: tuple[PublicKey, ...]
    login: BrokerLogin


def new_code() -> str:
    """A fresh code of 80 random bits, in groups for people: `7K3M-…`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def code_digest(typed: str) -> bytes:
    """What is kept of a code: SHA-256 of its letters as meant, whatever hyphens, spaces and cases were typed."""
    letters = "".join(one for one in typed.upper() if one.isalnum()).translate(_READ_AS)
    return sha256(letters.encode()).digest()


def enrolment_text(code: str, public_key: str, csr: str) -> bytes:
    """What an enrolling gateway signs, besides the kind of message."""
    return b"\n".join((code_digest(code).hex().encode(), public_key.encode(), _digest(csr)))


def rotation_text(device_id: str, public_key: str, csr: str, made_at: Instant) -> bytes:
    """What a gateway signs, twice, to change its key, besides the kind of message."""
    return b"\n".join((device_id.encode(), public_key.encode(), _digest(csr), made_at.isoformat().encode()))


def renewal_text(device_id: str, csr: str, made_at: Instant) -> bytes:
    """What a gateway signs to renew its certificate, besides the kind of message."""
    return b"\n".join((device_id.encode(), _digest(csr), made_at.isoformat().encode()))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()

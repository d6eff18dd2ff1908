"""The gateway's own Ed25519 key, made on the device and never leaving it, and the backend's key for receipts."""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from contracts.envelope import Envelope, key_id_of, open_envelope, seal, signed_text
from contracts.errors import ContractError
from contracts.plan import Plan
from contracts.receipt import Receipt
from contracts.resend import ResendRequest
from contracts.topics import Kind
from device_gateway.errors import KeyFileError, ReceiptError

_SEED_HEX_LENGTH = 64
_EARLIER = ".earlier"
_EARLIER_KEPT = 5

T = TypeVar("T", Receipt, ResendRequest, Plan)


@dataclass(frozen=True, slots=True)
class Signer:
    """Seals the gateway's messages."""

    key_id: str
    public_key: bytes
    sign: Callable[[bytes], bytes]
    earlier: tuple[bytes, ...] = ()
    """Public halves of this gateway's keys before: what waits in the outbox may have been signed with them."""

    @classmethod
    def of(cls, key: SigningKey, earlier: tuple[bytes, ...] = ()) -> "Signer":
        """A signer over an Ed25519 key."""
        public = bytes(key.verify_key)
        return cls(key_id_of(public), public, lambda text: key.sign(text).signature, earlier)

    def seal(self, kind: Kind, body: bytes) -> bytes:
        """The signed envelope of a canonical body."""
        return seal(kind.value, body, self.key_id, self.sign)

    def sealed_by_us(self, kind: Kind, envelope: Envelope) -> bool:
        """Whether an envelope carries a valid signature of this gateway's own, of now or of before."""
        own = {key_id_of(key): key for key in (*self.earlier, self.public_key)}.get(envelope.key_id)
        return own is not None and _verifies(VerifyKey(own), kind, envelope)


def create_key(path: Path) -> Signer:
    """Make a new key file, readable by its owner only. Raises KeyFileError when the file exists or cannot be."""
    key = SigningKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(bytes(key).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise KeyFileError(f"{path} exists already; a key is never replaced silently") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    return Signer.of(key)


def load_key(path: Path) -> Signer:
    """Read a key file. Raises KeyFileError when it is absent, damaged, or readable by others."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path} cannot be read; `nykter gateway enrol` makes a key") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path} is open to others; only its owner may read it (mode 0600)")
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(text) != _SEED_HEX_LENGTH or len(seed) != _SEED_HEX_LENGTH // 2:
        raise KeyFileError(f"{path} is not a key file")
    return Signer.of(SigningKey(seed), _earlier(path))


def remember_key(path: Path, signer: Signer) -> None:
    """Before another key takes its place: note the public half, so that what it signed is known as our own."""
    kept = list(dict.fromkeys((*_earlier(path), signer.public_key)))[-_EARLIER_KEPT:]
    beside = path.with_name(path.name + _EARLIER)
    draft = beside.with_name(beside.name + ".new")
    try:
        draft.write_text("".join(f"{key.hex()}\n" for key in kept), encoding="ascii")
        draft.replace(beside)
    except OSError as error:
        raise KeyFileError(f"{beside} cannot be written: {error.strerror}") from error


def _earlier(path: Path) -> tuple[bytes, ...]:
    """A damaged note costs what only it could tell, and never the start."""
    try:
        lines = path.with_name(path.name + _EARLIER).read_text(encoding="ascii").split()
        return tuple(bytes.fromhex(line) for line in lines if len(line) == _SEED_HEX_LENGTH)
    except (OSError, ValueError):
        return ()


class ReceiptVerifier:
    """Opens what the backend signed: only the backend's configured keys and only this gateway's own receipts count."""

    def __init__(self, public_keys: Iterable[bytes], device_id: str) -> None:
        """`public_keys`: 32 bytes each; more than one while the backend changes its key."""
        self._keys = {key_id_of(key): VerifyKey(key) for key in public_keys}
        self._device_id = device_id

    def open(self, raw: bytes) -> Receipt:
        """The verified receipt. Raises ReceiptError for anything that is not one."""
        return self._open(raw, Kind.RECEIPT, Receipt)

    def open_resend(self, raw: bytes) -> ResendRequest:
        """The verified request to send again. Raises ReceiptError for anything that is not one."""
        return self._open(raw, Kind.RESEND, ResendRequest)

    def open_plan(self, raw: bytes) -> Plan:
        """The verified plan. Raises ReceiptError for anything that is not one."""
        return self._open(raw, Kind.PLAN, Plan)

    def _open(self, raw: bytes, kind: Kind, model: type[T]) -> T:
        try:
            envelope = open_envelope(raw)
            key = self._keys.get(envelope.key_id)
            if key is None or not _verifies(key, kind, envelope):
                raise ReceiptError(f"a {kind.value} with an unknown key or a wrong signature")
            message = model.read(envelope.body).value
        except ContractError as error:
            raise ReceiptError(f"not a {kind.value}: {error}") from error
        if message.device_id != self._device_id:
            raise ReceiptError(f"a {kind.value} for another gateway")
        return message


def _verifies(key: VerifyKey, kind: Kind, envelope: Envelope) -> bool:
    try:
        key.verify(signed_text(kind.value, envelope.body), envelope.signature)
    except BadSignatureError:
        return False
    return True

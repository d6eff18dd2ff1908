"""The signed envelope: one JSON object whose body bytes are signed exactly as they travel.

    {"body":{…canonical JSON…},"key_id":"16 hex digits","signature":"86 characters of base64url"}

The tail has a fixed length, so a reader cuts the body out of the bytes without parsing and re-writing it: what is
verified is what was sent. Ed25519 (RFC 8032). The signed text starts with the message kind and version, so a
signature for one kind of message is worth nothing on another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from contracts.errors import ContractError

MAX_MESSAGE_BYTES = 64 * 1024
"""Larger messages are refused before anything is parsed."""

_HEAD = b'{"body":'
_KEY = b',"key_id":"'
_SIGNATURE = b'","signature":"'
_END = b'"}'
_KEY_LENGTH = 16
_SIGNATURE_LENGTH = 86
_TAIL_LENGTH = len(_KEY) + _KEY_LENGTH + len(_SIGNATURE) + _SIGNATURE_LENGTH + len(_END)


class Envelope(NamedTuple):
    """A message cut open, not yet verified."""

    body: bytes
    key_id: str
    signature: bytes


def key_id_of(public_key: bytes) -> str:
    """Name of an Ed25519 public key (32 bytes): the first 16 hex digits of its SHA-256."""
    return sha256(public_key).hexdigest()[:_KEY_LENGTH]


def signed_text(kind: str, body: bytes) -> bytes:
    """The bytes that are signed: `nykter:<kind>:1`, a line feed, and the body as sent."""
    return b"nykter:" + kind.encode() + b":1\n" + body


def seal(kind: str, body: bytes, key_id: str, sign: Callable[[bytes], bytes]) -> bytes:
    """Wrap canonical body bytes; `sign` returns the 64-byte Ed25519 signature of the text it is given."""
    signature = urlsafe_b64encode(sign(signed_text(kind, body))).rstrip(b"=")
    return _HEAD + body + _KEY + key_id.encode() + _SIGNATURE + signature + _END


def open_envelope(raw: bytes) -> Envelope:
    """Cut an envelope open. Raises ContractError (reason `oversized` or `malformed`); verifies nothing."""
    if len(raw) > MAX_MESSAGE_BYTES:
        raise ContractError(
            f"message of {len(raw)} bytes; at most {MAX_MESSAGE_BYTES}",
            reason="oversized",
        )
    tail = raw[-_TAIL_LENGTH:]
    key_end = len(_KEY) + _KEY_LENGTH
    signature_start = key_end + len(_SIGNATURE)
    if not (
        raw.startswith(_HEAD + b"{")
        and len(raw) > len(_HEAD) + _TAIL_LENGTH
        and tail.startswith(_KEY)
        and tail[key_end:signature_start] == _SIGNATURE
        and tail.endswith(_END)
    ):
        raise ContractError("not a signed envelope")
    try:
        key_id = tail[len(_KEY) : key_end].decode("ascii")
        signature = urlsafe_b64decode(tail[signature_start : -len(_END)] + b"==")
    except ValueError as error:
        raise ContractError("signature or key id is not readable") from error
    if len(signature) != 64:
        raise ContractError("signature is not 64 bytes long")
    return Envelope(body=raw[len(_HEAD) : -_TAIL_LENGTH], key_id=key_id, signature=signature)

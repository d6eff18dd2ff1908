"""The code that proves that a place is a person's own."""

from hashlib import sha256
from uuid import UUID

CODE_MINUTES = 30
DIGITS = 6


def code_of(delivery_id: UUID) -> str:
    """The code of a message: six digits from the message's own random id (122 bits).

    So every try of it carries the same code, and none is stored. The id is in the message only.
    """
    number = int.from_bytes(sha256(b"code:" + delivery_id.bytes).digest()[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def digest_of(contact_point_id: UUID, code: str) -> bytes:
    """What is kept of a code while it is waited for."""
    return sha256(contact_point_id.bytes + code.encode()).digest()

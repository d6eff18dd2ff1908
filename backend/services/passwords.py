"""Password hashes: argon2id with the library's recommended parameters (RFC 9106, low memory)."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from backend.errors import Invalid

LEAST_LENGTH = 10
LONGEST = 200
_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to store. Raises Invalid for a password of fewer than 10 or more than 200 characters."""
    if not LEAST_LENGTH <= len(password) <= LONGEST:
        raise Invalid(f"a password has {LEAST_LENGTH} to {LONGEST} characters")
    return _HASHER.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long when there is no account, so that timing names nobody."""
    try:
        _HASHER.verify(password_hash or _nobody(), password[:LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(password_hash)


def generated_password() -> str:
    """A password made by the machine: 96 bits in 16 letters, digits, - and _; shown once."""
    return secrets.token_urlsafe(12)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))

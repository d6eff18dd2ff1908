"""Password hashes: argon2id with the library's recommended parameters (RFC 9106, low memory)."""

import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from backend.services.password_rules import LONGEST, PasswordRefused, require_good

_HASHER = PasswordHasher()


def new_hash(password: str, own_words: Iterable[str] = ()) -> str:
    """The hash of a password somebody chose. Raises PasswordRefused for one that is too short or guessed early."""
    require_good(password, own_words)
    return _HASHER.hash(password)


def hash_password(password: str) -> str:
    """The hash of a password that is in use already, or made by the machine. Raises PasswordRefused beyond 200."""
    if len(password) > LONGEST:
        raise PasswordRefused("long")
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

"""The deployment's own keys, which wrap every client's data key. From a file or a variable, never a default."""

import secrets
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from backend.errors import KeysMissing

KEY_BYTES: Final = 32
_REMEMBERED: Final = 4096
"""Unwrapped data keys kept in memory; one is 32 bytes."""


def new_key() -> str:
    """A new key as it stands in a key file: 64 hex digits."""
    return secrets.token_hex(KEY_BYTES)


def key_name(key: bytes) -> str:
    """Twelve hex digits by which keys are told apart; says nothing about the key itself."""
    return blake2b(key, digest_size=6, person=b"nykter-data-key").hexdigest()


def keys_in(text: str) -> dict[str, bytes]:
    """Keys by name, the one to wrap with first. Raises ValueError, without its contents, for anything but keys."""
    found: dict[str, bytes] = {}
    for line in text.split():
        try:
            key = bytes.fromhex(line)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError("a data key is 64 hex digits, one key a line")
        found[key_name(key)] = key
    if not found:
        raise ValueError("there is no data key in it")
    return found


class DeploymentKeys:
    """Keys as `read` tells them now: one a line, the newest first; older ones only open what they once wrapped.

    Read again when a name is unknown and before anything new is wrapped: keys can be rotated while processes run.
    Thread-safe: every change is one assignment. Raises ValueError when there is no usable key.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._keys = keys_in(read())
        self._unwrapped: dict[tuple[str, bytes], bytes] = {}

    def newest(self) -> tuple[str, bytes]:
        """Name and bytes of the key to wrap with, as it stands in the file now."""
        self._keys = keys_in(self._read())
        return next(iter(self._keys.items()))

    def names(self) -> tuple[str, ...]:
        """Names of the keys as they stand there now, the newest first."""
        self._keys = keys_in(self._read())
        return tuple(self._keys)

    def named(self, name: str) -> bytes:
        """The key of this name. Raises KeysMissing when it is gone, for good or from this process."""
        if name not in self._keys:
            self._keys = keys_in(self._read())
        if name not in self._keys:
            raise KeysMissing
        return self._keys[name]

    def remembered(self, wrapped: tuple[str, bytes]) -> bytes | None:
        """What was unwrapped from these bytes before."""
        return self._unwrapped.get(wrapped)

    def remember(self, wrapped: tuple[str, bytes], key: bytes) -> None:
        """Save unwrapping it again."""
        if len(self._unwrapped) >= _REMEMBERED:
            self._unwrapped = {}
        self._unwrapped[wrapped] = key

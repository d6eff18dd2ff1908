"""The key file of the backups: 32 random bytes as 64 hex digits, kept by people away from what it locks."""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from nykter.errors import NykterError

_BYTES = 32


def create_key(path: Path) -> None:
    """Make a new key file (0600). Raises NykterError when the file exists: a key is never replaced silently."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NykterError(f"{path} exists already. What it locked opens with no other key.") from None
    except OSError as error:
        raise NykterError(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path) -> bytes:
    """The 32 bytes. Raises NykterError when the file is absent, open to others, or holds something else."""
    try:
        if path.stat().st_mode & 0o007:
            raise NykterError(f"{path} holds a secret and may be opened by anybody here: chmod 600 it.")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise NykterError(
            f"The backup key {path} cannot be read ({error.strerror}). `nykter backup new-key FILE` makes one."
        ) from error
    except ValueError as error:
        raise NykterError(f"{path} is not a backup key.") from error
    if len(key) != _BYTES:
        raise NykterError(f"{path} is not a backup key.")
    return key


def fingerprint(key: bytes) -> str:
    """Twelve hex digits by which people tell keys apart; says nothing about the key itself."""
    return blake2b(key, digest_size=6, person=b"nykter-key-name").hexdigest()

"""Sealed files: compressed, then encrypted and authenticated piece by piece (XChaCha20-Poly1305, libsodium).

A file opens only with its key, only under the name it was sealed under, and only whole: pieces that were changed,
exchanged, repeated or cut off at the end are refused.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError

from nykter.errors import NykterError

_MAGIC = b"nykter-sealed-1\n"
_PIECE = 1024 * 1024
_LEVEL = (
    1  # of zlib: a database shrinks to about a quarter; higher levels cost several times the work for a tenth
)
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_EXTRA_BYTES = bindings.crypto_secretstream_xchacha20poly1305_ABYTES


class DamagedBackup(NykterError):
    """A sealed file that is not what was written: changed, cut short, under another name, or of another key."""


def seal_file(path: Path, pieces: Iterable[bytes], key: bytes, name: str) -> str:
    """Write `pieces` sealed under `name` to `path`, in one step and synced to disk; returns the file's SHA-256."""
    draft = path.with_name(f".{path.name}.new")
    digest = sha256()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in _sealed(pieces, key, name):
                file.write(part)
                digest.update(part)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return digest.hexdigest()


def open_file(path: Path, key: bytes, name: str) -> Iterator[bytes]:
    """What was sealed, piece by piece. Raises DamagedBackup; only a run to the end proves that the file is whole."""
    with path.open("rb") as file:
        yield from _inflated(_opened(file, key, name), name)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as it lies on disk."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """A stream in pieces of at most a megabyte."""
    while piece := file.read(_PIECE):
        yield piece


def _sealed(pieces: Iterable[bytes], key: bytes, name: str) -> Iterator[bytes]:
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    yield _MAGIC + bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)

    def push(piece: bytes, tag: int) -> bytes:
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(state, piece, name.encode(), tag)
        return len(sealed).to_bytes(4, "big") + sealed

    held = b""
    for piece in _deflated(pieces):
        held += piece
        while len(held) >= _PIECE:
            yield push(held[:_PIECE], _MESSAGE)
            held = held[_PIECE:]
    yield push(held, _FINAL)


def _deflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _opened(file: BinaryIO, key: bytes, name: str) -> Iterator[bytes]:
    damaged = DamagedBackup(f"{name} cannot be opened: it is damaged, or was sealed with another key.")
    if file.read(len(_MAGIC)) != _MAGIC:
        raise damaged
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    tag = _MESSAGE
    try:
        header = file.read(_HEADER_BYTES)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
        while tag != _FINAL:
            length = int.from_bytes(file.read(4), "big")
            if not _EXTRA_BYTES <= length <= _PIECE + _EXTRA_BYTES:
                raise damaged
            piece, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                state, file.read(length), name.encode()
            )
            yield piece
    except (
        CryptoError,
        ValueError,
    ) as error:  # PyNaCl's words for a wrong tag, and for a length that cannot be
        raise damaged from error
    if file.read(1):
        raise damaged


def _inflated(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    try:
        for piece in pieces:
            yield unpacker.decompress(piece)
        yield unpacker.flush()
    except zlib.error as error:
        raise DamagedBackup(f"{name} cannot be unpacked: {error}.") from error

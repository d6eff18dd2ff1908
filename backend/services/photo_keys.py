"""Opens pictures of a blow. Only the web process holds the key: neither the database nor ingest can look at one."""

from base64 import urlsafe_b64decode

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox


class PhotoKeys:
    """The keys in use, by their public halves; earlier ones stay for as long as pictures sealed for them do."""

    def __init__(self, private: tuple[bytes, ...] = ()) -> None:
        keys = [PrivateKey(one) for one in private]
        self._boxes = {bytes(key.public_key).hex(): SealedBox(key) for key in keys}

    @classmethod
    def of(cls, text: str | None) -> "PhotoKeys":
        """From the setting: 64 hex digits each, separated by commas; none for None."""
        return cls(tuple(bytes.fromhex(part.strip()) for part in text.split(","))) if text else cls()

    def open(self, sealed_for: str, sealed: str) -> bytes | None:
        """The JPEG; None when no key here opens it."""
        box = self._boxes.get(sealed_for)
        if box is None:
            return None
        try:
            return bytes(box.decrypt(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))))
        except (CryptoError, ValueError):
            return None

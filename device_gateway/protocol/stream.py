"""Frames out of a byte stream that notifications cut anywhere. Frames are found by their length, never by their end."""

from collections.abc import Callable

MAX_HELD = 512
"""More than this is never held back waiting for the rest of a frame."""


class FrameStream:
    """Collects bytes and gives out whole, checked frames; what fits no frame is given out as such."""

    def __init__(
        self, shortest: int, length_of: Callable[[bytes], int | None], is_whole: Callable[[bytes], bool]
    ):
        """`length_of`: whole length told by the first `shortest` bytes, None when they begin no frame;
        `is_whole`: whether a frame of that length passes its check.
        """
        self._shortest, self._length_of, self._is_whole = shortest, length_of, is_whole
        self._held = b""

    def take(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Frames completed by `data`, and the bytes passed over on the way."""
        held, frames, passed = (self._held + data)[-MAX_HELD:], [], bytearray()
        place = 0
        while len(held) - place >= self._shortest:
            length = self._length_of(held[place : place + self._shortest])
            if length is not None and len(held) - place < length:
                break
            if length is not None and self._is_whole(held[place : place + length]):
                frames.append(held[place : place + length])
                place += length
            else:
                passed.append(held[place])
                place += 1
        self._held = held[place:]
        return frames, bytes(passed)

"""Frames out of a byte stream that notifications cut anywhere. Frames are found by their length, never by their end."""

from collections.abc import Callable

MAX_HELD = 512
"""More than this is never held back waiting for the rest of a frame."""


class FrameStream:
    """Collects bytes and gives out whole, checked frames; what fits no frame is given out as such."""

    def __init__(
        self, shortest: int, lengths_of: Callable[[bytes], tuple[int, ...]], is_whole: Callable[[bytes], bool]
    ):
        """`lengths_of`: whole lengths the first `shortest` bytes may stand for, ascending, none when they begin no
        frame; `is_whole`: whether a frame of such a length passes its check.
        """
        self._shortest, self._lengths_of, self._is_whole = shortest, lengths_of, is_whole
        self._held = b""

    def take(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Frames completed by `data`, and the bytes passed over on the way."""
        held, frames, passed = (self._held + data)[-MAX_HELD:], [], bytearray()
        place = 0
        while len(held) - place >= self._shortest:
            length = self._whole_at(held[place:])
            if length is None:
                break
            if length:
                frames.append(held[place : place + length])
            else:
                passed.append(held[place])
            place += length or 1
        self._held = held[place:]
        return frames, bytes(passed)

    def _whole_at(self, held: bytes) -> int | None:
        """Length of the frame `held` begins with, 0 when it begins none, None when more bytes are needed to tell."""
        for length in self._lengths_of(held[: self._shortest]):
            if len(held) < length:
                return None
            if self._is_whole(held[:length]):
                return length
        return 0

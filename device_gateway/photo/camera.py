"""One frame of a camera that speaks V4L2 (Linux; every USB camera of the UVC kind does). Blocks: call it in a thread.

Sources: the kernel's own `include/uapi/linux/videodev2.h` and the userspace API guide (streaming I/O, memory mapping).
A library would do; the one that is kept up is under a licence that does not fit ours.
"""

import ctypes
import fcntl
import mmap
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from device_gateway.errors import PhotoError

_CAPTURE, _MMAP, _ANY_FIELD = 1, 1, 0
_CAN_CAPTURE, _CAN_STREAM, _OWN_CAPABILITIES = 0x1, 0x0400_0000, 0x8000_0000
MJPG: Final = int.from_bytes(b"MJPG", "little")
JPEG: Final = int.from_bytes(b"JPEG", "little")
YUYV: Final = int.from_bytes(b"YUYV", "little")
_SIZE: Final = (640, 480)
_BUFFERS: Final = 4
_DARK_FRAMES: Final = 8
"""The first frames are made before the exposure has settled (assumption)."""
_FAULTY: Final = 0x40
"""V4L2_BUF_FLAG_ERROR: the frame may be damaged."""
FRAME_WITHIN_S: Final = 5.0


class _Capability(ctypes.Structure):
    _fields_ = (
        ("driver", ctypes.c_char * 16), ("card", ctypes.c_char * 32), ("bus", ctypes.c_char * 32),
        ("version", ctypes.c_uint32), ("all", ctypes.c_uint32), ("own", ctypes.c_uint32), ("rest", ctypes.c_uint32 * 3),
    )  # fmt: skip


class _Pixels(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint32)
        for name in (
            "width",
            "height",
            "format",
            "field",
            "line",
            "size",
            "colours",
            "private",
            "flags",
            "a",
            "b",
            "c",
        )
    )


class _FormatUnion(ctypes.Union):
    _fields_ = (("pixels", _Pixels), ("raw", ctypes.c_uint8 * 200), ("align", ctypes.c_void_p))


class _Format(ctypes.Structure):
    _fields_ = (("type", ctypes.c_uint32), ("of", _FormatUnion))


class _Request(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint32), ("type", ctypes.c_uint32), ("memory", ctypes.c_uint32),
        ("capabilities", ctypes.c_uint32), ("rest", ctypes.c_uint32),
    )  # fmt: skip


class _Place(ctypes.Union):
    _fields_ = (("offset", ctypes.c_uint32), ("pointer", ctypes.c_ulong))


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("index", ctypes.c_uint32), ("type", ctypes.c_uint32), ("used", ctypes.c_uint32), ("flags", ctypes.c_uint32),
        ("field", ctypes.c_uint32), ("time", ctypes.c_long * 2), ("timecode", ctypes.c_uint32 * 4),
        ("sequence", ctypes.c_uint32), ("memory", ctypes.c_uint32), ("place", _Place), ("length", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32), ("request", ctypes.c_int32),
    )  # fmt: skip


def _code(direction: int, number: int, of: type) -> int:
    return direction << 30 | ctypes.sizeof(of) << 16 | ord("V") << 8 | number


_WRITE, _READ, _BOTH = 1, 2, 3
QUERYCAP: Final = _code(_READ, 0, _Capability)
S_FMT: Final = _code(_BOTH, 5, _Format)
REQBUFS: Final = _code(_BOTH, 8, _Request)
QUERYBUF: Final = _code(_BOTH, 9, _Buffer)
QBUF: Final = _code(_BOTH, 15, _Buffer)
DQBUF: Final = _code(_BOTH, 17, _Buffer)
STREAMON: Final = _code(_WRITE, 18, ctypes.c_int)
STREAMOFF: Final = _code(_WRITE, 19, ctypes.c_int)


class Mapped(Protocol):
    """Memory shared with the camera's driver."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Some of its bytes."""

    def close(self) -> None:
        """Give it back."""


class Kernel(Protocol):
    """The few calls a camera needs; replaced in tests."""

    def open(self, path: Path) -> int:
        """A descriptor. Raises OSError."""

    def ioctl(self, descriptor: int, code: int, told: ctypes.Structure | ctypes.c_int) -> None:
        """Ask the driver; the answer stands in `told`. Raises OSError."""

    def map(self, descriptor: int, length: int, offset: int) -> Mapped:
        """Share a buffer of the driver's."""

    def wait(self, descriptor: int, seconds: float) -> bool:
        """Whether a frame came within so long."""

    def close(self, descriptor: int) -> None:
        """Let the camera go."""


class Linux:
    """The kernel itself."""

    def open(self, path: Path) -> int:
        """See `Kernel`."""
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, descriptor: int, code: int, told: ctypes.Structure | ctypes.c_int) -> None:
        """See `Kernel`."""
        fcntl.ioctl(descriptor, code, told)

    def map(self, descriptor: int, length: int, offset: int) -> Mapped:
        """See `Kernel`."""
        return mmap.mmap(descriptor, length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=offset)

    def wait(self, descriptor: int, seconds: float) -> bool:
        """See `Kernel`."""
        return bool(select.select([descriptor], [], [], seconds)[0])

    def close(self, descriptor: int) -> None:
        """See `Kernel`."""
        os.close(descriptor)


class Camera:
    """A camera by its device file. It is opened for each picture only, so that its lamp tells when it looks."""

    def __init__(self, path: Path, kernel: Kernel | None = None) -> None:
        self._path, self._kernel = path, kernel or Linux()

    def picture(self) -> bytes:
        """One frame: a JPEG, or a line `YUYV <width> <height>` and raw bytes. Raises PhotoError."""
        try:
            descriptor = self._kernel.open(self._path)
            try:
                return self._take(descriptor)
            finally:
                self._kernel.close(descriptor)
        except OSError as error:
            raise PhotoError(f"the camera does not answer: {error.strerror or 'unknown'}") from error

    def _take(self, descriptor: int) -> bytes:
        told = _Capability()
        self._kernel.ioctl(descriptor, QUERYCAP, told)
        able = told.own if told.all & _OWN_CAPABILITIES else told.all
        if not able & _CAN_CAPTURE or not able & _CAN_STREAM:
            raise PhotoError("the device is no camera that streams")
        pixels = self._agree(descriptor)
        with self._buffers(descriptor) as buffers:
            frame = self._frame(descriptor, buffers)
        if pixels.format == YUYV:
            return b"YUYV %d %d\n" % (pixels.width, pixels.height) + frame
        return frame

    def _agree(self, descriptor: int) -> _Pixels:
        """The best format the camera has. The driver answers a wish with what it will do instead."""
        for wanted in (MJPG, JPEG, YUYV):
            wish = _Format(type=_CAPTURE)
            wish.of.pixels.width, wish.of.pixels.height = _SIZE
            wish.of.pixels.format, wish.of.pixels.field = wanted, _ANY_FIELD
            self._kernel.ioctl(descriptor, S_FMT, wish)
            pixels: _Pixels = wish.of.pixels
            tight = pixels.format != YUYV or pixels.line in {0, 2 * pixels.width}
            if pixels.format in {MJPG, JPEG, YUYV} and tight:
                return pixels
        raise PhotoError("the camera has no format that is known here")

    @contextmanager
    def _buffers(self, descriptor: int) -> Iterator[list[Mapped]]:
        request = _Request(count=_BUFFERS, type=_CAPTURE, memory=_MMAP)
        self._kernel.ioctl(descriptor, REQBUFS, request)
        mapped: list[Mapped] = []
        try:
            for index in range(request.count):
                buffer = _Buffer(index=index, type=_CAPTURE, memory=_MMAP)
                self._kernel.ioctl(descriptor, QUERYBUF, buffer)
                mapped.append(self._kernel.map(descriptor, buffer.length, buffer.place.offset))
                self._kernel.ioctl(descriptor, QBUF, buffer)
            self._kernel.ioctl(descriptor, STREAMON, ctypes.c_int(_CAPTURE))
            yield mapped
        finally:
            with suppress(OSError):
                self._kernel.ioctl(descriptor, STREAMOFF, ctypes.c_int(_CAPTURE))
            for one in mapped:
                one.close()

    def _frame(self, descriptor: int, buffers: list[Mapped]) -> bytes:
        """A frame after the first ones, whole as far as the driver knows; the last one so far when time runs out."""
        until = time.monotonic() + FRAME_WITHIN_S
        frame, seen = b"", 0
        while (left := until - time.monotonic()) > 0 and self._kernel.wait(descriptor, left):
            buffer = _Buffer(type=_CAPTURE, memory=_MMAP)
            self._kernel.ioctl(descriptor, DQBUF, buffer)
            if not buffer.flags & _FAULTY and 0 < buffer.used <= buffer.length:
                frame, seen = bytes(buffers[buffer.index][: buffer.used]), seen + 1
            if seen > _DARK_FRAMES:
                return frame
            self._kernel.ioctl(descriptor, QBUF, buffer)
        if not frame:
            raise PhotoError("the camera sent no picture")
        return frame

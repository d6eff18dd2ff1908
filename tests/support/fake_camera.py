"""A camera's driver as the kernel documents it, in place of the kernel: structures are read by their offsets.

Written from the layouts of a 64-bit kernel (videodev2.h), apart from the code under test, so that a slip there shows.
What a real driver does is shown by the kernel's own `vivid` (docs/bluetooth-conformance.md).
"""

import ctypes
import errno
import struct
from pathlib import Path

_NAMES = {
    0x80685600: "QUERYCAP", 0xC0D05605: "S_FMT", 0xC0145608: "REQBUFS", 0xC0585609: "QUERYBUF", 0xC058560F: "QBUF",
    0xC0585611: "DQBUF", 0x40045612: "STREAMON", 0x40045613: "STREAMOFF",
}  # fmt: skip
_PAGE = 4096


class _Shared:
    def __init__(self, fake: "FakeCamera", index: int) -> None:
        self._fake, self._index = fake, index

    def __getitem__(self, part: slice) -> bytes:
        return self._fake.memory[self._index][part]

    def close(self) -> None:
        self._fake.mapped -= 1


class FakeCamera:
    """Stands in for `Kernel`. Frames are numbered; `trouble` says what is wrong with it."""

    def __init__(
        self,
        *,
        form: str = "MJPG",
        picture: bytes = b"",
        trouble: str = "",
        faulty: frozenset[int] | set[int] = frozenset(),
    ) -> None:
        self._form, self._trouble, self._faulty = form, trouble, faulty
        self.frames = [picture or (b"\xff\xd8 frame %02d" % number).ljust(600, b"-") for number in range(40)]
        self.memory: dict[int, bytes] = {}
        self.log: list[str] = []
        self.is_closed = False
        self.streams = False
        self.mapped = 0
        self._queue: list[int] = []
        self._next = 0

    def open(self, path: Path) -> int:
        if self._trouble == "absent":
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return 7

    def close(self, descriptor: int) -> None:
        assert descriptor == 7
        self.is_closed = True
        self.log.append("close")

    def map(self, descriptor: int, length: int, offset: int) -> _Shared:
        assert (length, offset % _PAGE) == (_PAGE * 200, 0)
        self.mapped += 1
        return _Shared(self, offset // (_PAGE * 1000))

    def wait(self, descriptor: int, seconds: float) -> bool:
        return self.streams and bool(self._queue) and self._trouble != "silent"

    def ioctl(self, descriptor: int, code: int, told: ctypes.Structure | ctypes.c_int) -> None:
        name = _NAMES[code & 0xFFFFFFFF]
        self.log.append(name)
        if self._trouble == "pulled" and name == "DQBUF":
            raise OSError(errno.ENODEV, "No such device")
        data = bytearray(bytes(told))
        getattr(self, f"_{name.lower()}")(data)
        ctypes.memmove(ctypes.addressof(told), bytes(data), len(data))

    def _querycap(self, data: bytearray) -> None:
        own = {"no_capture": 0x04000000, "no_stream": 0x1}.get(self._trouble, 0x04200001)
        struct.pack_into("<II", data, 84, 0x84A00001, own)

    def _s_fmt(self, data: bytearray) -> None:
        assert struct.unpack_from("<I", data, 0) == (1,)
        form = b"H264" if self._trouble == "unknown_format" else self._form.encode()
        line = 1280 if self._form == "YUYV" else 0
        struct.pack_into("<II4sIII", data, 8, 640, 480, form, 1, line, 640 * 480 * 2)

    def _reqbufs(self, data: bytearray) -> None:
        assert struct.unpack_from("<III", data, 0) == (4, 1, 1)
        struct.pack_into("<I", data, 0, 3)  # a driver may give fewer

    def _querybuf(self, data: bytearray) -> None:
        (index,) = struct.unpack_from("<I", data, 0)
        struct.pack_into("<Q", data, 64, index * _PAGE * 1000)
        struct.pack_into("<I", data, 72, _PAGE * 200)

    def _qbuf(self, data: bytearray) -> None:
        index, kind = struct.unpack_from("<II", data, 0)
        assert kind == 1
        assert struct.unpack_from("<I", data, 60) == (1,)
        assert index not in self._queue
        self._queue.append(index)

    def _dqbuf(self, data: bytearray) -> None:
        index, frame = self._queue.pop(0), self.frames[self._next]
        self.memory[index] = frame.ljust(_PAGE * 200, b"\0")
        flags = 0x40 if self._next in self._faulty else 0
        struct.pack_into("<IIII", data, 0, index, 1, len(frame), flags)
        struct.pack_into("<I", data, 72, _PAGE * 200)
        self._next += 1

    def _streamon(self, data: bytearray) -> None:
        assert len(self._queue) == 3
        self.streams = True

    def _streamoff(self, data: bytearray) -> None:
        self.streams = False

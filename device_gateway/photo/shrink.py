"""Makes any picture a small JPEG without metadata, in a process of its own: `python -m device_gateway.photo.shrink`.

What a stranger on the home network sends as a picture is thus parsed apart from the tests, with an end to memory and
time, and the gateway never loads an image library. Input: a picture, or a camera's line `YUYV <width> <height>` and
raw bytes.
"""

import asyncio
import resource
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Final

from contracts.photo import MAX_PICTURE_BYTES
from device_gateway.errors import PhotoError

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_UPLOAD: Final = 15_000_000
_EDGE: Final = 720
"""Enough to tell a face (assumption)."""
_MOST_PIXELS: Final = 60_000_000
_MEMORY: Final = 900 * 1024 * 1024
_SECONDS: Final = 20
_RAW: Final = b"YUYV "


async def shrunk(picture: bytes) -> bytes:
    """The picture as a JPEG of at most `MAX_PICTURE_BYTES` without metadata. Raises PhotoError when it is none."""
    if len(picture) > LONGEST_UPLOAD:
        raise PhotoError("a picture larger than any phone makes")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "device_gateway.photo.shrink",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS + 5):
            small, _ = await child.communicate(picture)
    except TimeoutError as error:
        raise PhotoError("a picture that takes too long") from error
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not small:
        raise PhotoError("not a picture this gateway can read")
    return small


def shrink(picture: bytes) -> bytes:
    """The work itself. Raises ValueError for what is no picture, or one that cannot be made small enough."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(_opened(picture)).convert("RGB")
    for edge in (_EDGE, 540, 400, 280):
        image.thumbnail((edge, edge))
        for quality in (82, 70, 55):
            into = BytesIO()
            image.save(into, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=None, comment=b"")
            if into.tell() <= MAX_PICTURE_BYTES:
                return into.getvalue()
    raise ValueError("cannot be made small enough")


def _opened(picture: bytes) -> "Image":
    # These and no other formats: what is not imported cannot be reached by hostile bytes.
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    if picture.startswith(_RAW):
        head, _, frame = picture.partition(b"\n")
        _, width, height = head.split()
        return _from_yuyv(frame, int(width), int(height))
    plugins = (JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile, WebPImagePlugin.WebPImageFile)
    image = Image.open(BytesIO(picture), formats=[plugin.format for plugin in plugins])
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError("too many pixels")
    image.draft("RGB", (2 * _EDGE, 2 * _EDGE))  # a JPEG need not be unpacked larger than that
    return image


def _from_yuyv(frame: bytes, width: int, height: int) -> "Image":
    from PIL import Image

    frame = frame[: 2 * width * height]
    light = Image.frombytes("L", (width, height), frame[0::2])
    half = (width // 2, height)
    colours = [Image.frombytes("L", half, frame[at::4]).resize((width, height)) for at in (1, 3)]
    return Image.merge("YCbCr", (light, *colours))


def main() -> int:
    """Entry: a picture from standard input to standard output; status 1 for what is none."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        small = shrink(sys.stdin.buffer.read(LONGEST_UPLOAD + 1))
    except Exception:  # noqa: BLE001 (the edge of a process: whatever an image library makes of hostile bytes is a refusal)
        return 1
    sys.stdout.buffer.write(small)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The picture at the blow: small, without metadata, sealed at once; and never in the way of a test."""

import asyncio
import struct
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from nacl.public import PrivateKey, SealedBox
from PIL import Image

from contracts.envelope import open_envelope
from contracts.photo import MAX_PICTURE_BYTES, Photo
from contracts.reading import Identity
from contracts.topics import Kind
from device_gateway.errors import PhotoError
from device_gateway.outbox import Outbox
from device_gateway.photo import photographer as taker
from device_gateway.photo.camera import Camera
from device_gateway.photo.photographer import Photographer
from device_gateway.photo.shrink import LONGEST_UPLOAD, shrink, shrunk
from device_gateway.test_run import Phase, Run
from tests.support.fake_camera import FakeCamera
from tests.support.gateway import ORIGIN, HandClock, opened

BACKEND = PrivateKey(bytes(range(32)))
PUBLIC = bytes(BACKEND.public_key).hex()
BLOWING = replace(Run("0f" * 16), phase=Phase.BLOWING)


def a_picture(width: int = 1200, height: int = 900, *, noisy: bool = False, turned: bool = False) -> bytes:
    """As a phone makes it: with its place, its time and its maker in it."""
    image = (
        Image.effect_noise((width, height), 120).convert("RGB")
        if noisy
        else Image.new("RGB", (width, height))
    )
    image.paste((200, 20, 20), (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "A maker", "2026:03:02 08:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 51.0, 30.0)})
    if turned:
        exif[0x0112] = 6
    into = BytesIO()
    image.save(into, "JPEG", quality=97, exif=exif, comment=b"private words")
    return into.getvalue()


def test_a_picture_becomes_small_and_keeps_nothing_but_what_is_seen() -> None:
    given = a_picture(2000, 1500, noisy=True)
    assert b"A maker" in given
    small = shrink(given)
    assert len(small) <= MAX_PICTURE_BYTES
    seen = Image.open(BytesIO(small))
    assert seen.format == "JPEG"
    assert max(seen.size) <= 720
    assert dict(seen.getexif()) == {}
    assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not any(word in small for word in (b"A maker", b"2026:03:02", b"private words", b"Exif"))


def test_a_picture_held_upright_stays_upright_without_its_note() -> None:
    assert Image.open(BytesIO(shrink(a_picture(turned=True)))).size == (540, 720)


def test_a_cameras_raw_frame_keeps_its_colours() -> None:
    red = struct.pack("4B", 81, 90, 81, 240)  # Y U Y V of pure red (BT.601)
    small = Image.open(BytesIO(shrink(b"YUYV 64 48\n" + red * (64 * 48 // 2)))).convert("RGB")
    r, g, b = small.getpixel((30, 20))  # type: ignore[misc]
    assert r > 200
    assert g < 60
    assert b < 60


@pytest.mark.parametrize(
    "given",
    [b"", b"no picture", a_picture()[:300], b"YUYV 9999999 9\n", b"GIF89a" + bytes(40), b"<svg/>"],
    ids=["empty", "words", "cut", "raw and short", "gif", "svg"],
)
def test_what_is_no_picture_is_refused(given: bytes) -> None:
    with pytest.raises((ValueError, OSError)):
        shrink(given)


async def test_a_bomb_and_an_endless_upload_are_refused_by_the_process_apart() -> None:
    into = BytesIO()
    Image.new("1", (20_000, 20_000)).save(into, "PNG")
    with pytest.raises(PhotoError):
        await shrunk(into.getvalue())
    with pytest.raises(PhotoError):
        await shrunk(bytes(LONGEST_UPLOAD + 1))


async def test_the_process_apart_gives_the_same_bytes() -> None:
    assert await shrunk(a_picture()) == shrink(a_picture())


@pytest.mark.parametrize("form", ["MJPG", "YUYV"])
def test_a_camera_is_asked_as_the_kernel_wants_to_be_asked(form: str) -> None:
    fake = FakeCamera(form=form)
    frame = Camera(Path("/dev/video0"), fake).picture()
    assert frame == (fake.frames[8] if form == "MJPG" else b"YUYV 640 480\n" + fake.frames[8])
    assert fake.log[-3:] == ["STREAMOFF", "unmap", "close"] or fake.log[-1] == "close"
    assert fake.is_closed
    assert fake.mapped == 0
    assert fake.streams is False


def test_damaged_frames_are_passed_over() -> None:
    fake = FakeCamera(faulty={8, 9})
    assert Camera(Path("/dev/video0"), fake).picture() == fake.frames[10]


@pytest.mark.parametrize(
    "trouble", ["absent", "no_capture", "no_stream", "unknown_format", "silent", "pulled"]
)
def test_a_camera_that_gives_no_picture_says_so_and_is_let_go(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_gateway.photo.camera.FRAME_WITHIN_S", 0.05)
    fake = FakeCamera(trouble=trouble)
    with pytest.raises(PhotoError):
        Camera(Path("/dev/video0"), fake).picture()
    assert trouble == "absent" or fake.is_closed
    assert fake.mapped == 0


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3")


class Home:
    """A photographer over a real outbox."""

    def __init__(self, outbox: Outbox, camera: Camera | None = None, key: str | None = PUBLIC) -> None:
        self.troubles: list[str] = []
        self.key = key
        self.one = Photographer(
            outbox,
            ORIGIN,
            HandClock(),
            camera=camera,
            wanted_for=lambda: self.key,
            offset_ms=lambda: 40,
            on_change=lambda: None,
            on_trouble=self.troubles.append,
            shrink=_shrink(),
        )


def _shrink() -> Callable[[bytes], Awaitable[bytes]]:
    async def shrink_here(picture: bytes) -> bytes:
        return shrink(picture)

    return shrink_here


def sent(outbox: Outbox) -> list[Photo]:
    rows = outbox.waiting(0, 10)
    assert {row.kind for row in rows} <= {Kind.PHOTO.value}
    return [Photo.read(open_envelope(row.sealed).body).value for row in rows]


async def test_with_the_blow_the_camera_looks_once_and_only_the_backend_can_open_it(outbox: Outbox) -> None:
    picture = a_picture()
    home = Home(outbox, Camera(Path("/dev/video0"), FakeCamera(picture=picture)))
    for phase in (Phase.COUNTDOWN, Phase.READY, Phase.BLOWING, Phase.BLOWING, Phase.ANALYSING):
        home.one.watch(replace(BLOWING, phase=phase))
    await asyncio.gather(*home.one._taking)
    (photo,) = sent(outbox)
    assert (photo.run_id, photo.source, photo.clock_offset_ms) == (BLOWING.run_id, "camera", 40)
    sealed = urlsafe_b64decode(photo.sealed + "==")
    opened_there = SealedBox(BACKEND).decrypt(sealed)
    assert opened_there == shrink(picture)
    assert opened_there[:20] not in outbox.waiting(0, 1)[0].sealed
    assert home.one.identity(replace(BLOWING, phase=Phase.RESULT)) is Identity.REVIEW_PENDING


async def test_without_the_plans_word_no_camera_looks_and_no_picture_is_taken(outbox: Outbox) -> None:
    fake = FakeCamera()
    home = Home(outbox, Camera(Path("/dev/video0"), fake), key=None)
    home.one.watch(BLOWING)
    assert not home.one._taking
    with pytest.raises(PhotoError):
        await home.one.keep(a_picture(), BLOWING.run_id, "phone")
    assert sent(outbox) == []
    assert fake.log == []
    assert home.one.identity(replace(BLOWING, phase=Phase.RESULT)) is Identity.NOT_USED


async def test_a_camera_that_fails_leaves_a_word_and_nothing_else(outbox: Outbox) -> None:
    home = Home(outbox, Camera(Path("/dev/video0"), FakeCamera(trouble="absent")))
    home.one.watch(BLOWING)
    await asyncio.gather(*home.one._taking)
    assert home.troubles == ["photo_failed"]
    assert sent(outbox) == []
    assert home.one.identity(replace(BLOWING, phase=Phase.RESULT)) is Identity.NOT_CAPTURED
    assert home.one.identity(replace(BLOWING, phase=Phase.ABORTED)) is Identity.NOT_USED


async def test_too_many_pictures_waiting_give_way_to_what_was_measured(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taker, "MOST_WAITING", 1)
    home = Home(outbox)
    await home.one.keep(a_picture(), "01" * 16, "phone")
    with pytest.raises(PhotoError):
        await home.one.keep(a_picture(), "02" * 16, "phone")
    assert len(sent(outbox)) == 1

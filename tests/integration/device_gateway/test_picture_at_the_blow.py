"""A test over the virtual radio with a camera beside it: the picture goes out sealed, the reading stays what it is."""

import time
from io import BytesIO
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from PIL import Image

from contracts.envelope import open_envelope
from contracts.photo import Photo
from contracts.reading import Identity, Outcome, Reading
from contracts.topics import Kind
from device_gateway.gateway import Gateway
from device_gateway.photo.camera import Camera
from device_gateway.radio import BleakRadio
from device_gateway.retest import RetestRules
from device_gateway.test_run import Limits
from simulators.bluez import virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath
from tests.support.fake_camera import FakeCamera
from tests.support.gateway import ORIGIN, HandClock, opened
from tests.support.home_plans import limits, plan


def a_frame() -> bytes:
    into = BytesIO()
    Image.new("RGB", (640, 480), (120, 140, 130)).save(into, "JPEG")
    return into.getvalue()


@pytest.mark.parametrize("trouble", ["", "absent"])
async def test_the_reading_is_the_same_with_and_without_the_picture(tmp_path: Path, trouble: str) -> None:
    outbox = opened(tmp_path / "outbox.sqlite3")
    device = BactrackC6("C6:00:00:00:00:01", pace=20)
    device.give(Breath(0.42))
    camera = Camera(Path("/dev/video0"), FakeCamera(picture=a_frame(), trouble=trouble))
    async with virtual_radio(device):
        gateway = Gateway(
            ORIGIN, outbox, BleakRadio(), HandClock(), time.monotonic, rules=RetestRules(),
            limits=Limits(settle_ms=200), camera=camera,
        )  # fmt: skip
        gateway.take_plan(
            plan(limits=limits(photo=True), photo_key=bytes(PrivateKey.generate().public_key).hex())
        )
        run_id = gateway.start_test(waited_15_min=True)
        seen = -1
        while gateway.testing:
            seen = await gateway.changed_since(seen, 0.1)
        await gateway.finish()
    sent = {row.kind: open_envelope(row.sealed).body for row in outbox.waiting(0, 10)}
    reading = Reading.read(sent[Kind.READING.value]).value
    assert (reading.outcome, str(reading.brac_mg_per_l)[:4]) == (Outcome.COMPLETE, "0.41")
    assert reading.run_id == run_id
    if trouble:
        assert Kind.PHOTO.value not in sent
        assert reading.identity is Identity.NOT_CAPTURED
        assert gateway.state().last_error == ("photo_failed", HandClock().now())
    else:
        photo = Photo.read(sent[Kind.PHOTO.value]).value
        assert (photo.run_id, photo.source) == (run_id, "camera")
        assert len(photo.canonical_bytes()) < 64 * 1024

#!/usr/bin/env python3
"""The gateway's camera code on a real V4L2 driver: takes a picture, makes it small, and says what came of it.

By hand only; `scripts/bluetooth_vm.py --camera` runs it on the kernel's own virtual camera (vivid), and any machine
with a webcam can run it as it is. Status 0 when a camera gave a picture.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from device_gateway.errors import PhotoError
from device_gateway.photo.camera import Camera
from device_gateway.photo.shrink import shrink


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("device", nargs="?", type=Path, default=Path("/dev/video0"))
    parser.add_argument("--out", type=Path, help="write the small picture here")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        frame = Camera(options.device).picture()
        took = time.monotonic() - began
        small = shrink(
            frame
        )  # here and not in a process apart: an emulated machine takes longer than that may
    except PhotoError as error:
        print(f"FAILED  {options.device}: {error}")
        return 1
    if options.out:
        options.out.write_bytes(small)
    kind = frame[:13].split(b"\n")[0].decode() if frame.startswith(b"YUYV") else "JPEG"
    print(
        f"ok      {options.device}: {kind}, {len(frame)} bytes in {took:.1f} s, {len(small)} bytes when small"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

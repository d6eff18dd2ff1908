"""The long fuzz run: `make fuzz`, or `python -m tests.fuzz.drivers --frames 50000 --driver titan`.

Every driver is fed so many frames, most of them as its devices send them and the rest damaged, cut, joined or noise.
It ends with status 1 at the first exception, at an implausible or untimely value, or at a frame that takes longer
than `--limit` seconds (a hang ends it with a traceback); it prints the seed that brings the same frames back.
"""

import argparse
import faulthandler
import random
import time
import traceback

from device_gateway.protocol.driver import Driver
from device_gateway.protocol.families import FAMILIES
from device_gateway.protocol.skyn import Skyn
from tests.support.driver_fuzz import MadDevice, Ordeal
from tests.support.skyn_fuzz import fuzz_skyn

_WATCHED, _HANGS_AFTER_S = 1000, 120.0
"""So many frames may take so long before the process is ended as hanging, with a traceback."""


class SlowError(AssertionError):
    """A single frame kept the driver busy for too long."""


def fuzz(family: type[Driver], frames: int, seed: int, limit_s: float) -> tuple[float, int]:
    """Feed `frames` notifications; returns frames per second and how many values were accepted.

    Raises whatever goes wrong.
    """
    rng = random.Random(seed)
    device, ordeal = MadDevice(family.name, rng), Ordeal(family())
    ordeal.begin()
    accepted = 0
    began = time.perf_counter()
    for number in range(frames):
        if number % _WATCHED == 0:
            faulthandler.dump_traceback_later(_HANGS_AFTER_S, exit=True)
        frame = device.say()
        before = time.perf_counter()
        ordeal.feed(frame)
        if time.perf_counter() - before > limit_s:
            raise SlowError(f"frame {number} took more than {limit_s} s")
        if ordeal.run.ended:
            accepted += ordeal.results
            if rng.randrange(4) == 0:
                ordeal = Ordeal(family())
            ordeal.results = 0
            ordeal.begin()
    faulthandler.cancel_dump_traceback_later()
    return frames / (time.perf_counter() - began), accepted


def main(arguments: list[str] | None = None) -> int:
    """Entry of `python -m tests.fuzz.drivers`."""
    names = [*(family.name for family in FAMILIES), Skyn.name]
    parser = argparse.ArgumentParser(prog="fuzz", description="Random and mutated frames for every driver.")
    parser.add_argument("--frames", type=int, default=1_000_000, help="per driver")
    parser.add_argument("--driver", choices=names, action="append", help="only this one (may be repeated)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=2.0, help="seconds a single frame may take")
    options = parser.parse_args(arguments)
    failed = 0
    for family in FAMILIES:
        if options.driver and family.name not in options.driver:
            continue
        try:
            rate, accepted = fuzz(family, options.frames, options.seed, options.limit)
        except Exception as error:  # noqa: BLE001 - the other drivers have their turn whatever this one did
            failed += 1
            traceback.print_exc()
            print(
                f"{family.name:20} FAILED with seed {options.seed}: {type(error).__name__}: {error}",
                flush=True,
            )
            continue
        print(
            f"{family.name:20} {options.frames:>9,} frames  {rate:>9,.0f} frames/s  "
            f"{accepted:>7,} values accepted, all plausible and after a blow",
            flush=True,
        )
    if not options.driver or Skyn.name in options.driver:
        began = time.perf_counter()
        records = fuzz_skyn(options.frames, random.Random(options.seed))
        rate = options.frames / (time.perf_counter() - began)
        print(
            f"{Skyn.name:20} {options.frames:>9,} frames  {rate:>9,.0f} frames/s  {records:>7,} records, none a breath",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

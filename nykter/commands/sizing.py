"""`nykter sizing`: what so many clients need, computed from bench.json."""

import argparse
import json
import os
from pathlib import Path

from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the figures are, what measured them, and where the page goes."""
    parser.add_argument(
        "--figures",
        type=Path,
        nargs="+",
        default=[Path("bench.json")],
        help="what `nykter bench` wrote, in one run or in several (default: bench.json)",
    )
    parser.add_argument("--machine", default=f"{os.cpu_count()} cores", help="the machine that was measured")
    parser.add_argument("--out", type=Path, help="file for the page (default: print it)")


def run(args: argparse.Namespace) -> int:
    """Write or print the page. Raises NykterError when figures are missing."""
    from nykter.sizing import page

    figures: dict[str, float] = {}
    for path in args.figures:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            figures |= {one["name"].strip(): float(one["value"]) for one in found}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NykterError(f"{path} cannot be read ({error}). Run: nykter bench") from error
    text = page(figures, args.machine)
    if args.out is None:
        print(text)
    else:
        args.out.write_text(text, encoding="utf-8")
    return 0

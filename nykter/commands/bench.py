"""`nykter bench`: measure this machine, print a table and write bench.json."""

import argparse
import importlib
import importlib.util
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nykter.bench import BENCHMARKS

if TYPE_CHECKING:
    from nykter.bench.figure import Figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which benchmarks, and where the figures go."""
    parser.add_argument(
        "name", nargs="*", choices=[*BENCHMARKS, []], help=f"only these: {', '.join(BENCHMARKS)}"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("bench.json"), help="file for the figures (default: bench.json)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the benchmarks one after the other. Raises NykterError when a server cannot be started."""
    from nykter.bench.figure import table
    from nykter.bench.place import place

    figures: list[Figure] = []
    with place() as where:
        for name in args.name or BENCHMARKS:
            if importlib.util.find_spec(f"nykter.bench.{name}") is None:
                continue
            started = time.monotonic()
            print(f"# {name}: {BENCHMARKS[name]}", flush=True)
            measured = []
            for figure in importlib.import_module(f"nykter.bench.{name}").run(where):
                measured.append(figure)
                # After each, so that a run that is cut short takes nothing with it that was measured before.
                _write(args.out, [*figures, *measured])
            print(table(measured))
            print(f"  ({time.monotonic() - started:.0f} s)\n", flush=True)
            figures += measured
    return 0


def _write(path: Path, figures: "list[Figure]") -> None:
    path.write_text(json.dumps([one.as_json() for one in figures], indent=1) + "\n", encoding="utf-8")

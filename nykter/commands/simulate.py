"""`nykter simulate`: simulated people without the rest of the system."""

import argparse
from datetime import date
from pathlib import Path

from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`population DIR` writes a study folder of simulated people."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    population = kinds.add_parser("population", help="write a study folder of simulated people")
    population.add_argument("folder", metavar="DIR", type=Path, help="folder to write the CSV files into")
    population.add_argument("--people", type=int, default=300, help="number of people (default 300)")
    population.add_argument("--days", type=int, default=120, help="days of history each (default 120)")
    population.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default 1)")
    population.add_argument(
        "--shift",
        default="none",
        choices=("none", "fewer_answers", "less_warning", "rarer_drinking"),
        help="people who differ from the usual population (default none)",
    )
    population.add_argument(
        "--start",
        type=date.fromisoformat,
        default=date(2025, 1, 13),
        metavar="YYYY-MM-DD",
        help="first local day (default 2025-01-13)",
    )
    population.add_argument(
        "--truth",
        type=Path,
        metavar="FILE",
        help="also write how likely each person truly was to drink, for `nykter model evaluate --beside FILE`; "
        "not into DIR, where no model may find it",
    )


def run(args: argparse.Namespace) -> int:
    """Write the population and print how many rows each file has. Raises NykterError in plain words."""
    from simulators.shifts import SHIFTS
    from simulators.study import write_population
    from simulators.truth import write_truth

    population = (args.people, args.days, args.seed, args.start, SHIFTS[args.shift])
    if args.truth is not None and args.truth.resolve().parent == args.folder.resolve():
        raise NykterError("The truth does not belong into the study folder.", exit_code=2)
    try:
        counts = write_population(args.folder, *population)
        if args.truth is not None:
            print(f"{args.truth}  {write_truth(args.truth, *population)} rows")
    except ValueError as error:
        raise NykterError(f"Cannot simulate that population: {error}.", exit_code=2) from error
    except OSError as error:
        raise NykterError(f"Cannot write {error.filename or args.folder}: {error.strerror}.") from error
    for stem, rows in counts.items():
        print(f"{args.folder / stem}.csv  {rows} rows")
    return 0

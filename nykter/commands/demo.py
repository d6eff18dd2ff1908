"""`nykter demo`: the whole system on simulated people, on this machine."""

import argparse
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its arguments; the Makefile passes PORT, SPEED, CLIENTS, DAYS, SEED and DATA."""
    from nykter.demo.options import DemoOptions

    usual = DemoOptions()
    parser.add_argument("--port", type=int, default=usual.port, help=f"of the web pages ({usual.port})")
    parser.add_argument(
        "--speed", type=float, default=usual.speed, help=f"demo time per real time ({usual.speed:g})"
    )
    parser.add_argument("--clients", type=int, default=usual.clients, help=f"how many ({usual.clients})")
    parser.add_argument("--days", type=int, default=usual.days, help=f"days of history ({usual.days})")
    parser.add_argument("--seed", type=int, default=usual.seed, help=f"of everything random ({usual.seed})")
    parser.add_argument("--data", type=Path, default=usual.data, help=f"data folder ({usual.data})")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C. Raises NykterError in words."""
    import logging

    from nykter.demo.conductor import Demo
    from nykter.demo.options import DemoOptions

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    options = DemoOptions(args.port, args.speed, args.clients, args.days, args.seed, args.data)
    Demo(
        options,
        lambda line: print(line, flush=True),
        database_url=os.environ.get("NYKTER_DATABASE_URL"),
        mqtt_url=os.environ.get("NYKTER_MQTT_URL"),
    ).run()
    return 0

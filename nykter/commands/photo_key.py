"""`nykter photo-key`: make the key that opens pictures of a blow. Its private half is for `nykter serve` alone."""

import argparse
from pathlib import Path

from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it goes."""
    parser.add_argument(
        "--out", type=Path, required=True, help="the file of the private half; never overwritten"
    )


def run(args: argparse.Namespace) -> int:
    """Write the private half (0600) and print the public one. Raises NykterError when the file cannot be made."""
    import os

    from nacl.public import PrivateKey

    key = PrivateKey.generate()
    try:
        descriptor = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(bytes(key).hex() + "\n")
    except FileExistsError:
        raise NykterError(f"{args.out} exists already; a key is never replaced silently") from None
    except OSError as error:
        raise NykterError(f"{args.out} cannot be written: {error.strerror}") from error
    print(f"private half  {args.out}, for `nykter serve` alone: NYKTER_PHOTO_KEY_FILE={args.out}")
    print(f"public half   for `nykter ingest`: NYKTER_PHOTO_PUBLIC_KEY={bytes(key.public_key).hex()}")
    return 0

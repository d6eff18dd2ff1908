"""`nykter webhook-secret`: the secret with which one contact point's webhooks are signed."""

import argparse
from uuid import UUID

from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which contact point."""
    parser.add_argument("contact_point_id", type=UUID, help="the contact point's id, as the API shows it")


def run(args: argparse.Namespace) -> int:
    """Print the secret. Raises NykterError without NYKTER_WEBHOOK_KEY."""
    from backend.notify.webhook import secret_of
    from nykter.settings import ChannelSettings

    key = ChannelSettings.from_environment().webhook_key
    if key is None:
        raise NykterError("NYKTER_WEBHOOK_KEY (or NYKTER_WEBHOOK_KEY_FILE) is not set", exit_code=2)
    print(secret_of(key.get_secret_value().encode(), args.contact_point_id))
    return 0

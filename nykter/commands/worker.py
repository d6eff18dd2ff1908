"""`nykter worker`: runs the jobs: assesses what arrived, watches deadlines, scores, tells people."""

import argparse
import asyncio
import logging
import sys

from nykter.errors import NykterError

_TRAIN = (sys.executable, "-m", "nykter", "model", "retrain")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A name of its own for each worker beyond the first."""
    parser.add_argument("--name", default="worker", help="name among the signs of life (default worker)")


def run(args: argparse.Namespace) -> int:
    """Work until asked to stop. Raises NykterError when settings or the model file are wrong."""
    from backend.errors import BackendError
    from backend.jobs import worker
    from backend.services.scoring import model_from
    from backend.store.pool import Database
    from nykter.audit_file import audit_of
    from nykter.channels import channels_from
    from nykter.clock import clock_from_environment
    from nykter.data_keys import data_keys
    from nykter.settings import ChannelSettings, WorkerSettings
    from relapse_model.errors import RelapseModelError

    settings = WorkerSettings.from_environment()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    clock = clock_from_environment()
    channels = channels_from(ChannelSettings.from_environment())
    try:
        model = model_from(settings.model_file)
    except RelapseModelError as error:
        raise NykterError(str(error)) from error
    database = Database(
        settings.database_url.get_secret_value(), application_name=f"nykter {args.name}", keys=data_keys()
    )
    try:
        with database as db:
            asyncio.run(
                worker.run(
                    db, clock, lambda: model, channels, name=args.name, train=_TRAIN, audit=audit_of(settings)
                )
            )
    except BackendError as error:
        raise NykterError(str(error)) from error
    return 0

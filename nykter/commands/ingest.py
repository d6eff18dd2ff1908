"""`nykter ingest`: take messages from the broker into the database. Ends on SIGTERM after what arrived is answered."""

import argparse
import logging
import signal
import sys

from nykter.errors import NykterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything else comes from NYKTER_* variables (nykter/settings.py)."""
    parser.add_argument("--verbose", action="store_true", help="log more")


def run(args: argparse.Namespace) -> int:
    """Ingest until told to stop. Raises NykterError in words."""
    from backend.errors import BackendError
    from backend.ingest.interpreter import tune_interpreter
    from backend.ingest.process import Ingest
    from backend.ingest.receipts import ReceiptSigner
    from backend.store.migrate import migration_status
    from backend.store.pool import Database
    from nykter.clock import SharedClock, SystemClock
    from nykter.data_keys import data_keys
    from nykter.metrics import ingest_metrics, serving_metrics
    from nykter.settings import IngestSettings

    settings = IngestSettings.from_environment()
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.INFO,
        format="%(asctime)s ingest %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    # psycopg's pool reports each failed attempt with its traceback; ours says it once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    tune_interpreter()
    conninfo = settings.database_url.get_secret_value()
    try:
        if not migration_status(conninfo).is_current:
            raise NykterError("The database's schema is not this version's. Run: nykter migrate")
        name = f"nykter {settings.ingest_name}"
        with Database(conninfo, max_size=3, application_name=name, keys=data_keys()) as database:
            ingest = Ingest(
                database,
                settings.broker,
                ReceiptSigner(settings.receipt_seed),
                SharedClock(settings.clock_file) if settings.clock_file else SystemClock(),
                name=settings.ingest_name,
                share=settings.ingest_share,
                judges=settings.judges,
                photo_key=settings.photo_public_key,
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: ingest.stop())
            with serving_metrics(ingest_metrics(ingest), settings.metrics_port):
                ingest.run()
    except BackendError as error:
        raise NykterError(str(error)) from error
    return 0

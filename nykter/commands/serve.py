"""`nykter serve`: the web pages and the API."""

import argparse
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from nykter.errors import NykterError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

DEMO_STAGE_FILE_VARIABLE = "NYKTER_DEMO_STAGE_FILE"
"""Set by `nykter demo`: where the presenter's page finds the virtual breathalyzer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Host and port may be given here instead of NYKTER_HOST and NYKTER_PORT."""
    parser.add_argument("--host", help="address to listen on (default: NYKTER_HOST, 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, help="port to listen on, 0 for a free one (default: NYKTER_PORT, 8000)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted. Raises NykterError when settings are wrong or the port is taken."""
    import uvicorn

    from backend.services.photo_keys import PhotoKeys
    from backend.store.pool import Database
    from nykter.broker_access import broker_access_from
    from nykter.clock import clock_from_environment
    from nykter.data_keys import data_keys
    from nykter.metrics import serving_metrics
    from nykter.settings import ServeSettings
    from nykter.web import create_app
    from nykter.web_metrics import Timed, WebMetrics

    settings = ServeSettings.from_environment()
    host = args.host or settings.host
    listening = _listening(host, settings.port if args.port is None else args.port)
    db = Database(
        settings.database_url.get_secret_value(),
        max_size=12,
        application_name="nykter serve",
        keys=data_keys(),
    ).open()
    try:
        opening = settings.photo_key.get_secret_value() if settings.photo_key else None
        app = create_app(
            settings, db, clock_from_environment(), broker_access_from(settings), PhotoKeys.of(opening)
        )
        app.state.security_contact = settings.security_contact
        metrics = WebMetrics()
        app.add_middleware(Timed, metrics=metrics)
        _add_presenter(app)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            forwarded_allow_ips=None,
        )
        print(f"http://{_shown(host)}:{listening.getsockname()[1]}/", flush=True)
        with serving_metrics(metrics.registry, settings.metrics_port):
            _server(config, app.state.closing.set).run(sockets=[listening])
    finally:
        db.close()
        listening.close()
    return 0


def _server(config: "uvicorn.Config", on_stop: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Tells the open event streams when the process is asked to stop."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            on_stop()
            super().handle_exit(sig, frame)

    return Server(config)


def _add_presenter(app: "FastAPI") -> None:
    """In the demo, and only there, the presenter's page stands below /presenter."""
    stage_file = os.environ.get(DEMO_STAGE_FILE_VARIABLE)
    if not stage_file:
        return
    from nykter.demo.presenter.app import create_presenter
    from nykter.demo.presenter.stage import StageSetting

    app.mount("/presenter", create_presenter(StageSetting.read(Path(stage_file))))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise NykterError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Is something running there already? Choose another "
            "port with --port or NYKTER_PORT.",
            exit_code=2,
        ) from error
    listening.listen(512)
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host

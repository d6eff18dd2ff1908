"""Commands beside a running demo: they use its database unless NYKTER_DATABASE_URL names another one."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nykter.demo.options import DemoOptions
from nykter.errors import NykterError
from nykter.settings import BackendSettings

if TYPE_CHECKING:
    from backend.store.deployment_keys import DeploymentKeys

_VARIABLES = ("NYKTER_DATABASE_URL", "NYKTER_DATABASE_URL_FILE")


def add_demo_argument(parser: argparse.ArgumentParser) -> None:
    """`--data DATA`: which demo."""
    usual = DemoOptions().data
    parser.add_argument(
        "--data",
        type=Path,
        default=usual,
        help=f"a running demo's data folder, used when NYKTER_DATABASE_URL is not set (default {usual})",
    )


def database_url(data: Path) -> str:
    """The database of the settings, else the one of the demo in `data`. Raises NykterError when there is neither."""
    if any(name in os.environ for name in _VARIABLES):
        return BackendSettings.from_environment().database_url.get_secret_value()
    url = _summary(data).get("database_url")
    if url is None:
        raise NykterError(
            f"Which database? Set NYKTER_DATABASE_URL, or start the demo (make demo) and name its folder with "
            f"--data (there is none in {data}).",
            exit_code=2,
        )
    print(f"Using the database of the demo in {data}.", file=sys.stderr)
    return str(url)


def attached_keys(data: Path) -> "DeploymentKeys | None":
    """The data keys of that database: those of the settings, else the demo's. Raises NykterError in words."""
    from nykter.data_keys import data_keys, keys_in_file

    if any(name in os.environ for name in _VARIABLES):
        return data_keys()
    file = data / "data.key"
    return keys_in_file(file) if file.exists() else None


def remember_login(data: Path, who: str, username: str, password: str) -> bool:
    """Add a login to the demo's demo.json, so that scripts find it; False when no demo's database is in use."""
    if any(name in os.environ for name in _VARIABLES):
        return False
    from nykter.demo.folder import DemoFolder

    folder = DemoFolder(data)
    folder.write_summary({**_summary(data), who: {"username": username, "password": password}})
    return True


def _summary(data: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content

"""The deployment's data keys, from NYKTER_DATA_KEY_FILE or NYKTER_DATA_KEY: they open and seal free text and photos."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from backend.store.deployment_keys import DeploymentKeys
from nykter.errors import NykterError
from nykter.settings import read_secret

VARIABLE: Final = "NYKTER_DATA_KEY"


def data_keys(environment: Mapping[str, str] | None = None) -> DeploymentKeys | None:
    """The keys, or None when neither is set. Raises NykterError in words, without a key, when they cannot be used.

    A file is read again when its keys have been rotated; a variable's keys last as long as the process.
    """
    found = os.environ if environment is None else environment
    path, value = found.get(f"{VARIABLE}_FILE"), found.get(VARIABLE)
    if path and value:
        raise NykterError(f"Both {VARIABLE} and {VARIABLE}_FILE are set; set one of them.", exit_code=2)
    if path:
        return keys_in_file(Path(path))
    return _keys(lambda: value, VARIABLE) if value else None


def keys_in_file(path: Path) -> DeploymentKeys:
    """The keys in a file. Raises NykterError in words when it cannot be used."""
    return _keys(lambda: read_secret(path), str(path))


def _keys(read: Callable[[], str], where: str) -> DeploymentKeys:
    try:
        return DeploymentKeys(read)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise NykterError(f"{where} cannot be read: {reason}", exit_code=2) from error
    except ValueError as error:
        raise NykterError(f"{where}: {error}. `nykter keys new FILE` makes one.", exit_code=2) from error

"""One setting that may be a secret: from NAME, or from the file that NAME_FILE names."""

from collections.abc import Mapping
from pathlib import Path

from nykter.errors import NykterError


def setting(name: str, environment: Mapping[str, str]) -> str | None:
    """The value of `name`, or the contents of the file named by `<name>_FILE`; None when neither is set.

    Raises NykterError when the file cannot be read, or when both are set: then it is unclear which one is meant.
    """
    value = environment.get(name)
    path = environment.get(f"{name}_FILE")
    if path is None:
        return value or None
    if value:
        raise NykterError(f"Both {name} and {name}_FILE are set; set one of them.", exit_code=2)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NykterError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error

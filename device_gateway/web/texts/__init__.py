"""The page's texts, one catalogue per language; Swedish first."""

import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("sv", "en")


@cache
def texts(language: str) -> dict[str, str]:
    """The catalogue of one of LANGUAGES."""
    content: dict[str, str] = json.loads(files(__name__).joinpath(f"{language}.json").read_text("utf-8"))
    return content

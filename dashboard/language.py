"""The two languages of the pages. Message ids are English; Swedish stands in the catalogue beside this module."""

import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Code = Literal["sv", "en"]
CODES: tuple[Code, ...] = ("sv", "en")
"""Swedish first."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a message for the catalogue without translating it yet."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - after gettext's N_
    """Mark a message with a plural for the catalogue."""
    return one, many


@dataclass(frozen=True)
class Language:
    """One language: `t` translates, `n` chooses between singular and plural. `{name}` fields are filled in after."""

    code: Code
    catalogue: NullTranslations

    def t(self, message: str, **values: object) -> str:
        """The message in this language, with `{name}` fields filled in."""
        text = str(self.catalogue.gettext(message))
        return text.format(**values) if values else text

    def n(self, one: str, many: str, count: int, **values: object) -> str:
        """The message in the number of `count`, which is itself available as `{count}`."""
        return str(self.catalogue.ngettext(one, many, count)).format(count=count, **values)


@cache
def language(code: Code) -> Language:
    """The language of a code; the Swedish catalogue is read once."""
    return Language(code, _swedish() if code == "sv" else NullTranslations())


def chosen(*wishes: str | None) -> Language:
    """The first wish that is a language of ours; Swedish when none is."""
    for wish in wishes:
        if wish in CODES:
            return language("sv" if wish == "sv" else "en")
    return language("sv")


def _swedish() -> NullTranslations:
    source = files("dashboard").joinpath("locale/sv/LC_MESSAGES/dashboard.po")
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale="sv")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)

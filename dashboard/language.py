"""The two languages of the pages. Message ids are English; Swedish stands in the catalogue beside this module.

Each has an easy-read variety for the client's own pages: a short catalogue of its own, and the ordinary words for the
rest.
"""

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


EASY = "-easy"
"""What the choice of an easy-read variety ends with: `sv-easy`."""
CHOICES: tuple[str, ...] = (*CODES, *(f"{code}{EASY}" for code in CODES))


@dataclass(frozen=True)
class Language:
    """One language: `t` translates, `n` chooses between singular and plural. `{name}` fields are filled in after."""

    code: Code
    catalogue: NullTranslations
    is_easy: bool = False

    @property
    def choice(self) -> str:
        """What a person chose to get it, one of CHOICES."""
        return f"{self.code}{EASY}" if self.is_easy else self.code

    def t(self, message: str, **values: object) -> str:
        """The message in this language, with `{name}` fields filled in."""
        text = str(self.catalogue.gettext(message))
        return text.format(**values) if values else text

    def n(self, one: str, many: str, count: int, **values: object) -> str:
        """The message in the number of `count`, which is itself available as `{count}`."""
        return str(self.catalogue.ngettext(one, many, count)).format(count=count, **values)


@cache
def language(code: Code, is_easy: bool = False) -> Language:
    """The language of a code; each catalogue is read once."""
    ordinary: NullTranslations = _read("sv", "dashboard") if code == "sv" else NullTranslations()
    if not is_easy:
        return Language(code, ordinary)
    easy = _read(code, "easy")
    easy.add_fallback(ordinary)
    return Language(code, easy, True)


def chosen(*wishes: str | None, may_be_easy: bool = False) -> Language:
    """The first wish that is a language of ours; Swedish when none is. Easy-read only where a page has it."""
    for wish in wishes:
        if wish in CHOICES:
            return language("sv" if wish.startswith("sv") else "en", may_be_easy and wish.endswith(EASY))
    return language("sv")


def _read(code: Code, name: str) -> Translations:
    source = files("dashboard").joinpath(f"locale/{code}/LC_MESSAGES/{name}.po")
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)

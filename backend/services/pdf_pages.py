"""Plain pages of text as PDF: a head on every page, page x of y, fonts in the file, nothing fetched from anywhere."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont

FONT: Final = "DejaVu Sans"
"""Embedded, so that a file reads the same in twenty years: Latin letters of every European language, ‰, arrows."""
_WEIGHTS: Final[tuple[tuple[Literal["", "B"], str], ...]] = (
    ("", "DejaVuSans.ttf"),
    ("B", "DejaVuSans-Bold.ttf"),
)
_PAGE: Final = {"sv": "Sida {here} av {{nb}}", "en": "Page {here} of {{nb}}"}


class Pages(FPDF):
    """An A4 document whose every page says what it is, whose, and when it was made."""

    def __init__(self, title: str, whose: str, language: Literal["sv", "en"], made_at: datetime) -> None:
        """`made_at` is local: it stands in the file and nowhere does a clock."""
        super().__init__(format="A4")
        for style, name in _WEIGHTS:
            self.add_font(FONT, style, str(_folder() / name))
        self._title, self._whose, self._language = title, whose, language
        self.set_title(printable(title))
        self.set_lang("sv-SE" if language == "sv" else "en-GB")
        self.set_creation_date(made_at)
        self.set_margin(18)
        self.set_auto_page_break(True, 18)
        self.add_page()

    def header(self) -> None:
        """What, and whose."""
        self.set_font(FONT, "", 9)
        self.cell(0, 6, printable(f"{self._title} · {self._whose}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def footer(self) -> None:
        """Where in it one is."""
        self.set_y(-14)
        self.set_font(FONT, "", 9)
        self.cell(0, 6, _PAGE[self._language].format(here=self.page_no()), align="R")

    def heading(self, text: str) -> None:
        """A heading, with the first lines under it on the same page."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(3)
        self.set_font(FONT, "B", 13)
        self.multi_cell(0, 7, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def line_of_text(self, text: str) -> None:
        """A paragraph."""
        self.set_font(FONT, "", 10)
        self.multi_cell(0, 5, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def small_heading(self, text: str) -> None:
        """A heading of a page that is to stay one page."""
        self.ln(2)
        self.set_font(FONT, "B", 11)
        self.multi_cell(0, 6, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def point(self, text: str) -> None:
        """One of several short points, its further lines under its first."""
        self.set_font(FONT, "", 10.5)
        self.cell(5, 5.4, "\N{BULLET}")
        self.multi_cell(0, 5.4, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def small(self, text: str) -> None:
        """A line for those who check: digests, how it was made."""
        self.set_font(FONT, "", 8)
        self.multi_cell(0, 4.5, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def finished(self) -> bytes:
        """The file. Its fonts are closed: nothing can be added afterwards."""
        made = bytes(self.output())
        _close(self)
        return made


def printable(text: str) -> str:
    """The text without what moves the cursor, and with question marks for what the fonts cannot show."""
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return "".join(char if ord(char) in _shown() or char == "\n" else "?" for char in kept)


@cache
def _shown() -> frozenset[int]:
    pages = FPDF()
    pages.add_font(FONT, "", str(_folder() / _WEIGHTS[0][1]))
    shown = frozenset(pages.fonts[FONT.lower()].cmap)  # type: ignore[union-attr]
    _close(pages)
    return shown


def _close(pages: FPDF) -> None:
    for font in pages.fonts.values():
        if isinstance(font, TTFFont):
            font.close()


def _folder() -> Path:
    return Path(str(files("backend.services"))) / "fonts"

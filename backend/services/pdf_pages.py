"""Plain pages of text as PDF: a head on every page, page x of y, nothing fetched from anywhere."""

from datetime import datetime
from typing import Final, Literal

from fpdf import FPDF, XPos, YPos

_ENCODING: Final = "cp1252"
"""Of the fonts every PDF reader has by itself; it knows Swedish, the permille sign and dashes."""
_PAGE: Final = {"sv": "Sida {here} av {{nb}}", "en": "Page {here} of {{nb}}"}


class Pages(FPDF):
    """An A4 document whose every page says what it is, whose, and when it was made."""

    def __init__(self, title: str, whose: str, language: Literal["sv", "en"], made_at: datetime) -> None:
        """`made_at` is local: it stands in the file and nowhere does a clock."""
        super().__init__(format="A4")
        self.core_fonts_encoding = _ENCODING
        self._title, self._whose, self._language = title, whose, language
        self.set_title(printable(title))
        self.set_lang("sv-SE" if language == "sv" else "en-GB")
        self.set_creation_date(made_at)
        self.set_margin(18)
        self.set_auto_page_break(True, 18)
        self.add_page()

    def header(self) -> None:
        """What, and whose."""
        self.set_font("Helvetica", "", 9)
        self.cell(0, 6, printable(f"{self._title} · {self._whose}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def footer(self) -> None:
        """Where in it one is."""
        self.set_y(-14)
        self.set_font("Helvetica", "", 9)
        self.cell(0, 6, _PAGE[self._language].format(here=self.page_no()), align="R")

    def heading(self, text: str) -> None:
        """A heading, with the first lines under it on the same page."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(3)
        self.set_font("Helvetica", "B", 13)
        self.multi_cell(0, 7, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def line_of_text(self, text: str) -> None:
        """A paragraph."""
        self.set_font("Helvetica", "", 10)
        self.multi_cell(0, 5, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def finished(self) -> bytes:
        """The file."""
        return bytes(self.output())


def printable(text: str) -> str:
    """The text with what these fonts cannot show as question marks, and without what moves the cursor."""
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return kept.encode(_ENCODING, "replace").decode(_ENCODING)

"""The guide on one page as a PDF, made like the texts for the record: fonts in the file, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.errors import NotFound
from backend.services.pdf_pages import Pages

ZONE: Final = "Europe/Stockholm"
_PRINTED: Final = {"sv": "utskriven {day}", "en": "printed {day}"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences under it."""

    heading: str
    texts: tuple[str, ...]


def pdf(
    principal: Principal,
    title: str,
    sections: Sequence[Section],
    words: tuple[str, Sequence[tuple[str, str]]],
    language: Literal["sv", "en"],
    *,
    now: datetime,
) -> bytes:
    """One A4 page with the sections, and `words` (a heading, and each word with its meaning). About nobody.

    Raises NotFound for those who do not work there.
    """
    if not principal.may("guide"):
        raise NotFound
    made_at = now.astimezone(ZoneInfo(ZONE))
    pages = Pages(title, _PRINTED[language].format(day=made_at.date().isoformat()), language, made_at)
    pages.heading(title)
    for section in sections:
        pages.small_heading(section.heading)
        for text in section.texts:
            pages.point(text)
    heading, meanings = words
    pages.small_heading(heading)
    for word, meaning in meanings:
        pages.point(f"{word}: {meaning}")
    return pages.finished()

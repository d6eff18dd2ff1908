"""Colours of states."""

import re
from pathlib import Path

import pytest

from dashboard import marks


@pytest.mark.parametrize("name", ["OK", "TRACE", "POSITIVE", "MISSED", "SILENT", "WORDS", "CONTACT", "RISK"])
def test_every_mark_keeps_three_to_one_on_both_pages(name: str) -> None:
    color = getattr(marks, name)
    assert marks.contrast(color, marks.LIGHT_PAGE) >= 3.0
    assert marks.contrast(color, marks.DARK_PAGE) >= 3.0


def test_contrast_of_black_and_white_is_twenty_one() -> None:
    assert marks.contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_text_keeps_four_and_a_half_to_one_in_both_schemes() -> None:
    sheet = (Path(marks.__file__).parent / "static/css/nykter.css").read_text()
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in _schemes(sheet))
    for scheme in (light, {**light, **dark}):
        for text in ("text", "soft", "accent"):
            for page in ("page", "card", "hover"):
                assert marks.contrast(scheme[text], scheme[page]) >= 4.5, (text, page)
        assert marks.contrast(scheme["accent-text"], scheme["accent"]) >= 4.5


def _schemes(sheet: str) -> tuple[str, str]:
    light = sheet[sheet.index(":root") : sheet.index("@media")]
    return light, sheet[sheet.index("prefers-color-scheme: dark") : sheet.index("* { box-sizing")]

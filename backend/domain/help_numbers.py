"""Numbers a client can call: a unit's own, beside 112 and 1177 which every page has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 6
"""More than a handful is no help in a hurry (assumption)."""
LONGEST_WORDS: Final = 120
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 -]{1,18}[0-9]")


class NumberError(ValueError):
    """Numbers that cannot be used as written."""


@dataclass(frozen=True, slots=True)
class HelpNumber:
    """One number with whose it is and when somebody answers, in the unit's own words."""

    number: str
    label: str
    hours: str = ""

    @property
    def address(self) -> str:
        """The number as a telephone dials it (RFC 3966): digits, and a plus where it begins with one."""
        return re.sub(r"[ -]", "", self.number)


def read_numbers(written: Any) -> tuple[HelpNumber, ...]:
    """Numbers from their stored form, a list of {"number", "label", "hours"}. Raises NumberError."""
    if not isinstance(written, list) or len(written) > MOST:
        raise NumberError(f"a list of at most {MOST} numbers")
    return tuple(_read(one) for one in written)


def _read(item: Any) -> HelpNumber:
    if not isinstance(item, Mapping) or not set(item) <= {"number", "label", "hours"}:
        raise NumberError("each number has number, label and hours")
    number, label, hours = (item.get(name, "") for name in ("number", "label", "hours"))
    if not all(isinstance(text, str) for text in (number, label, hours)):
        raise NumberError("each number has number, label and hours in words")
    number, label, hours = number.strip(), label.strip(), hours.strip()
    if not _NUMBER.fullmatch(number):
        raise NumberError("a telephone number has 3 to 20 digits, with spaces or hyphens between")
    if not label or max(len(label), len(hours)) > LONGEST_WORDS:
        raise NumberError(f"a number needs to be told whose it is, in at most {LONGEST_WORDS} characters")
    return HelpNumber(number, label, hours)

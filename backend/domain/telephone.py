"""Telephone numbers as people write them, and as they are dialled from anywhere (ITU-T E.164)."""

import re
from typing import Final

COUNTRY: Final = "+46"
"""What a number that begins with one zero belongs to: Sweden (assumption; every unit so far is there)."""
_E164 = re.compile(r"^\+[1-9][0-9]{6,14}$")
_SPACING = re.compile(r"[\s()/.\-\u2010-\u2013\u00a0]")


def dialled(written: str) -> str:
    """A number as it is dialled: `070-123 45 67` and `0046 70 123 45 67` become `+46701234567`.

    What is no number comes back without its spacing, for whoever checks it.
    """
    bare = _SPACING.sub("", written.strip())
    if bare.startswith("00"):
        return f"+{bare[2:]}"
    return f"{COUNTRY}{bare[1:]}" if bare.startswith("0") else bare


def is_dialled(number: str) -> bool:
    """Whether this is a number in international form."""
    return _E164.match(number) is not None


def readable(number: str) -> str:
    """An international number in groups; a Swedish one as it is written at home: `070-123 45 67`."""
    if not number.startswith(COUNTRY):
        return number
    rest = number.removeprefix(COUNTRY)
    if rest.startswith("7") and len(rest) == 9:
        return f"0{rest[:2]}-{rest[2:5]} {rest[5:7]} {rest[7:]}"
    return f"0{rest}"

"""How long a whole record is kept after its last entry, before two people may have it removed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from backend.domain.retention import RetentionError

RECORD_YEARS: Final[Mapping[str, int]] = {"municipality": 5, "region": 10, "research": 10}
"""Years by kind of tenant. Source: SoL personal files are removed five years after the last entry, PDL records kept at
least ten (compliance reference L7; the acts themselves are to be confirmed). Research: assumption, as care.
"""
LONGEST: Final = 100


def record_years(kind: str, settings: Mapping[str, Any]) -> int:
    """Years for a tenant: its kind's, or longer where `record_years` in its settings says so.

    Raises RetentionError when the setting is shorter than the law's or no whole number.
    """
    least = RECORD_YEARS[kind]
    wanted = settings.get("record_years", least)
    if not isinstance(wanted, int) or isinstance(wanted, bool) or not least <= wanted <= LONGEST:
        raise RetentionError(f"record_years is a whole number from {least} to {LONGEST} for a {kind}")
    return wanted


def kept_since(now: datetime, years: int) -> datetime:
    """Records whose last entry is older than this may be removed. 29 February counts as 28 in other years."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)

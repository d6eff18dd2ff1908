"""How long what is kept, by a tenant's settings. Pure.

Sources: compliance reference L1 (access log at least 5 years, HSLF-FS 2016:40 4:9) and L7 (patient records at least 10
years after the last entry, which the reference has not verified; social services' personal files 5 years after it).
Which of the two binds a tenant is for the tenant to say, so the longer one is the default. The other numbers are
assumptions.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

SETTING: Final = "retention_days"
"""Name in a tenant's settings of a mapping from kind to days."""


class RetentionError(ValueError):
    """A tenant's setting that cannot be meant."""


class Kind(StrEnum):
    """What is removed together."""

    READINGS = "readings"
    """Readings with what each came to mean, and breath tests of imported studies."""
    ANSWERS = "answers"
    """Check-ins, their answers, and drinking the client reported."""
    BACKGROUND = "background"
    """Samples of background sensors."""
    PHOTOS = "identity_photos"
    """Pictures of a blow, each counted from when it was received; when it was and what a person saw on it stay."""
    STATUS = "device_status"
    DEAD_LETTERS = "dead_letters"
    """Messages that could not be stored, counted from when somebody dealt with them; open ones stay."""
    ACCESS_LOG = "access_log"
    LOGIN_ATTEMPTS = "login_attempts"
    """Of no tenant: an attempt is counted before it is known whose it is."""


CLINICAL: Final = (Kind.READINGS, Kind.ANSWERS, Kind.BACKGROUND)
"""Counted from the last entry about the client, all at once; the others from each row's own time."""
DEFAULT_DAYS: Final[Mapping[Kind, int]] = {
    Kind.READINGS: 3653,
    Kind.ANSWERS: 3653,
    Kind.BACKGROUND: 3653,
    Kind.PHOTOS: 30,
    Kind.STATUS: 90,
    Kind.DEAD_LETTERS: 366,
    Kind.ACCESS_LOG: 1827,
    Kind.LOGIN_ATTEMPTS: 30,
}
"""10 years are at most 3653 days, 5 at most 1827: a leap day too much never removes too early."""
FLOOR_DAYS: Final[Mapping[Kind, int]] = {
    # Longer than the oldest message ingest accepts (400 days), so that no late message touches days without their
    # readings; and a slip of the pen empties no clinic.
    Kind.READINGS: 731,
    Kind.ANSWERS: 731,
    Kind.BACKGROUND: 731,
    Kind.PHOTOS: 3,
    Kind.STATUS: 30,
    Kind.DEAD_LETTERS: 30,
    Kind.ACCESS_LOG: 1827,
    Kind.LOGIN_ATTEMPTS: 30,
}
_LONGEST_DAYS: Final = 36_525


def keep_days(settings: Mapping[str, Any], kind: Kind) -> int:
    """Days this tenant keeps that kind: from its floor to 100 years. Raises RetentionError for anything else."""
    told = settings.get(SETTING, {})
    if not isinstance(told, Mapping):
        raise RetentionError(f"{SETTING} is not a mapping from kinds to days")
    days = told.get(kind.value, DEFAULT_DAYS[kind])
    if isinstance(days, bool) or not isinstance(days, int) or not FLOOR_DAYS[kind] <= days <= _LONGEST_DAYS:
        raise RetentionError(
            f"{SETTING}.{kind.value} must be a whole number of at least {FLOOR_DAYS[kind]} days"
        )
    return days


def kept_from(days: int, *, now: datetime) -> datetime:
    """What is older than this may go."""
    return now - timedelta(days=days)

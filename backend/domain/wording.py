"""Sentences in Swedish and English: plain, in the client's local time, and never a judgement of the person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.domain.permille import estimated_permille

_DAYS_SV = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_SV = ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    sv: str
    en: str


def local_time(at: datetime, timezone: str) -> Sentence:
    """A moment on the client's clock, such as `tis 4 aug 20:14`; the repeated autumn hour says which one is meant."""
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    sv, en = "", ""
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() and _is_repeated(local):
        sv, en = (" (normaltid)", " (standard time)") if local.fold else (" (sommartid)", " (summer time)")
    clock = f"{local:%H:%M}"
    day, month = local.weekday(), local.month - 1
    return Sentence(
        f"{_DAYS_SV[day]} {local.day} {_MONTHS_SV[month]} {clock}{sv}",
        f"{_DAYS_EN[day]} {local.day} {_MONTHS_EN[month]} {clock}{en}",
    )


def _is_repeated(local: datetime) -> bool:
    """Whether this wall-clock time occurs twice (and is not merely skipped)."""
    return all(
        one.astimezone(UTC).astimezone(local.tzinfo).replace(fold=0) == local.replace(fold=0)
        for one in (local.replace(fold=0), local.replace(fold=1))
    )


def breath(brac_mg_per_l: float) -> Sentence:
    """A breath value with the permille computed from it: `0,42 mg/L (beräknat 0,84 ‰)`."""
    permille = estimated_permille(brac_mg_per_l)
    en = f"{brac_mg_per_l:.2f} mg/L (computed {permille:.2f} ‰)"
    sv = f"{brac_mg_per_l:.2f} mg/L (beräknat {permille:.2f} ‰)".replace(".", ",")
    return Sentence(sv, en)


def sentences(said: Iterable[Sentence]) -> Sentence:
    """Short statements as running text: each one ends with a full stop, whether it came with one or not."""
    kept = list(said)
    return Sentence(" ".join(_stopped(one.sv) for one in kept), " ".join(_stopped(one.en) for one in kept))


def _stopped(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else f"{text}."


def hours(span: timedelta) -> Sentence:
    """A length of time: hours up to two days, days after that."""
    whole = int(span.total_seconds() // 3600)
    if whole < 48:
        return Sentence(f"{whole} tim", f"{whole} h")
    return Sentence(f"{whole // 24} dygn", f"{whole // 24} days")

"""The numbers a unit gives its clients to call, for its manager to set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.casework_views import UnitSettings
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.language import Language

ROWS = 4
"""Lines of the form; more numbers than these help nobody in a hurry."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One line of the form."""

    index: int
    number: str
    label: str
    hours: str


@dataclass(frozen=True, slots=True)
class UnitNumbers:
    """The whole page."""

    frame: Frame
    unit: str
    rows: tuple[NumberRow, ...]
    history: tuple[str, ...]
    problem: str | None


def unit_numbers(
    found: UnitSettings,
    typed: Sequence[Mapping[str, str]] | None,
    frame: Frame,
    now: datetime,
    problem: str | None,
) -> UnitNumbers:
    """The form with what is in force, or with what was just typed and could not be saved."""
    changes = [one for one in found.history if one.name == "help_numbers"]
    shown = typed if typed is not None else (changes[0].value if changes else [])
    given = [*shown[:ROWS], *({} for _ in range(ROWS - len(shown)))]
    return UnitNumbers(
        frame,
        found.unit,
        tuple(
            NumberRow(n, one.get("number", ""), one.get("label", ""), one.get("hours", ""))
            for n, one in enumerate(given)
        ),
        tuple(_told(one.at, one.by, one.reason, now, frame.lang, found) for one in changes),
        problem,
    )


def _told(at: datetime, by: str, reason: str, now: datetime, lang: Language, found: UnitSettings) -> str:
    return f"{formats.near(at, now, str(found.hours['timezone']), lang)} {by}: {reason}"

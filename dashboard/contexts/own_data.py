"""What is kept about the client and who has seen it: their rights in plain words, with the buttons to use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.services.views import AccessEntry
from dashboard.contexts.client import Choice
from dashboard.contexts.corrections import CorrectionLine, correction_lines, subjects
from dashboard.contexts.own import Look, looks_of
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame


@dataclass(frozen=True, slots=True)
class OwnData:
    """The whole page."""

    frame: Frame
    around: Around
    looks: tuple[Look, ...]
    own_looks: tuple[Look, ...]
    """What the client did themselves, apart: it is not what anybody asks about."""
    corrections: tuple[CorrectionLine, ...]
    subjects: tuple[Choice, ...]


def own_data(
    looks: Sequence[AccessEntry],
    asked: Sequence[dict[str, Any]],
    tz: str,
    frame: Frame,
    around: Around,
    now: datetime,
) -> OwnData:
    """The page of the signed-in client."""
    own = [one for one in looks if one.role == "client"]
    others = [one for one in looks if one.role != "client"]
    return OwnData(
        frame,
        around,
        looks_of(others, now, tz, frame.lang),
        looks_of(own, now, tz, frame.lang),
        correction_lines(asked, now, tz, frame.lang),
        subjects(frame.lang),
    )

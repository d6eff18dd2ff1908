"""What is kept about the client and who has seen it: their rights in plain words, with the buttons to use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.blocks import Block
from backend.services.registers import Registers
from backend.services.views import AccessEntry
from dashboard.contexts.client import Choice
from dashboard.contexts.corrections import CorrectionLine, correction_lines, subjects
from dashboard.contexts.own import Look, looks_of
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.contexts.protection import Standing, block_lines
from dashboard.contexts.rights import (
    Asked,
    Consented,
    Disclosed,
    asked_lines,
    consent_lines,
    disclosure_lines,
)


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
    block: Standing | None
    consents: tuple[Consented, ...]
    disclosures: tuple[Disclosed, ...]
    erasures: tuple[Asked, ...]
    may_ask: bool
    """Whether no request for erasure waits."""


def own_data(
    looks: Sequence[AccessEntry],
    found: Registers,
    kept: Sequence[Block],
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
        correction_lines(found.corrections, now, tz, frame.lang),
        subjects(frame.lang),
        next((one for one in block_lines(kept, tz, frame.lang, now) if one.until is None), None),
        consent_lines(found.consents, now, tz, frame.lang),
        disclosure_lines(found.disclosures, now, tz, frame.lang),
        asked_lines(found.erasures, now, tz, frame.lang),
        all(row["state"] != "open" for row in found.erasures),
    )

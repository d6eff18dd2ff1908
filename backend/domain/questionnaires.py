"""Any of the questionnaires by one name: how many answers it takes, what they come to, and what a person must see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from backend.domain.alerting import RECENT, Finding
from backend.domain.instruments import (
    AUDIT_C_ITEMS,
    AUDIT_CHOICES,
    AUDIT_ITEMS,
    GAD7_ITEMS,
    PHQ9_ITEMS,
    AnswerError,
    CutOffs,
    Sex,
    audit_score,
    filled_by_rule,
    gad7_score,
    phq9_score,
)
from backend.domain.wording import Sentence, local_time

Instrument = Literal["audit", "audit_c", "phq9", "gad7"]
INSTRUMENTS: Final[tuple[Instrument, ...]] = get_args(Instrument)
ITEMS: Final[dict[Instrument, int]] = {
    "audit": AUDIT_ITEMS,
    "audit_c": AUDIT_C_ITEMS,
    "phq9": PHQ9_ITEMS,
    "gad7": GAD7_ITEMS,
}
HIGHEST: Final[dict[Instrument, int]] = {"audit": 40, "audit_c": 12, "phq9": 27, "gad7": 21}
PAPER_BACK: Final = timedelta(days=730)
"""How long ago a form may have been filled in on paper (assumption)."""
SAFETY_TEXT: Final = Sentence(
    "Ring klienten nu och fråga hur det är. Följ enhetens rutin vid självmordsrisk. Vid fara: 112.",
    "Call the client now and ask how they are. Follow the unit's routine for suicide risk. In danger: 112.",
)
"""What staff are asked to do when the unit has agreed on no text of its own (assumption)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the answers came to. `limit` is the cut-off that counted for this person."""

    answers: tuple[int, ...]
    total: int
    band: str
    limit: int
    asks_for_safety: bool


@dataclass(frozen=True, slots=True)
class SafetyAnswer:
    """An answer that asks for safety. `agreed`: what the unit has agreed is to be done, in its own words."""

    questionnaire_id: str
    answered_at: datetime
    entered_at: datetime
    points: int
    agreed: str | None = None


def choices(instrument: Instrument) -> tuple[tuple[int, ...], ...]:
    """The points each item can give."""
    if instrument in {"audit", "audit_c"}:
        return AUDIT_CHOICES[: ITEMS[instrument]]
    return ((0, 1, 2, 3),) * ITEMS[instrument]


def scored(
    instrument: Instrument, answers: Sequence[int | None], sex: Sex, age: int | None, cut_offs: CutOffs
) -> Scored:
    """The score of a whole form. Raises AnswerError naming what is missing or outside its scale."""
    if len(answers) != ITEMS[instrument]:
        raise AnswerError(f"{instrument} has {ITEMS[instrument]} items")
    if instrument in {"audit", "audit_c"}:
        short = instrument == "audit_c"
        whole = (*answers, *((None,) * (AUDIT_ITEMS - len(answers))))
        found = audit_score(whole, sex, age, cut_offs, short=short)
        filled = tuple(value or 0 for value in filled_by_rule(whole))[: ITEMS[instrument]]
        total = found.audit_c if short else sum(filled)
        return Scored(filled, total, found.zone, found.limit, False)
    given = [value for value in answers if value is not None]
    if len(given) != len(answers):
        gaps = ", ".join(str(n) for n, value in enumerate(answers, start=1) if value is None)
        raise AnswerError(f"no answer to item {gaps}")
    if instrument == "phq9":
        phq9 = phq9_score(given)
        return Scored(tuple(given), phq9.total, phq9.severity, cut_offs.phq9, phq9.asks_for_safety)
    gad7 = gad7_score(given)
    return Scored(tuple(given), gad7.total, gad7.severity, cut_offs.gad7, False)


def safety_findings(told: Sequence[SafetyAnswer], timezone: str, now: datetime) -> tuple[Finding, ...]:
    """One finding of the most urgent tier per form whose item 9 was answered above 0, whatever its sum is.

    What counts as recent goes by when it became known: a form on paper may be older. Source: domain reference 10, 11.3.
    """
    return tuple(
        Finding(
            "safety_answer",
            1,
            one.entered_at,
            f"safety:{one.questionnaire_id}",
            _said(one, timezone),
            {"item_9": one.points},
            one.answered_at,
        )
        for one in told
        if now - one.entered_at <= RECENT
    )


def _said(one: SafetyAnswer, timezone: str) -> Sentence:
    when = local_time(one.answered_at, timezone)
    sv, en = (one.agreed, one.agreed) if one.agreed else (SAFETY_TEXT.sv, SAFETY_TEXT.en)
    return Sentence(
        f"Tankar på död eller självskada enligt PHQ-9, fråga 9: {one.points} av 3, {when.sv}. {sv}",
        f"Thoughts of death or self-harm in PHQ-9, item 9: {one.points} of 3, {when.en}. {en}",
    )

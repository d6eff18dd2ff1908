"""Questionnaires: scoring and what a score may mean. Limits are settings; the defaults name their source.

A score is a number for a person to judge, never a diagnosis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Sex = Literal["woman", "man", "not_said"]
Zone = Literal["low", "risk", "harmful", "dependence"]
Severity = Literal["none", "mild", "moderate", "moderately_severe", "severe"]

AUDIT_ITEMS = 10
AUDIT_C_ITEMS = 3
AUDIT_CHOICES: tuple[tuple[int, ...], ...] = ((0, 1, 2, 3, 4),) * 8 + ((0, 2, 4),) * 2
"""Points an answer can give, per item: 0 to 4 in items 1 to 8, and 0, 2 or 4 in items 9 and 10.
Source: WHO, AUDIT guidelines for use in primary care (published)."""
PHQ9_ITEMS = 9
PHQ9_BANDS: tuple[tuple[int, Severity], ...] = (
    (20, "severe"),
    (15, "moderately_severe"),
    (10, "moderate"),
    (5, "mild"),
    (0, "none"),
)
"""Lowest sum of each band. Source: Kroenke, Spitzer and Williams 2001 (published)."""


GAD7_ITEMS = 7
GAD7_BANDS: tuple[tuple[int, Severity], ...] = ((15, "severe"), (10, "moderate"), (5, "mild"), (0, "none"))
"""Lowest sum of each band. Source: Spitzer, Kroenke, Williams and Löwe 2006 (published)."""


class AnswerError(ValueError):
    """The answers cannot be scored as given: one lies outside its scale, is missing, or contradicts another."""


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Where a score begins to mean something. Settings of the unit.

    Defaults: AUDIT 6 for women, 8 for men, 7 from 65 years, 16 and 20 for the next zones (published; domain reference
    10). The Swedish bands with lower upper limits for women are only partly confirmed and are therefore no default.
    AUDIT-C 5 and 6, Folkhälsomyndigheten (published); the test's own authors use 4 and 5. Sex not said: the lower
    limit counts (assumption).
    """

    audit_woman: int = 6
    audit_man: int = 8
    audit_from_65: int = 7
    audit_harmful: int = 16
    audit_dependence: int = 20
    audit_c_woman: int = 5
    audit_c_man: int = 6
    phq9: int = 10
    """Source: Kroenke, Spitzer and Williams 2001 (published)."""
    gad7: int = 10
    """Source: Spitzer, Kroenke, Williams and Löwe 2006 (published)."""

    def audit(self, sex: Sex, age: int | None) -> int:
        """The AUDIT score from which drinking counts as risky for this person."""
        if age is not None and age >= 65:
            return self.audit_from_65
        return self.audit_man if sex == "man" else self.audit_woman

    def audit_c(self, sex: Sex) -> int:
        """The AUDIT-C score from which drinking counts as risky for this person."""
        return self.audit_c_man if sex == "man" else self.audit_c_woman


def read_cut_offs(written: Mapping[str, Any]) -> CutOffs:
    """Cut-offs from their stored form; absent ones take the default. Raises AnswerError when they make no order."""
    try:
        limits = CutOffs(
            **{name: int(written[name]) for name in CutOffs.__dataclass_fields__ if name in written}
        )
    except (TypeError, ValueError) as error:
        raise AnswerError("a cut-off is a whole number") from error
    lowest = (limits.audit_woman, limits.audit_man, limits.audit_from_65)
    if not 1 <= min(lowest) <= max(lowest) < limits.audit_harmful < limits.audit_dependence <= 40:
        raise AnswerError("the AUDIT limits must rise from 1 to at most 40")
    if not all(1 <= limit <= 12 for limit in (limits.audit_c_woman, limits.audit_c_man)):
        raise AnswerError("the AUDIT-C limits lie between 1 and 12")
    if not 1 <= limits.phq9 <= 27 or not 1 <= limits.gad7 <= 21:
        raise AnswerError("the limits lie within the scales: PHQ-9 1 to 27, GAD-7 1 to 21")
    return limits


@dataclass(frozen=True, slots=True)
class AuditScore:
    """AUDIT 0 to 40 (None when only the first three items were answered) and AUDIT-C 0 to 12."""

    audit: int | None
    audit_c: int
    zone: Zone
    """From the AUDIT; from the AUDIT-C alone only `low` or `risk` can be told."""
    limit: int
    """The limit that counted for this person."""


def filled_by_rule(answers: Sequence[int | None]) -> tuple[int | None, ...]:
    """AUDIT answers with those filled in that the form lets a person skip.

    Who never drinks skips items 2 to 8; whose items 2 and 3 give nothing skips 4 to 8: they count 0.
    Source: WHO, AUDIT guidelines (published).
    """
    filled = list(answers)
    if filled[0] == 0:
        filled[1:8] = [0 if value is None else value for value in filled[1:8]]
    if filled[1] == 0 and filled[2] == 0:
        filled[3:8] = [0 if value is None else value for value in filled[3:8]]
    return tuple(filled)


def missing_items(answers: Sequence[int | None], needed: int = AUDIT_ITEMS) -> tuple[int, ...]:
    """Numbers (from 1) of the items among the first `needed` that have no answer and may not be skipped."""
    return tuple(
        number for number, value in enumerate(filled_by_rule(answers)[:needed], start=1) if value is None
    )


def contradiction(answers: Sequence[int | None]) -> bool:
    """Whether somebody who says they never drink also says how much they drink."""
    return answers[0] == 0 and any(value for value in answers[1:8])


def check_audit(answers: Sequence[int | None]) -> None:
    """Raises AnswerError when there are not ten answers or one lies outside its scale; gaps are allowed."""
    if len(answers) != AUDIT_ITEMS:
        raise AnswerError("AUDIT has ten items")
    for number, (value, choices) in enumerate(zip(answers, AUDIT_CHOICES, strict=True), start=1):
        if value is not None and (isinstance(value, bool) or value not in choices):
            raise AnswerError(f"item {number} gives {', '.join(map(str, choices))} points")


def audit_score(
    answers: Sequence[int | None],
    sex: Sex,
    age: int | None,
    cut_offs: CutOffs,
    *,
    short: bool = False,
) -> AuditScore:
    """The score of ten answers, or of the first three when `short`. Raises AnswerError when an answer is missing."""
    check_audit(answers)
    needed = AUDIT_C_ITEMS if short else AUDIT_ITEMS
    if gaps := missing_items(answers, needed):
        raise AnswerError(f"no answer to item {', '.join(map(str, gaps))}")
    filled = [value or 0 for value in filled_by_rule(answers)]
    audit_c = sum(filled[:AUDIT_C_ITEMS])
    if short:
        limit = cut_offs.audit_c(sex)
        return AuditScore(None, audit_c, "risk" if audit_c >= limit else "low", limit)
    total, limit = sum(filled), cut_offs.audit(sex, age)
    return AuditScore(total, audit_c, _zone(total, limit, cut_offs), limit)


def _zone(total: int, limit: int, cut_offs: CutOffs) -> Zone:
    if total >= cut_offs.audit_dependence:
        return "dependence"
    if total >= cut_offs.audit_harmful:
        return "harmful"
    return "risk" if total >= limit else "low"


@dataclass(frozen=True, slots=True)
class Phq9Score:
    """PHQ-9: sum 0 to 27, its band, and whether item 9 (thoughts of being better off dead) was answered above 0."""

    total: int
    severity: Severity
    asks_for_safety: bool
    """A person must look at this at once, whatever the sum is."""


def phq9_score(answers: Sequence[int]) -> Phq9Score:
    """The score of nine answers, 0 to 3 each. Raises AnswerError for a wrong number of answers or a value outside.

    Source of the sum and the bands: Kroenke, Spitzer and Williams 2001 (published). That item 9 always goes to a person
    is a rule of ours (domain reference 10).
    """
    if len(answers) != PHQ9_ITEMS or any(isinstance(a, bool) or a not in {0, 1, 2, 3} for a in answers):
        raise AnswerError("PHQ-9 has nine items of 0 to 3 points")
    total = sum(answers)
    severity = next(name for least, name in PHQ9_BANDS if total >= least)
    return Phq9Score(total, severity, answers[8] > 0)


@dataclass(frozen=True, slots=True)
class Gad7Score:
    """GAD-7: sum 0 to 21 and its band."""

    total: int
    severity: Severity


def gad7_score(answers: Sequence[int]) -> Gad7Score:
    """The score of seven answers, 0 to 3 each. Raises AnswerError for a wrong number of answers or a value outside.

    Source: Spitzer, Kroenke, Williams and Löwe 2006 (published).
    """
    if len(answers) != GAD7_ITEMS or any(isinstance(a, bool) or a not in {0, 1, 2, 3} for a in answers):
        raise AnswerError("GAD-7 has seven items of 0 to 3 points")
    total = sum(answers)
    return Gad7Score(total, next(name for least, name in GAD7_BANDS if total >= least))

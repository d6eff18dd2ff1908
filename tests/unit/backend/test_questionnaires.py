"""Questionnaires by one name: what answers come to, and the one answer that always goes to a person."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.alerting import decide
from backend.domain.instruments import AnswerError, CutOffs, read_cut_offs
from backend.domain.questionnaires import SafetyAnswer, safety_findings, scored
from backend.domain.silence import Silence

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIMITS = CutOffs()


def test_phq9_with_thoughts_of_death_asks_for_safety_whatever_the_sum() -> None:
    found = scored("phq9", (0, 0, 0, 0, 0, 0, 0, 0, 1), "not_said", None, LIMITS)
    assert (found.total, found.band, found.asks_for_safety) == (1, "none", True)
    assert not scored("phq9", (3, 3, 3, 3, 3, 3, 3, 3, 0), "not_said", None, LIMITS).asks_for_safety


def test_gad7_has_its_bands_and_its_limit() -> None:
    found = scored("gad7", (2, 2, 2, 2, 2, 0, 0), "not_said", None, LIMITS)
    assert (found.total, found.band, found.limit) == (10, "moderate", 10)


def test_the_short_audit_is_three_answers_and_the_limit_follows_who_it_is() -> None:
    short = scored("audit_c", (3, 2, 1), "man", 40, LIMITS)
    assert (short.total, short.band, short.limit) == (6, "risk", 6)
    whole = scored("audit", (0, None, None, None, None, None, None, None, 0, 2), "woman", 40, LIMITS)
    assert (whole.total, whole.limit, whole.answers) == (2, 6, (0,) * 9 + (2,))


@pytest.mark.parametrize("answers", [(0,) * 8, (0, 0, 0, 0, None, 0, 0, 0, 0), (4, 0, 0, 0, 0, 0, 0, 0, 0)])
def test_a_form_with_a_gap_or_a_value_outside_is_refused(answers: tuple[int | None, ...]) -> None:
    with pytest.raises(AnswerError):
        scored("phq9", answers, "not_said", None, LIMITS)


def test_a_unit_sets_its_own_limits_within_the_scales() -> None:
    assert read_cut_offs({"phq9": 12}).phq9 == 12
    with pytest.raises(AnswerError, match="PHQ-9"):
        read_cut_offs({"phq9": 28})


def test_the_answer_is_told_now_once_with_what_the_unit_has_agreed() -> None:
    old_paper = SafetyAnswer("a", NOW - timedelta(days=20), NOW, 2, "Ring jourläkaren 08-000 00 00.")
    [finding] = safety_findings((old_paper,), "Europe/Stockholm", NOW)
    assert (finding.kind, finding.tier) == ("safety_answer", 1)
    assert finding.text.sv.endswith("Ring jourläkaren 08-000 00 00.")
    quiet = Silence(False, None, None)
    assert decide((finding,), (), quiet).action == "open"
    assert safety_findings((old_paper,), "Europe/Stockholm", NOW + timedelta(days=4)) == ()

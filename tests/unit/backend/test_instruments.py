"""AUDIT, AUDIT-C and PHQ-9: sums, skipped items, limits, and what must always reach a person."""

import pytest

from backend.domain.instruments import (
    AnswerError,
    CutOffs,
    audit_score,
    check_audit,
    contradiction,
    missing_items,
    phq9_score,
    read_cut_offs,
)

WORST = [4] * 10
LIMITS = CutOffs()


def test_the_audit_runs_from_0_to_40_and_its_first_three_items_from_0_to_12() -> None:
    assert (audit_score([0] * 10, "man", 40, LIMITS).audit, audit_score(WORST, "man", 40, LIMITS).audit) == (
        0,
        40,
    )
    assert audit_score(WORST, "man", 40, LIMITS).audit_c == 12


@pytest.mark.parametrize(
    ("sex", "age", "answers", "zone"),
    [
        ("woman", 40, [2, 2, 1, 0, 0, 0, 0, 0, 0, 0], "low"),
        ("woman", 40, [2, 2, 2, 0, 0, 0, 0, 0, 0, 0], "risk"),
        ("not_said", None, [2, 2, 2, 0, 0, 0, 0, 0, 0, 0], "risk"),
        ("man", 40, [2, 2, 2, 1, 0, 0, 0, 0, 0, 0], "low"),
        ("man", 65, [2, 2, 2, 1, 0, 0, 0, 0, 0, 0], "risk"),
        ("man", 40, [4, 3, 3, 0, 0, 0, 1, 0, 0, 4], "risk"),
        ("man", 40, [4, 3, 3, 0, 0, 0, 2, 0, 0, 4], "harmful"),
        ("woman", 40, [4, 4, 4, 2, 2, 0, 0, 0, 0, 4], "dependence"),
    ],
)
def test_a_score_has_the_zone_of_its_limits(sex: str, age: int | None, answers: list[int], zone: str) -> None:
    assert audit_score(answers, sex, age, LIMITS).zone == zone  # type: ignore[arg-type]


def test_who_never_drinks_may_skip_to_the_last_two_items() -> None:
    answers = [0, *[None] * 7, 0, 2]
    assert missing_items(answers) == ()
    assert audit_score(answers, "woman", 30, LIMITS).audit == 2
    assert missing_items([1, 0, 0, *[None] * 5, 0, 0]) == ()
    assert missing_items([1, 1, 0, *[None] * 5, 0, 0]) == (4, 5, 6, 7, 8)


def test_a_missing_answer_is_named_and_never_counted_as_zero() -> None:
    answers = [3, 3, None, 1, 1, 1, 1, 1, 0, 0]
    with pytest.raises(AnswerError, match="item 3"):
        audit_score(answers, "man", 40, LIMITS)
    with pytest.raises(AnswerError, match="item 3"):
        audit_score(answers, "man", 40, LIMITS, short=True)


def test_the_short_form_tells_only_low_from_risk() -> None:
    score = audit_score([4, 4, 4, *[None] * 7], "woman", 40, LIMITS, short=True)
    assert (score.audit, score.audit_c, score.zone, score.limit) == (None, 12, "risk", 5)
    assert audit_score([2, 2, 1, *[None] * 7], "man", 40, LIMITS, short=True).zone == "low"


@pytest.mark.parametrize(
    "answers", [[0] * 9, [5, *[0] * 9], [0] * 8 + [1, 0], [0] * 9 + [3], [True, *[0] * 9]]
)
def test_answers_outside_their_scale_are_refused(answers: list[int]) -> None:
    with pytest.raises(AnswerError):
        check_audit(answers)


def test_never_drinking_and_drinking_much_contradict_each_other() -> None:
    assert contradiction([0, 2, 0, *[0] * 7])
    assert not contradiction([0, None, None, *[None] * 5, 2, 4])


def test_cut_offs_are_settings_with_an_order() -> None:
    assert read_cut_offs({"audit_c_woman": 4}).audit_c("woman") == 4
    assert read_cut_offs({}) == LIMITS
    for wrong in ({"audit_harmful": 8}, {"audit_dependence": 41}, {"audit_c_man": 13}, {"audit_man": "x"}):
        with pytest.raises(AnswerError):
            read_cut_offs(wrong)


@pytest.mark.parametrize(
    ("total", "severity"),
    [(4, "none"), (5, "mild"), (10, "moderate"), (15, "moderately_severe"), (20, "severe")],
)
def test_phq9_sums_have_their_published_bands(total: int, severity: str) -> None:
    answers = [3] * (total // 3) + [total % 3] + [0] * 9
    assert phq9_score(answers[:9]).severity == severity


@pytest.mark.requirement("H15")
def test_item_nine_asks_for_safety_whatever_the_sum() -> None:
    assert phq9_score([0] * 8 + [1]).asks_for_safety
    assert not phq9_score([3] * 8 + [0]).asks_for_safety
    for wrong in ([0] * 8, [4, *[0] * 8]):
        with pytest.raises(AnswerError):
            phq9_score(wrong)

"""Why an alert rang: the limits are kept with what was found, and told as they were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from backend.domain.alert_limits import with_limits
from backend.domain.alert_reasons import Cause, cause_of
from backend.domain.alert_rules import RULES
from backend.domain.alerting import AlertKind, Finding
from backend.domain.findings import positive_findings, silence_findings, unconfirmed_findings
from backend.domain.plans import DEFAULT_RULES, Rules
from backend.domain.practice import story
from backend.domain.results import Blow, replay
from backend.domain.risk import DEFAULT_LIMITS
from backend.domain.silence import listen
from backend.domain.trend import DEFAULT_TREND_LIMITS
from backend.domain.wording import Sentence

NOW = datetime(2026, 3, 18, 7, 5, tzinfo=UTC)
ZONE = "Europe/Stockholm"


def finding(kind: AlertKind, key: str = "k", /, **numbers: object) -> Finding:
    return Finding(kind, 3, NOW, key, Sentence("Mening.", "Sentence."), numbers)


def told(one: Finding, rules: Rules = DEFAULT_RULES) -> Cause:
    return cause_of(with_limits(one, rules, DEFAULT_LIMITS, DEFAULT_TREND_LIMITS).as_evidence(), ZONE)


def blows(*values: float, apart: int = 17) -> list[Blow]:
    times = [NOW - timedelta(hours=3) + timedelta(minutes=apart * n) for n in range(len(values))]
    return [
        Blow(("gw", "0" * 16, n), at, at, value)
        for n, (at, value) in enumerate(zip(times, values, strict=True))
    ]


def said(cause: Cause) -> str:
    return " ".join(one.sv for one in cause.otherwise)


def test_every_kind_of_alert_has_a_rule_in_words() -> None:
    assert set(RULES) == {*get_args(AlertKind), "trend"}


def test_a_confirmed_positive_tells_both_breaths_with_times_and_the_plans_own_limits() -> None:
    rules = replace(DEFAULT_RULES, positive_mg_per_l=0.2, retest_within_min=90)
    blown = blows(0.42, 0.40)
    [found] = positive_findings(blown, replay(blown, lambda _: rules, NOW), ZONE, NOW)
    cause = told(found, rules)
    assert [(f.name.en, f.value.en[:9], f.at) for f in cause.inputs] == [
        ("First test", "0.42 mg/L", blown[0].measured_at),
        ("Retest", "0.40 mg/L", blown[1].measured_at),
    ]
    assert not cause.is_model
    assert "under 0,20 mg/L" in said(cause)
    assert "inom 90 minuter" in said(cause)
    assert "Från 0,75 mg/L" in said(cause)


def test_a_high_breath_says_what_kept_it_from_waiting() -> None:
    blown = blows(0.82, 0.80)
    [found, *_] = positive_findings(blown, replay(blown, lambda _: DEFAULT_RULES, NOW), ZONE, NOW)
    assert "Under 0,75 mg/L" in said(told(found))


def test_a_positive_without_a_retest_says_when_one_would_have_counted() -> None:
    blown = blows(0.18)
    now = NOW + timedelta(hours=3)
    [found] = unconfirmed_findings(blown, replay(blown, lambda _: DEFAULT_RULES, now), ZONE, now)
    assert "efter 15 och inom 120 minuter" in said(told(found))


def test_missed_tests_name_each_of_them_and_whether_one_fewer_would_have_rung() -> None:
    lines = [one for _, step in story(NOW).opened for one in step.findings if one.kind == "missed_tests"]
    cause = cause_of(lines[0].as_evidence(), ZONE)
    missed = [f for f in cause.inputs if f.name.en == "Missed test"]
    assert len(missed) == 2 and all(f.at is not None for f in missed)
    assert "Med 1 missade hade det inte larmat." in said(cause)
    many = replace(
        lines[0],
        numbers={**lines[0].numbers, "missed": 4, "one_fewer_chance": 0.01},
    )
    assert "Också 3 missade" in said(cause_of(many.as_evidence(), ZONE))


def test_a_risk_signal_is_the_models_and_speaks_of_cases_never_of_per_cent() -> None:
    cause = told(finding("worsening_risk", "risk:1", probability=0.42, usual=0.12))
    assert cause.is_model
    words = " ".join(f.value.sv for f in (*cause.inputs, *cause.limits)) + said(cause)
    assert "42 av 100" in words and "12 av 100" in words and "35 av 100" in words
    assert "%" not in words


def test_a_turn_of_the_clients_own_course_is_no_models_word() -> None:
    cause = told(finding("worsening_risk", "trend:2026-03-17", since="2026-03-10"))
    assert not cause.is_model
    assert "under 90" in said(cause)


def test_silence_says_until_when_one_sign_of_life_would_have_been_enough() -> None:
    heard = NOW - timedelta(hours=30)
    silence = listen(heard, True, (), NOW, DEFAULT_RULES.lost_contact_after)
    [found] = silence_findings(silence, ZONE, NOW)
    assert "före ons 18 mars 02:05" in said(told(found))


@pytest.mark.parametrize("kind", get_args(AlertKind))
def test_a_line_from_before_limits_were_kept_tells_no_limits_and_no_guess(kind: AlertKind) -> None:
    kept = {"missed": 2, "planned": 4, "probability": 0.4, "usual": 0.1}
    line = {k: v for k, v in finding(kind, "k", **kept).as_evidence().items() if k != "limits"}
    cause = cause_of(line, ZONE)
    assert cause.text.sv == "Mening."
    if kind != "safety_answer":  # its limit is the questionnaire's own
        assert not cause.limits and not cause.otherwise

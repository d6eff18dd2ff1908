"""From answers to a proposed plan: every window and remark names the rule that led to it."""

from dataclasses import replace
from datetime import date, time

import pytest

from backend.domain.application import Application, ApplicationError, gaps, read_application
from backend.domain.instruments import CutOffs, audit_score
from backend.domain.plan_proposal import Proposal, propose
from backend.domain.plans import read_windows

TODAY = date(2026, 3, 1)
WHOLE = Application(
    name="Eva Exempel",
    born_year=1980,
    sex="woman",
    phone="070-000 00 00",
    consent=True,
    audit=(3, 2, 2, 0, 0, 0, 1, 0, 0, 2),
    can_blow=True,
    has_phone=True,
)


def proposed(application: Application) -> Proposal:
    short = application.instrument == "audit_c"
    score = audit_score(application.audit, application.sex, application.age(TODAY), CutOffs(), short=short)
    return propose(application, score)


def times(proposal: Proposal, kind: str = "breath_test") -> list[tuple[str, str, str]]:
    return [(f"{w.opens:%H:%M}", f"{w.closes:%H:%M}", w.rule) for w in proposal.windows if w.kind == kind]


def test_risky_use_gives_a_test_at_waking_and_one_before_sleep_with_daily_questions() -> None:
    proposal = proposed(WHOLE)
    assert times(proposal) == [
        ("07:00", "09:00", "morning_and_evening"),
        ("20:00", "22:00", "morning_and_evening"),
    ]
    assert times(proposal, "check_in") == [("18:00", "22:00", "daily_questions")]
    assert {w.rule for w in proposal.windows} == {r.rule for r in proposal.reasons}


@pytest.mark.parametrize("more", [(4, 4, 4, 1, 1, 1, 1, 0, 0, 0), (4,) * 10])
def test_more_than_risky_use_gives_a_third_test(more: tuple[int, ...]) -> None:
    proposal = proposed(replace(WHOLE, audit=more))
    assert [rule for *_, rule in times(proposal)].count("third_test") == 1
    assert any("AUDIT" in r.text.sv for r in proposal.reasons if r.rule == "third_test")
    assert ("withdrawal" in {r.rule for r in proposal.remarks}) is (sum(more) >= 20)


def test_days_the_person_fears_get_one_more_test_on_those_days_only() -> None:
    proposal = proposed(replace(WHOLE, risk_days=(5, 6)))
    [extra] = [w for w in proposal.windows if w.rule == "risk_days"]
    assert extra.weekdays == (5, 6)
    assert any("fredag, lördag" in r.text.sv for r in proposal.reasons)


def test_windows_follow_the_persons_own_day_and_night_work() -> None:
    early = proposed(replace(WHOLE, wakes_at=time(5), sleeps_at=time(20, 30)))
    assert times(early)[0][:2] == ("05:00", "07:00")
    assert times(early)[-1][:2] == ("18:30", "20:30")
    nights = proposed(replace(WHOLE, work="night"))
    assert times(nights)[0][:2] == ("15:00", "17:00")
    assert times(nights)[-1][:2] == ("05:00", "07:00")
    assert "night_work" in {r.rule for r in nights.reasons}


def test_hours_that_cannot_hold_the_tests_are_said_and_not_followed() -> None:
    proposal = proposed(replace(WHOLE, wakes_at=time(7), sleeps_at=time(9)))
    assert times(proposal)[0][:2] == ("07:00", "09:00")
    assert any("fråga personen" in r.text.sv for r in proposal.reasons if r.rule == "waking_hours")


def test_who_cannot_blow_gets_questions_instead() -> None:
    proposal = proposed(replace(WHOLE, can_blow=False))
    assert times(proposal) == []
    assert {"cannot_blow", "daily_questions"} == {r.rule for r in proposal.reasons}


def test_below_the_limit_nothing_is_proposed_and_it_is_said_why() -> None:
    proposal = proposed(replace(WHOLE, audit=(1, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    assert proposal.windows == ()
    [reason] = proposal.reasons
    assert reason.rule == "below_limit"
    assert "gränsen 6" in reason.text.sv


def test_the_short_form_is_remarked_on() -> None:
    proposal = proposed(replace(WHOLE, instrument="audit_c", audit=(3, 2, 2, *[None] * 7)))
    assert "only_audit_c" in {r.rule for r in proposal.remarks}


def test_every_proposed_plan_can_be_agreed_on_as_it_stands() -> None:
    for work in ("day", "night", "shifts", "none"):
        for wakes in (None, time(0), time(4, 45), time(13), time(23, 59)):
            for sleeps in (None, time(0), time(6, 30), time(21), time(23, 59)):
                application = replace(WHOLE, work=work, wakes_at=wakes, sleeps_at=sleeps, audit=(4,) * 10)
                proposal = proposed(application)
                assert len(read_windows([w.stored() for w in proposal.windows])) == 4
                assert proposal == proposed(application)


def test_a_whole_application_has_no_gaps() -> None:
    assert gaps(WHOLE, TODAY) == ()
    assert read_application(WHOLE.stored()) == WHOLE


def test_what_is_missing_is_said_in_words() -> None:
    found = {gap.field: gap.why.sv for gap in gaps(Application(), TODAY)}
    assert list(found) == ["name", "born_year", "phone", "consent", "audit", "can_blow"]
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10" in found["audit"]
    [young] = gaps(replace(WHOLE, born_year=2010), TODAY)
    assert "under 18" in young.why.sv
    [contradicted] = gaps(replace(WHOLE, audit=(0, 3, 0, *[0] * 7)), TODAY)
    assert "aldrig dricker" in contradicted.why.sv


@pytest.mark.parametrize(
    "wrong",
    [
        {"sex": "x"},
        {"born_year": "1980"},
        {"audit": [9] * 10},
        {"audit": [0]},
        {"wakes_at": "25:00"},
        {"risk_days": [0]},
        {"consent": "yes"},
        {"name": "x" * 121},
        {"personal_number": "1"},
    ],
)
def test_impossible_values_are_refused_by_the_name_of_their_field(wrong: dict[str, object]) -> None:
    with pytest.raises(ApplicationError, match=next(iter(wrong))):
        read_application(wrong)

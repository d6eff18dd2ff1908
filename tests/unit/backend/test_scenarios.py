"""Whole decisions replayed from JSON scenarios with the clock inside: facts in, windows, results and alerts out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.domain.alerting import StandingAlert
from backend.domain.assessment import ORDINALS, Assessment, ClientFacts, OpeningTest, assess
from backend.domain.attendance import Agreed, Taken, Window
from backend.domain.plans import Plan, PlannedWindow, read_random, read_rules, read_windows
from backend.domain.results import Blow
from backend.domain.risk import ScorePoint
from backend.domain.wording import Sentence

FOLDER = Path(__file__).parents[2] / "golden" / "care"
_SORT = {0: "", 1: " random", 2: " on_demand"}
SCENARIOS = sorted(FOLDER.glob("*.json"))


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    assert at.tzinfo is not None, text
    return at.astimezone(UTC)


def _facts(said: dict[str, Any]) -> ClientFacts:
    plans = tuple(
        Plan(
            UUID(int=number),
            plan.get("timezone", said["timezone"]),
            _at(plan["from"]),
            _at(plan["to"]) if plan.get("to") else None,
            read_windows(plan["windows"]),
            read_rules(plan.get("rules", {})),
            read_random(plan.get("random", [])),
            plan.get("seed", 0),
        )
        for number, plan in enumerate(said.get("plans", []))
    )
    blows = tuple(
        Blow(
            ("gw-1", "a" * 16, number),
            _at(blow["at"]),
            _at(blow.get("received", blow["at"])),
            blow["brac"],
        )
        for number, blow in enumerate(said.get("blows", []), start=1)
    )
    planned = list(enumerate(said.get("planned", []), start=500))
    heard = _at(said["heard"]) if said.get("heard") else None
    return ClientFacts(
        timezone=said["timezone"],
        plans=plans,
        windows_from=min((plan.valid_from for plan in plans), default=None),
        windows=tuple(_told(number, one) for number, one in planned if "told" in one),
        opened=tuple(_opening(number, one) for number, one in planned if "told" not in one),
        agreed=Agreed(
            tuple((_at(began), _at(ended)) for began, ended in said.get("pauses", [])),
            frozenset((one["kind"], _at(one["opens"]), 0) for one in said.get("excuses", [])),
        ),
        blows=blows,
        answered=tuple(Taken("check_in", _at(at), _at(at)) for at in said.get("check_ins", [])),
        heard_at=heard,
        spoken_for=_at(said["spoken_for"]) if said.get("spoken_for") else heard,
        outages=tuple((_at(began), _at(ended)) for began, ended in said.get("outages", [])),
        alerts=tuple(
            StandingAlert(UUID(int=number), one["kind"], one["tier"], one["state"], frozenset(one["keys"]))
            for number, one in enumerate(said.get("alerts", []))
        ),
        scores=tuple(
            ScorePoint(_at(one["at"]), one["p"], one.get("usual")) for one in said.get("scores", [])
        ),
        reasons=tuple(Sentence(sv, en) for sv, en in said.get("reasons", [])),
    )


def _opening(number: int, one: dict[str, Any]) -> OpeningTest:
    opens, closes = _at(one["opens"]), _at(one["closes"])
    return OpeningTest(
        UUID(int=number), one["kind"], PlannedWindow("breath_test", opens, closes, opens.date())
    )


def _told(number: int, one: dict[str, Any]) -> Window:
    ordinal = ORDINALS[one["kind"]]
    return Window(
        UUID(int=number),
        "breath_test",
        _at(one["opens"]),
        _at(one["closes"]),
        announced_at=_at(one["told"]),
        ordinal=ordinal,
    )


def _found(facts: ClientFacts, assessment: Assessment, now: datetime) -> dict[str, Any]:
    every = {
        **{one.window_id: (one.kind, one.opens_at, one.ordinal) for one in facts.windows},
        **{one.window_id: (one.kind, one.opens_at, one.ordinal) for one in assessment.new_windows},
    }
    windows = {
        f"{kind} {opens_at.isoformat()}{_SORT[ordinal]}": assessment.verdicts[window_id].attendance
        for window_id, (kind, opens_at, ordinal) in sorted(every.items(), key=lambda one: one[1][1])
        if opens_at <= now or assessment.verdicts[window_id].attendance != "pending"
    }
    alert = assessment.alert if assessment.alert.action != "nothing" else assessment.equipment
    return {
        "windows": windows,
        "results": [judged.state for judged in assessment.judgements],
        "retest_until": sorted(
            {judged.retest_until.isoformat() for judged in assessment.judgements if judged.retest_until}
        ),
        "silent": assessment.silence.lost,
        "alert": {
            "action": alert.action,
            "kind": alert.kind,
            "tier": alert.tier if alert.kind else None,
            "state": alert.state if alert.kind else None,
            "evidence": len(alert.findings),
        },
    }


def _ids() -> Iterator[UUID]:
    return (UUID(int=number) for number in count(1000))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_to_what_it_says(path: Path) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    ids = _ids()
    now = _at(said["now"])
    facts = _facts(said)
    found = _found(facts, assess(facts, now, lambda: next(ids)), now)
    expected = said["expect"]
    assert {name: found[name] for name in expected} == expected, said["title"]


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 65

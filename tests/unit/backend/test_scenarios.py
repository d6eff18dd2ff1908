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
from backend.domain.assessment import Assessment, ClientFacts, assess
from backend.domain.attendance import Taken
from backend.domain.plans import Plan, read_rules, read_windows
from backend.domain.results import Blow
from backend.domain.risk import ScorePoint
from backend.domain.wording import Sentence

FOLDER = Path(__file__).parents[2] / "golden" / "care"
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
    heard = _at(said["heard"]) if said.get("heard") else None
    return ClientFacts(
        timezone=said["timezone"],
        plans=plans,
        windows_from=min((plan.valid_from for plan in plans), default=None),
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


def _found(assessment: Assessment, now: datetime) -> dict[str, Any]:
    windows = {
        f"{planned.kind} {planned.opens_at.isoformat()}": assessment.verdicts[window_id].attendance
        for window_id, planned in sorted(assessment.planned.items(), key=lambda one: one[1].opens_at)
        if planned.opens_at <= now
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
    found = _found(assess(_facts(said), now, lambda: next(ids)), now)
    expected = said["expect"]
    assert {name: found[name] for name in expected} == expected, said["title"]


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 24

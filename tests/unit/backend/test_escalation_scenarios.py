"""Who is told of an alert, when and after whom: replayed from JSON scenarios with the clock inside."""

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.domain.escalation import StepName, Waits, first_due, take_step
from backend.domain.rota import DutyLine, Once, Weekly, on_duty
from backend.domain.working_time import WorkingHours, read_hours

FOLDER = Path(__file__).parents[2] / "golden" / "escalation"
SCENARIOS = sorted(FOLDER.glob("*.json"))
NAMES = ("Anna", "Bo", "Dana", "Erik", "Frida", "Mona", "Olle")
ACCOUNTS = {name: UUID(int=number) for number, name in enumerate(NAMES, 1)}
NAME_OF = {account: name for name, account in ACCOUNTS.items()}
_DAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


class Replay:
    """One scenario, played from event to event as a worker that is always there would live it."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.zone: str = said["timezone"]
        self.hours = read_hours(self.zone, said["hours"]) if said.get("hours") else WorkingHours(self.zone)
        self.lines = [_line(number, one) for number, one in enumerate(said["duty"])]
        self.found: list[tuple[datetime, str, list[str]]] = []
        self.tier, self.raised_at, self.number = 4, datetime.min.replace(tzinfo=UTC), 0
        self.told: frozenset[UUID] = frozenset()
        self.due: datetime | None = None
        self.asleep = [(_at(e["at"]), _at(e["to"])) for e in said["events"] if e["what"] == "asleep"]

    def play(self) -> list[tuple[datetime, str, list[str]]]:
        for event in sorted(
            (e for e in self.said["events"] if e["what"] != "asleep"), key=lambda e: _at(e["at"])
        ):
            self.run_until(_at(event["at"]))
            if event["what"] == "answered":
                self.due = None
            else:
                self.tier, self.raised_at = event["tier"], _at(event["at"])
                self.number, self.told = 0, frozenset()
                self.due = first_due(self.tier, self.raised_at, self.hours)
        self.run_until(None)
        return self.found

    def run_until(self, end: datetime | None) -> None:
        while self.due is not None and (end is None or self.awake(self.due) < end):
            now = self.awake(self.due)
            came = take_step(
                self.number, self.tier, self.raised_at, self.told, self.who, now, self.hours, Waits()
            )
            for told in came.told:
                self.found.append((now, told.step, sorted(NAME_OF[one] for one in told.accounts)))
                self.told |= frozenset(told.accounts)
            self.number, self.due = came.next_number or 0, came.next_at

    def awake(self, at: datetime) -> datetime:
        return next((ends for begins, ends in self.asleep if begins <= at < ends), at)

    def who(self, step: StepName, at: datetime) -> tuple[UUID, ...]:
        if step == "owner":
            owner = self.said["owner"]
            return tuple(ACCOUNTS[name] for name in ([owner] if owner else self.said["assigned"]))
        if step in {"manager", "operator"}:
            return tuple(ACCOUNTS[name] for name in self.said[f"{step}s"])
        one = on_duty(self.lines, 1 if step == "duty_first" else 2, at, self.zone)
        return (one,) if one else ()


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    assert at.tzinfo is not None, text
    return at.astimezone(UTC)


def _line(number: int, said: dict[str, Any]) -> DutyLine:
    if "from_at" in said:
        return DutyLine(
            number, said["place"], ACCOUNTS[said["who"]], Once(_at(said["from_at"]), _at(said["to_at"]))
        )
    (day, start), (to_day, end) = said["from"].split(), said["to"].split()
    weekly = Weekly(_DAYS[day], time.fromisoformat(start), _DAYS[to_day], time.fromisoformat(end))
    return DutyLine(number, said["place"], ACCOUNTS[said["who"]], weekly)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_tells_whom_it_says_when_it_says(path: Path) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    expected = [(_at(at), step, sorted(names)) for at, step, names in said["expect"]]
    assert Replay(said).play() == expected, said["title"]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_nobody_is_told_twice_in_one_round(path: Path) -> None:
    replay = Replay(json.loads(path.read_text(encoding="utf-8")))
    rounds = sum(event["what"] == "raised" for event in replay.said["events"])
    told = [name for _, _, names in replay.play() for name in names]
    assert all(told.count(name) <= rounds for name in told)


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 20

"""A population as a study folder: reproducible, complete, and known no earlier than it could be."""

import argparse
import csv
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nykter.commands import simulate
from simulators.archetypes import Archetype, archetype_profile
from simulators.shifts import SHIFTS
from simulators.study import COLUMNS, person_records, write_population

START = date(2025, 3, 3)
OUTCOMES = {"ok", "trace", "positive_pending", "positive_confirmed", "abnormal_confirmation", "incomplete"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("population")
    write_population(path, people=40, days=90, seed=3, start=START)
    return path


def rows(folder: Path, stem: str) -> list[dict[str, str]]:
    with (folder / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    assert found.tzinfo is not None
    return found.astimezone(UTC)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(folder: Path, tmp_path: Path) -> None:
    write_population(tmp_path / "again", people=40, days=90, seed=3, start=START)
    write_population(tmp_path / "other", people=40, days=90, seed=4, start=START)
    assert contents(tmp_path / "again") == contents(folder)
    assert contents(tmp_path / "other") != contents(folder)


def test_more_people_leave_the_first_ones_as_they_were(folder: Path, tmp_path: Path) -> None:
    write_population(tmp_path, people=5, days=90, seed=3, start=START)
    for stem in COLUMNS:
        few = (tmp_path / f"{stem}.csv").read_bytes()
        assert (folder / f"{stem}.csv").read_bytes().startswith(few)


def test_counts_and_headers_are_those_of_the_files(folder: Path, tmp_path: Path) -> None:
    counts = write_population(tmp_path, people=3, days=20, seed=3, start=START)
    assert counts["people"] == 3
    for stem, columns in COLUMNS.items():
        assert len(rows(tmp_path, stem)) == counts[stem]
        assert (tmp_path / f"{stem}.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(columns)


def test_nothing_is_known_before_it_happened(folder: Path) -> None:
    for row in rows(folder, "drinking"):
        assert at(row["started_at"]) < at(row["known_at"])
        if row["ended_at"]:
            assert at(row["started_at"]) < at(row["ended_at"]) <= at(row["known_at"])
    for row in rows(folder, "breath_tests"):
        assert at(row["measured_at"]) < at(row["known_at"])
    for row in rows(folder, "prompts"):
        assert at(row["opens_at"]) < at(row["closes_at"])
        assert at(row["known_at"]) >= at(row["answered_at"] or row["closes_at"])


def test_everything_belongs_to_a_person_and_their_time(folder: Path) -> None:
    people = {row["person_id"]: row for row in rows(folder, "people")}
    assert len(people) == 40
    for stem, column in (
        ("prompts", "opens_at"),
        ("answers", "answered_at"),
        ("breath_tests", "measured_at"),
    ):
        for row in rows(folder, stem):
            person = people[row["person_id"]]
            assert at(person["observed_from"]) <= at(row[column]) <= at(person["observed_to"])


def test_observation_begins_at_four_in_the_morning_local_time(folder: Path) -> None:
    for row in rows(folder, "people"):
        for column in ("observed_from", "observed_to"):
            local = at(row[column]).astimezone(ZoneInfo(row["timezone"]))
            assert (local.hour, local.minute) == (4, 0)


def test_a_breath_test_counts_as_drinking_only_when_its_retest_agreed(folder: Path) -> None:
    confirmed = {
        (row["person_id"], row["known_at"])
        for row in rows(folder, "breath_tests")
        if row["outcome"] == "positive_confirmed"
    }
    found = [row for row in rows(folder, "drinking") if row["source"] == "breath_test"]
    assert found
    assert {(row["person_id"], row["known_at"]) for row in found} <= confirmed


def test_results_carry_the_states_of_the_reference(folder: Path) -> None:
    tests = rows(folder, "breath_tests")
    counts = Counter(row["outcome"] for row in tests)
    assert set(counts) == OUTCOMES
    for row in tests:
        assert (row["brac_mg_per_l"] == "") == (row["outcome"] == "incomplete")
        if row["outcome"] == "positive_confirmed":
            assert float(row["brac_mg_per_l"]) >= 0.10
        if row["outcome"] == "ok":
            assert float(row["brac_mg_per_l"]) < 0.05


def test_no_drinking_day_comes_twice_from_the_same_source(folder: Path) -> None:
    zones = {row["person_id"]: ZoneInfo(row["timezone"]) for row in rows(folder, "people")}
    seen: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in rows(folder, "drinking"):
        local = at(row["started_at"]).astimezone(zones[row["person_id"]])
        seen[row["person_id"], row["source"]].append(date.fromordinal(local.toordinal() - (local.hour < 4)))
    assert all(len(days) == len(set(days)) for days in seen.values())


def test_prompts_keep_their_wall_time_over_the_change_of_the_clock(folder: Path) -> None:
    """The run holds 30 March 2025, when clocks go forward in both zones."""
    zones = {row["person_id"]: ZoneInfo(row["timezone"]) for row in rows(folder, "people")}
    clock: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for row in rows(folder, "prompts"):
        local = at(row["opens_at"]).astimezone(zones[row["person_id"]])
        clock[row["person_id"], row["kind"]].add((local.hour, local.minute))
    assert all(len(times) == 1 for (_, kind), times in clock.items() if kind == "check_in")
    assert all(len(times) <= 4 for times in clock.values())


def test_an_answer_made_without_coverage_is_known_when_it_arrives() -> None:
    profile = archetype_profile(3, 4, Archetype.POOR_COVERAGE, 90)
    records = person_records(profile, 90, 3, START)
    late = [row for row in records.prompts if row[4] and at(row[5]) > at(row[4]).replace(microsecond=0)]
    assert sum((at(row[5]) - at(row[4])).total_seconds() > 1800 for row in late) > 10


def test_who_has_left_is_not_observed_any_longer(folder: Path) -> None:
    ends = Counter(row["observed_to"][:10] for row in rows(folder, "people"))
    assert len(ends) > 3
    assert max(ends.values()) >= 20


def test_a_population_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        write_population(tmp_path, people=0, days=10, seed=1, start=START)


def test_a_shifted_population_is_made_of_the_same_people_living_otherwise(tmp_path: Path) -> None:
    usual = write_population(tmp_path / "none", 30, 60, 3, START)
    told = {
        name: write_population(tmp_path / name, 30, 60, 3, START, change) for name, change in SHIFTS.items()
    }
    people = {name: (tmp_path / name / "people.csv").read_text().count("\n") for name in SHIFTS}
    assert set(people.values()) == {31}
    assert told["none"] == usual
    assert told["fewer_answers"]["answers"] < 0.9 * usual["answers"]
    assert told["rarer_drinking"]["drinking"] < 0.8 * usual["drinking"]


def test_the_command_knows_every_shift() -> None:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    for name in SHIFTS:
        assert parser.parse_args(["population", "there", "--shift", name]).shift == name

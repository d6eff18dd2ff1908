"""Evaluation runs unchanged on study folders nobody has seen: other items, none, one person, one outcome, gaps."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from nykter.cli import main
from relapse_model.frame import DAY
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import daily_decisions, label
from relapse_model.study import read_study, write_study
from tests.support.histories import START, make_history


def only_people_and_drinking(folder: Path) -> None:
    write_study(make_history(people=12, days=30), folder)
    for name in ("prompts.csv", "answers.csv", "breath_tests.csv"):
        (folder / name).unlink()


def items_of_their_own(folder: Path) -> None:
    history = make_history(people=12, days=30)
    answers = replace(history.answers, items=("hunger", "loneliness", "pain"))
    write_study(replace(history, answers=answers), folder)
    (folder / "breath_tests.csv").unlink()


def four_prompts_a_day(folder: Path) -> None:
    builder = HistoryBuilder()
    random = np.random.default_rng(5)
    for number in range(14):
        name = f"p{number}"
        builder.person(name, "America/Chicago", START, START + timedelta(days=14), {"sex": "fm"[number % 2]})
        for day in range(14):
            drank = random.random() < 0.1 + 0.05 * number
            for hour in (5, 9, 13, 17):
                opens = START + timedelta(days=day, hours=hour)
                at = opens + timedelta(minutes=10) if random.random() < 0.8 else None
                builder.prompt(name, "check_in", opens, opens + timedelta(hours=1), at)
                if at:
                    builder.answer(name, at, "urge_now", float(random.integers(1, 8)), 1, 7)
            if drank:
                at = START + timedelta(days=day, hours=15)
                builder.drinking(name, at, at + timedelta(hours=9))
    write_study(builder.build(), folder)


def one_person(folder: Path) -> None:
    write_study(make_history(people=1, days=40), folder)


def two_people(folder: Path) -> None:
    write_study(make_history(people=2, days=40), folder)


def nobody_drinks(folder: Path) -> None:
    history = make_history(people=8, days=20)
    write_study(replace(history, drinking=history.drinking.where(slice(0, 0))), folder)


def everybody_drinks_daily(folder: Path) -> None:
    builder = HistoryBuilder()
    for number in range(6):
        builder.person(f"p{number}", "UTC", START, START + timedelta(days=10))
        for day in range(11):
            at = START + timedelta(days=day, hours=14)
            builder.drinking(f"p{number}", at, at + timedelta(hours=1))
    write_study(builder.build(), folder)


def years_of_silence(folder: Path) -> None:
    builder = HistoryBuilder()
    for number in range(6):
        name = f"p{number}"
        builder.person(name, "Europe/Stockholm", START, START + timedelta(days=1100))
        for day in (*range(0, 20, 2 + number), *range(1000, 1020, 3)):
            at = START + timedelta(days=day, hours=14)
            builder.drinking(name, at, at + timedelta(days=300 if day == 0 else 1))
    write_study(builder.build(), folder)


def shorter_than_the_horizon(folder: Path) -> None:
    write_study(make_history(people=6, days=2), folder)


def nobody_at_all(folder: Path) -> None:
    write_study(HistoryBuilder().build(), folder)


STUDIES = [
    only_people_and_drinking,
    items_of_their_own,
    four_prompts_a_day,
    one_person,
    two_people,
    nobody_drinks,
    everybody_drinks_daily,
    years_of_silence,
    shorter_than_the_horizon,
    nobody_at_all,
]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("make", STUDIES)
def test_every_labelled_decision_gets_a_probability(make: Callable[[Path], None], tmp_path: Path) -> None:
    study, out = tmp_path / "study", tmp_path / "out"
    make(study)
    assert main(["model", "evaluate", "--study", str(study), "--out", str(out)]) == 0
    history = read_study(study)
    decisions = daily_decisions(history)
    wanted = {
        (history.people.person_id[p], at, hours)
        for hours in (24, 72)
        for p, at, known in zip(
            decisions.person.tolist(),
            decisions.at.tolist(),
            label(history, decisions, hours).known.tolist(),
            strict=True,
        )
        if known
    }
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    found = {
        (
            r["person_id"],
            int(datetime.fromisoformat(r["decided_at"]).timestamp()) * 1_000_000,
            int(r["horizon_hours"]),
        )
        for r in rows
    }
    assert found == wanted
    assert len(rows) == len(wanted)
    assert all(0 < float(r["probability"]) < 1 for r in rows)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert set(report["horizons"]) == {"24", "72"}
    assert "<h1>Evaluation on study</h1>" in (out / "report.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing_from_elsewhere_and_shows_its_figures(tmp_path: Path) -> None:
    write_study(make_history(people=20, days=40), tmp_path / "study")
    out = tmp_path / "out"
    assert (
        main(["model", "evaluate", "--study", str(tmp_path / "study"), "--model", "ridge", "--out", str(out)])
        == 0
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script src" not in page
    assert "<link" not in page.split("</style>")[0]
    for title in ("Calibration", "Decision curve", "Alert burden"):
        assert f'"text":"{title}' in page
    assert "onsets after 14 dry days" in page  # in words: a figure of no alert would be empty
    assert "In plain words" in page
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["model"] == "ridge"
    assert set(report["horizons"]["24"]["candidates"]) == {"ridge"}
    assert set(report["horizons"]["24"]["by_group"]["sex"]) == {"f", "m"}
    assert len(report["checks"]) == 16


def test_studies_can_be_evaluated_across(tmp_path: Path) -> None:
    write_study(make_history(people=20, days=30), tmp_path / "one")
    only_people_and_drinking(tmp_path / "two")
    arguments = ["--study", str(tmp_path / "one"), "--also", str(tmp_path / "two"), "--model", "ridge"]
    assert main(["model", "evaluate", *arguments, "--out", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    across = report["horizons"]["24"]["leave_one_study_out"]
    assert across["this"]["trained_on"] == ["two"]
    assert across["two"]["trained_on"] == ["this"]
    assert across["two"]["all"]["model"]["auroc"] > 0.5


def test_an_artifact_can_be_evaluated_and_an_unknown_name_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(make_history(people=8, days=30), tmp_path / "study")
    arguments = ["model", "evaluate", "--study", str(tmp_path / "study"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--model", "cold-start"]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["horizons"]["24"]["candidates"] == ["nykter-relapse 2.1.0"]
    assert main([*arguments, "--model", "magic"]) == 2
    assert "No model is called 'magic'" in capsys.readouterr().err


def test_a_label_may_count_one_source_a_relapse_or_keep_the_published_fence() -> None:
    from relapse_model.labels import fenced

    builder = HistoryBuilder()
    start = datetime(2025, 1, 1, 3, tzinfo=UTC)
    builder.person("ann", "Europe/Stockholm", start, start + timedelta(days=12))
    for day, source in ((2, "self_report"), (6, "breath_test"), (7, "self_report"), (8, "self_report")):
        at = start + timedelta(days=day, hours=12)
        builder.drinking("ann", at, at, source)
    history = builder.build()
    decisions = daily_decisions(history)
    tested = label(history, decisions, 24, "breath_test").drank
    relapse = label(history, decisions, 24, in_a_row=3).drank
    day = (decisions.at - decisions.at[0]) // DAY + 1
    assert day[tested == 1].tolist() == [6]
    assert day[relapse == 1].tolist() == [6]
    assert day[~fenced(history, decisions, 24)].tolist() == [1, 3, 5, 9]

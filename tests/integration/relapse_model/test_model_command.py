"""`nykter model`: train, evaluate and show the card from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from nykter.cli import main
from relapse_model.artifact import load_artifact
from relapse_model.labels import daily_decisions, label
from relapse_model.study import read_study, write_study
from tests.support.histories import make_history


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_study(make_history(people=25, days=30), tmp_path / "study")
    return tmp_path / "study"


def test_train_writes_an_artifact_that_says_what_it_was_trained_on(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    assert main(["model", "train", "--study", str(study), "--out", str(out)]) == 0
    assert load_artifact(out).trained_on == "study folder study"


def test_evaluate_writes_a_report_and_a_prediction_for_every_labelled_decision(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["model", "evaluate", "--study", str(study), "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert set(report["horizons"]) == {"24", "72"}
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == ["person_id", "decided_at", "horizon_hours", "probability"]
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    history = read_study(study)
    decisions = daily_decisions(history)
    for hours in (24, 72):
        wanted = int(label(history, decisions, hours).known.sum())
        assert sum(row["horizon_hours"] == str(hours) for row in rows) == wanted
    assert "own_rate" in capsys.readouterr().out


def test_simulated_people_can_be_trained_on(tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    arguments = ["--people", "20", "--days", "25", "--seed", "3", "--out", str(out)]
    assert main(["model", "train", "--simulated", *arguments]) == 0
    assert load_artifact(out).trained_on == "simulated people, 20 over 25 days, seed 3"


def test_a_broken_study_is_said_in_words_without_a_traceback(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (study / "drinking.csv").open("a", encoding="utf-8") as out:
        out.write("nobody,2025-01-01T00:00:00Z,,2025-01-01T00:00:00Z,self_report,\n")
    assert main(["model", "evaluate", "--study", str(study), "--out", str(tmp_path / "out")]) == 1
    assert "person 'nobody' is not among the people" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_card_is_printed_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "card"]) == 0
    assert main(["model", "card", "--language", "en"]) == 0
    printed = capsys.readouterr().out
    assert "# Modellkort" in printed
    assert "# Model card" in printed

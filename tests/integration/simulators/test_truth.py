"""What only the simulator knows lies outside the study folder, beside a model's predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from nykter.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("population")
    arguments = ["--people", "40", "--days", "60", "--seed", "5", "--truth", str(path / "truth.csv")]
    assert main(["simulate", "population", str(path / "study"), *arguments]) == 0
    return path


@pytest.mark.timeout(180)
def test_the_truth_beside_a_model_is_the_better_of_the_two(folder: Path) -> None:
    arguments = ["--model", "cold-start", "--beside", str(folder / "truth.csv")]
    out = folder / "out"
    assert main(["model", "evaluate", "--study", str(folder / "study"), *arguments, "--out", str(out)]) == 0
    beside = json.loads((out / "report.json").read_text(encoding="utf-8"))["beside"]
    assert beside["name"] == "truth.csv"
    for hours in ("24", "72"):
        found = beside[hours]["all"]
        assert 0.5 < found["model"]["auroc"] < found["other"]["auroc"]
        assert found["model_minus_other"]["auroc_95"][1] < 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Beside truth.csv: all decisions" in page
    assert "In plain words" in page


def test_the_truth_is_a_probability_for_every_person_day_and_horizon(folder: Path) -> None:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 40 * 60 * 2
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    days: dict[tuple[str, str], dict[str, float]] = {(r["person_id"], r["decided_at"]): {} for r in rows}
    for row in rows:
        days[row["person_id"], row["decided_at"]][row["horizon_hours"]] = float(row["probability"])
    assert all(day["24"] <= day["72"] for day in days.values())


def test_the_truth_is_kept_out_of_the_study_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = str(folder / "study" / "truth.csv")
    assert main(["simulate", "population", str(folder / "study"), "--people", "1", "--truth", inside]) == 2
    assert "does not belong into the study folder" in capsys.readouterr().err
    assert "truth" not in "".join(path.name for path in (folder / "study").iterdir())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("person_id,decided_at\n", "columns missing: horizon_hours, probability"),
        (
            "person_id,decided_at,horizon_hours,probability\na,2025-01-01T03:00:00Z,24,1.5\n",
            "probability 1.5",
        ),
        ("person_id,decided_at,horizon_hours,probability\na,today,24,0.5\n", "rival.csv:2: "),
    ],
)
def test_predictions_that_are_none_are_refused_in_words(
    folder: Path, tmp_path: Path, text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rival.csv").write_text(text, encoding="utf-8")
    arguments = ["--study", str(folder / "study"), "--out", str(tmp_path / "out")]
    assert main(["model", "evaluate", *arguments, "--beside", str(tmp_path / "rival.csv")]) == 1
    assert reason in capsys.readouterr().err

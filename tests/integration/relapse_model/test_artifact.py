"""Artifacts: plain JSON that is refused when it does not fit the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from relapse_model.artifact import COLD_START, Artifact, cold_start, load_artifact, save_artifact
from relapse_model.card import model_card
from relapse_model.errors import ArtifactError, TooLittleData
from relapse_model.features import SHARED_ITEMS, feature_hash
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import daily_decisions
from relapse_model.predict import probabilities
from relapse_model.train import history_hash, train
from tests.support.histories import START, make_history

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def trained() -> Artifact:
    return train(make_history(people=30, days=40), "made-up people of a test")


def test_the_shipped_artifact_was_trained_with_the_features_of_this_code() -> None:
    artifact = cold_start()
    assert artifact.feature_hash == feature_hash()
    assert artifact.trained_on.startswith("simulated people")
    assert artifact.items == SHARED_ITEMS
    assert [h.horizon_hours for h in artifact.horizons] == [24, 72]


def test_the_shipped_artifact_was_better_than_the_own_rate_on_people_it_had_not_seen() -> None:
    for horizon in cold_start().report["horizons"].values():
        figures = horizon["person_grouped"]["all"]
        assert figures["model_minus_own_rate"]["auroc_95"][0] > 0
        assert figures["model_minus_own_rate"]["brier_skill_95"][0] > 0
        assert 0.9 < figures["model"]["calibration_slope"] < 1.1


def test_warnings_never_weigh_in_as_reassurance_in_the_shipped_artifact() -> None:
    artifact = cold_start()
    random = np.random.default_rng(5)
    z = random.normal(size=(300, len(artifact.features)))
    for horizon in artifact.horizons:
        assert horizon.platt.slope > 0
        before = horizon.fitted.logits(z)
        for column, feature in enumerate(artifact.features):
            if feature.sign > 0:
                more = z.copy()
                more[:, column] += random.uniform(0.1, 3.0, len(z))
                assert (horizon.fitted.logits(more) - before).min() >= -1e-9, feature.name


def test_a_saved_artifact_scores_the_same_after_loading(tmp_path: Path, trained: Artifact) -> None:
    save_artifact(trained, tmp_path / "model.json")
    loaded = load_artifact(tmp_path / "model.json")
    history = make_history(people=6, days=20, seed=9)
    decisions = daily_decisions(history)
    for hours, p in probabilities(trained, history, decisions).items():
        assert p.tobytes() == probabilities(loaded, history, decisions)[hours].tobytes()
    save_artifact(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()


def test_training_twice_gives_the_same_artifact(trained: Artifact) -> None:
    again = train(make_history(people=30, days=40), "made-up people of a test")
    assert again.data_hash == trained.data_hash
    assert again.report == trained.report
    for a, b in zip(again.horizons, trained.horizons, strict=True):
        assert a.fitted.to_json() == b.fitted.to_json()


def test_an_artifact_for_other_features_is_refused(tmp_path: Path) -> None:
    document = json.loads(COLD_START.read_text(encoding="utf-8"))
    document["feature_hash"] = "0" * 64
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ArtifactError, match="made for other features"):
        load_artifact(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("horizons"),
        lambda d: d.update(format=99),
        lambda d: d["horizons"][0].update(kind="guess"),
        lambda d: d["horizons"][0]["ridge_weights"].pop(),
        lambda d: d["horizons"][0]["ridge_weights"].__setitem__(0, float("nan")),
        lambda d: d["horizons"][0]["mean"].pop(),
    ],
)
def test_a_broken_artifact_is_refused_in_words(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    document = json.loads(COLD_START.read_text(encoding="utf-8"))
    spoil(document)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"broken\.json"):
        load_artifact(path)


def test_a_missing_artifact_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_artifact(tmp_path / "none.json")


def test_the_data_hash_says_whether_the_data_were_the_same() -> None:
    assert history_hash(make_history(seed=1)) == history_hash(make_history(seed=1))
    assert history_hash(make_history(seed=1)) != history_hash(make_history(seed=2))


def test_too_few_people_or_outcomes_are_said() -> None:
    with pytest.raises(TooLittleData, match="cannot be split"):
        train(make_history(people=3, days=40), "few")
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START)
    with pytest.raises(TooLittleData, match="no labelled decisions"):
        train(builder.build(), "none")


def test_the_report_stands_beside_the_own_rate(trained: Artifact) -> None:
    for hours in ("24", "72"):
        figures = trained.report["horizons"][hours]["person_grouped"]["all"]
        assert figures["labelled"] > 500
        for who in ("model", "own_rate"):
            low, high = figures[who]["auroc_95"]
            assert low <= figures[who]["auroc"] <= high
        assert set(figures["model"]) >= {
            "brier_skill",
            "ppv_top_10",
            "sensitivity_top_10",
            "calibration_slope",
            "within_person_auroc",
            "within_person_auroc_timing",
        }
    assert json.loads(json.dumps(trained.report, allow_nan=False)) == trained.report


def test_the_card_says_what_the_model_is_and_is_not_for() -> None:
    swedish, english = model_card(cold_start(), "sv"), model_card(cold_start(), "en")
    assert "Tystnad räknas aldrig som nykterhet" in swedish
    assert "simulerade personer, 900 i 120 dygn" in swedish
    assert "simulated people, 900 over 120 days" in english
    assert "ålder 18-29" in swedish
    assert "kön kvinna" in swedish
    assert "_" not in swedish + english, "no key of the program stands in the card"
    assert "Not for: decisions on benefits" in english
    auroc = cold_start().report["horizons"]["24"]["person_grouped"]["all"]["model"]["auroc"]
    assert f"{auroc:.3f}".rstrip("0") in english
    assert f"{auroc:.3f}".rstrip("0").replace(".", ",") in swedish


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_card_in_the_documentation_is_that_of_the_shipped_model(language: Literal["sv", "en"]) -> None:
    written = (ROOT / "docs" / f"model-card.{language}.md").read_text(encoding="utf-8")
    assert written == model_card(cold_start(), language)

"""Documents that rest on code and tests: what they name exists, and what is generated is fresh."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from relapse_model.artifact import cold_start
from tests.support.trace import ROOT, documents, hazards, marked_tests, requirements

_RESTING = ("compliance", "hazards", "trace", "security", "threat-model", "dpia", "incident-plan")
_ROOMS = (
    "backend|contracts|dashboard|deploy|device_gateway|docs|nykter|relapse_model|scripts|simulators|tests"
)
_PATH = re.compile(rf"`((?:{_ROOMS})/[\w./@-]+)(?:::(\w+))?`")
_SHORT = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


@pytest.mark.parametrize("name", _RESTING)
def test_every_path_and_test_a_document_names_exists(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    named = [(path, test) for path, test in _PATH.findall(text)]
    short = _SHORT.findall(text)
    assert named or short, f"docs/{name}.md names nothing that can be checked"
    gone = [f"{path}::{test}" for path, test in named if not _holds([ROOT / path], test)]
    # A bare file name may be that of several; one of them has the test.
    gone += [f"{file}::{test}" for file, test in short if not _holds((ROOT / "tests").rglob(file), test)]
    assert gone == []


def _holds(paths: Iterable[Path], test: str) -> bool:
    there = [path for path in paths if path.exists()]
    return any(not test or f"def {test}(" in path.read_text(encoding="utf-8") for path in there)


def test_the_generated_documents_are_fresh() -> None:
    stale = [name for name, text in documents().items() if (ROOT / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run scripts/write-trace"


def test_every_marker_names_a_requirement_and_every_requirement_has_a_test_or_a_reason() -> None:
    known = {**requirements(), **hazards()}
    marked = marked_tests()
    assert set(marked) <= set(known)
    assert [name for name, one in known.items() if not marked.get(name) and not one.get("gap")] == []


def test_every_control_of_a_hazard_has_code_and_a_test() -> None:
    marked = marked_tests()
    assert [name for name, one in hazards().items() if not one["code"] or not marked.get(name)] == []
    assert all(1 <= one[key] <= 5 for one in hazards().values() for key in ("severity", "before", "after"))


@pytest.mark.requirement("G7")
def test_a_new_model_asks_for_a_new_look_at_the_impact_assessment() -> None:
    text = (ROOT / "docs" / "dpia.md").read_text(encoding="utf-8")
    version = cold_start().version
    assert f"nykter-relapse {version}" in text, (
        "a new model version: review docs/dpia.md and name the version there"
    )


def test_a_document_that_names_what_is_gone_would_be_found(tmp_path: Path) -> None:
    assert _PATH.findall("see `backend/gone.py` and `tests/unit/x.py::test_y`") == [
        ("backend/gone.py", ""), ("tests/unit/x.py", "test_y"),
    ]  # fmt: skip
    assert _SHORT.findall("`test_x.py::test_y`") == [("test_x.py", "test_y")]

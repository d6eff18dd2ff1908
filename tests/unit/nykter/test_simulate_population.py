"""`nykter simulate population` writes a study folder and speaks plainly when it cannot."""

import argparse
from pathlib import Path

import pytest

from nykter.commands import simulate
from nykter.errors import NykterError


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args(words)


def test_it_writes_every_file_and_says_how_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = simulate.run(arguments("population", str(tmp_path / "p"), "--people", "3", "--days", "10"))
    assert status == 0
    assert sorted(path.stem for path in (tmp_path / "p").iterdir()) == [
        "answers",
        "breath_tests",
        "drinking",
        "people",
        "prompts",
    ]
    assert "people.csv  3 rows" in capsys.readouterr().out


def test_nobody_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(NykterError, match="at least one person"):
        simulate.run(arguments("population", str(tmp_path), "--people", "0"))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NykterError, match="Cannot write"):
        simulate.run(arguments("population", str(tmp_path / "file" / "p"), "--people", "1", "--days", "2"))

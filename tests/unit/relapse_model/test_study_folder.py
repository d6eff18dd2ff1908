"""Study folders: strictly checked on the way in, the same on the way out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from relapse_model.errors import StudyError
from relapse_model.frame import NEVER, History
from relapse_model.study import read_study, write_study
from tests.support.histories import make_history

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

PEOPLE = "person_id,timezone,observed_from,observed_to,sex\n"
ANN = "ann,Europe/Stockholm,2025-01-01T04:00:00+01:00,2025-02-01T03:00:00Z,f\n"
DRINKING = "person_id,started_at,ended_at,known_at,source\n"


def folder_with(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_two_files_are_a_study(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        people=PEOPLE + ANN,
        drinking=DRINKING + "ann,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,self_report\n",
    )
    history = read_study(folder)
    assert history.people.person_id == ("ann",)
    assert history.people.groups == {"sex": ("f",)}
    assert len(history.drinking) == 1
    assert history.drinking.ended_at[0] == NEVER
    assert len(history.prompts) == len(history.answers) == len(history.breath_tests) == 0


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    history = make_history()
    write_study(history, tmp_path / "one")
    write_study(read_study(tmp_path / "one"), tmp_path / "two")
    assert set(contents(tmp_path / "one")) == {
        "people.csv",
        "drinking.csv",
        "prompts.csv",
        "answers.csv",
        "breath_tests.csv",
    }
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_reread_history_has_every_value(tmp_path: Path) -> None:
    history = make_history(people=5, days=9)
    write_study(history, tmp_path)
    again = read_study(tmp_path)
    assert again.people.person_id == history.people.person_id
    assert again.people.groups == history.people.groups
    for name in ("drinking", "prompts", "answers", "breath_tests"):
        before, after = vars(getattr(history, name)), vars(getattr(again, name))
        for column, values in before.items():
            if isinstance(values, tuple) or column in {"source", "kind", "item", "outcome"}:
                continue
            assert values.tolist() == after[column].tolist(), (name, column)
    assert [history.answers.items[i] for i in history.answers.item] == [
        again.answers.items[i] for i in again.answers.item
    ]


def test_an_answer_that_arrived_late_keeps_its_known_instant(tmp_path: Path) -> None:
    history = make_history()
    late = history.prompts.answer_known_at != history.prompts.answered_at
    assert late.any()
    write_study(history, tmp_path)
    again = read_study(tmp_path).prompts
    assert again.answer_known_at.tolist() == history.prompts.answer_known_at.tolist()


def test_a_table_without_rows_gives_no_file(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, people=PEOPLE + ANN, drinking=DRINKING)
    write_study(read_study(folder), tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"people.csv", "drinking.csv"}


def test_unknown_columns_and_a_byte_order_mark_are_no_error(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        people="\ufeff" + PEOPLE + ANN,
        drinking="mood,person_id,started_at,known_at,source\n"
        "fine,ann,2025-01-03T20:00:00Z,2025-01-04T08:00:00Z,self_report\n",
    )
    assert len(read_study(folder).drinking) == 1


BROKEN_DRINKING = {
    "bob,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,self_report": "person 'bob' is not among the people",
    "ann,2025-01-03T20:00:00,,2025-01-04T08:00:00Z,self_report": "started_at has no offset",
    "ann,0001-01-01T00:00:00Z,,2025-01-04T08:00:00Z,self_report": "started_at lies outside 1900 to 2200",
    "ann,third of May,,2025-01-04T08:00:00Z,self_report": "started_at is not an instant",
    "ann,2025-01-03T20:00:00Z,,2025-01-03T08:00:00Z,self_report": "known_at 2025-01-03T08:00:00Z lies before",
    "ann,2025-01-03T20:00:00Z,2025-01-03T19:00:00Z,2025-01-04T08:00:00Z,self_report": "ended_at lies before",
    "ann,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z": "4 cells where the header has 5",
    "ann,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,": "source is empty",
}


@pytest.mark.parametrize(("row", "reason"), BROKEN_DRINKING.items())
def test_a_broken_row_is_reported_with_file_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    good = "ann,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,self_report\n"
    folder = folder_with(tmp_path, people=PEOPLE + ANN, drinking=DRINKING + good + row + "\n")
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    (problem,) = caught.value.problems
    assert problem.startswith("drinking.csv:3: ")
    assert reason in problem


def test_every_broken_row_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        people=PEOPLE + ANN + "eve,Mars/Olympus,2025-01-01T00:00:00Z,2025-02-01T00:00:00Z,f\n" + ANN,
        drinking=DRINKING + "ann,x,,y,self_report\n",
        prompts="person_id,kind,opens_at,closes_at\n",
        answers="person_id,answered_at,item,value,low,high\nann,2025-01-03T20:00:00Z,craving,many,0,10\n"
        "ann,2025-01-03T20:00:00Z,craving,nan,0,10\nann,2025-01-03T20:00:00Z,craving,1,10,0\n",
        breath_tests="person_id,measured_at,known_at,brac_mg_per_l,outcome\n"
        "ann,2025-01-03T20:00:00Z,2025-01-03T20:00:01Z,-0.1,ok\n",
    )
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    assert caught.value.problems == (
        "people.csv:3: 'Mars/Olympus' is not an IANA time zone",
        "people.csv:4: person 'ann' is there already",
        "drinking.csv:2: known_at is not an instant in ISO 8601: 'y'",
        "prompts.csv:1: columns missing: answered_at",
        "answers.csv:2: value is not a number: 'many'",
        "answers.csv:3: value is not a finite number: 'nan'",
        "answers.csv:4: the scale of 'craving' has no width: low 10.0, high 0.0",
        "breath_tests.csv:2: brac_mg_per_l is below zero",
    )


def test_missing_required_files_and_folders_are_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"drinking\.csv: the file is missing"):
        read_study(folder_with(tmp_path, people=PEOPLE + ANN))
    with pytest.raises(StudyError, match="no such folder"):
        read_study(tmp_path / "nowhere")


def test_a_file_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, people=PEOPLE + ANN)
    (folder / "drinking.csv").write_bytes(DRINKING.encode() + b"\xff\xfe,,,\n")
    with pytest.raises(StudyError, match=r"drinking\.csv: not UTF-8"):
        read_study(folder)


@pytest.mark.parametrize("study", ["ctn0094", "dora"])
def test_the_public_studies_come_back_row_for_row(tmp_path: Path, study: str) -> None:
    source = SHARED / study
    if not source.is_dir():
        pytest.skip(f"the study folder {study} is not beside this checkout")
    started = time.perf_counter()
    history: History = read_study(source)
    assert time.perf_counter() - started < 10
    write_study(history, tmp_path)
    for path in source.iterdir():
        ours = (tmp_path / path.name).read_text(encoding="utf-8").splitlines()
        theirs = path.read_text(encoding="utf-8").splitlines()
        assert ours[0] == theirs[0]
        assert sorted(ours) == sorted(theirs)


def test_when_nobody_could_be_read_the_other_files_are_not_blamed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, people=PEOPLE + ANN, drinking=DRINKING)
    (folder / "people.csv").write_bytes((PEOPLE + ANN).replace("ann", "Åsa").encode("latin-1"))
    drank = "Åsa,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,self_report\n"
    (folder / "drinking.csv").write_text(DRINKING + drank, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    (problem,) = caught.value.problems
    assert problem.startswith("people.csv: not UTF-8")


def test_a_person_whose_row_is_broken_is_complained_of_once(tmp_path: Path) -> None:
    drank = "ann,2025-01-03T20:00:00Z,,2025-01-04T08:00:00Z,self_report\n"
    folder = folder_with(
        tmp_path, people=PEOPLE + ANN.replace("Europe/Stockholm", "Mars/Base"), drinking=DRINKING + drank
    )
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    assert caught.value.problems == ("people.csv:2: 'Mars/Base' is not an IANA time zone",)


def test_an_empty_file_is_said_to_be_empty_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    drank = "\r\n  \r\nann,2025-01-03 20:00:00z,,2025-01-04T08:00:00+00:00,self_report\r\n"
    folder = folder_with(tmp_path, people=PEOPLE + ANN, drinking=DRINKING.replace("\n", "\r\n") + drank)
    assert len(read_study(folder).drinking) == 1
    (folder / "prompts.csv").write_bytes(b"")
    with pytest.raises(StudyError, match=r"prompts\.csv: the file is empty"):
        read_study(folder)

"""Study folders come in completely or not at all, stand like any other client, and go out as they came."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.access import SYSTEM, Principal
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import assessment, auth, clients, contacts, scoring, study, triage
from backend.services.sign_in_steps import OPTIONAL
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import cold_start
from relapse_model.errors import StudyError
from relapse_model.study import read_study, write_study
from tests.support.care import make_clinic, stranger

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
DORA = ROOT.parent / "shared" / "data" / "dora"
FILES = {
    "people.csv": """\
person_id,timezone,observed_from,observed_to,sex
a,Europe/Stockholm,2024-03-20T04:00:00+01:00,2024-04-20T04:00:00+02:00,f
b,UTC,2024-03-01T04:00:00Z,2024-03-08T04:00:00Z,
""",
    "drinking.csv": """\
person_id,started_at,ended_at,known_at,source,amount_g
a,2024-04-01T20:00:00+02:00,2024-04-01T23:30:00+02:00,2024-04-02T09:00:00+02:00,self_report,48
a,2024-04-10T18:00:00Z,,2024-04-10T19:00:00Z,breath_test,
""",
    "prompts.csv": """\
person_id,kind,opens_at,closes_at,answered_at
a,check_in,2024-04-02T06:00:00Z,2024-04-02T10:00:00Z,2024-04-02T07:00:00Z
a,breath_test,2024-04-10T17:00:00Z,2024-04-10T19:00:00Z,2024-04-10T19:30:00Z
a,visit,2024-04-12T08:00:00Z,2024-04-12T17:00:00Z,
a,visit,2024-04-12T08:00:00Z,2024-04-12T17:00:00Z,
""",
    "answers.csv": """\
person_id,answered_at,item,value,low,high
a,2024-04-02T07:00:00Z,craving,3,0,10
a,2024-04-02T07:00:00Z,craving,29.5,0,100
a,2024-04-02T07:00:00Z,mood_valence,0.1,0,1
""",
    "breath_tests.csv": """\
person_id,measured_at,known_at,brac_mg_per_l,outcome
a,2024-04-10T19:30:00Z,2024-04-10T20:00:00Z,0.42,complete
a,2024-04-11T19:30:00Z,2024-04-11T19:30:00Z,,failed
""",
}


@pytest.fixture
def db(database: str) -> Iterator[Database]:
    with Database(database) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "small"
    made.mkdir()
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def _import(db: Database, folder: Path, *, replace: bool = False) -> study.StudyCounts:
    return study.import_study(db, SYSTEM, folder, model=cold_start(), now=NOW, replace=replace)


def _researcher(db: Database, now: datetime = NOW) -> Principal:
    password = study.create_researcher(db, SYSTEM, "forskare", now=now)
    login = auth.sign_in(db, "forskare", password, policy=OPTIONAL, now=now)
    found = auth.principal_for(db, login.token, policy=OPTIONAL, now=now)
    assert found is not None
    return found[0]


def _normalised(folder: Path, out: Path) -> dict[str, list[str]]:
    write_study(read_study(folder), out)
    return {
        path.name: sorted(path.read_text(encoding="utf-8").splitlines()) for path in sorted(out.glob("*.csv"))
    }


def test_what_goes_in_comes_out(db: Database, folder: Path, tmp_path: Path) -> None:
    assert _import(db, folder) == study.StudyCounts("small", 2, 2, 4, 3, 2)
    study.export_study(db, SYSTEM, tmp_path / "out", now=NOW)
    assert _normalised(tmp_path / "out", tmp_path / "a") == _normalised(folder, tmp_path / "b")


@pytest.mark.skipif(not DORA.is_dir(), reason="the study folder ../shared/data/dora is not here")
def test_a_real_study_goes_round(db: Database, tmp_path: Path) -> None:
    assert _import(db, DORA).people == 213
    study.export_study(db, SYSTEM, tmp_path / "out", now=NOW)
    assert _normalised(tmp_path / "out", tmp_path / "a") == _normalised(DORA, tmp_path / "b")


def test_a_researcher_reads_but_notes_nothing_about_a_person(db: Database, folder: Path) -> None:
    _import(db, folder)
    researcher = _researcher(db)
    person = triage.triage_list(db, researcher, now=NOW).rows[0].client_id
    assert clients.overview(db, researcher, person, now=NOW).study == "small"
    with pytest.raises(Forbidden):
        clients.mark_reviewed(db, researcher, person, now=NOW)
    with pytest.raises(Forbidden):
        contacts.add(db, researcher, person, "phone", True, "Ringde", NOW, now=NOW)


def test_imported_people_stand_in_the_list_and_on_pages_of_their_own(db: Database, folder: Path) -> None:
    _import(db, folder)
    researcher = _researcher(db)
    rows = {row.alias: row for row in triage.triage_list(db, researcher, now=NOW).rows}
    assert set(rows) == {"small a", "small b"}
    row = rows["small a"]
    assert row.group == "stable" and row.alert is None
    assert [mark.day.isoformat() for mark in (row.strip[0], row.strip[-1])] == ["2024-03-24", "2024-04-20"]
    states = {mark.day.isoformat(): mark.state for mark in row.strip}
    assert states["2024-04-01"] == "reported_drinking"
    assert states["2024-04-10"] == "positive"
    assert states["2024-04-12"] == "missed"
    assert states["2024-04-15"] == "gap"
    head = clients.overview(db, researcher, row.client_id, now=NOW)
    assert head.observed_from is not None and head.observed_to is not None
    assert [risk.decided_at for risk in head.risk] == [head.observed_to] * 2
    series = clients.series(db, researcher, row.client_id, head.observed_from, head.observed_to, now=NOW)
    assert [(p.brac_mg_per_l, p.driver_grade, p.state) for p in series.readings] == [
        (0.42, "study", "positive_unconfirmed"),
        (None, "study", "incomplete"),
    ]
    assert [window.attendance for window in series.windows] == ["on_time", "late", "missed", "missed"]
    assert len(series.answers) == 3 and len(series.drinking) == 2 and len(series.risk) == 2


def test_history_raises_no_alert_and_gets_no_windows(db: Database, folder: Path) -> None:
    _import(db, folder)
    scoring.catch_up(db, cold_start(), now=NOW)
    with db.transaction(SYSTEM_SCOPE) as conn:
        ids = [row["client_id"] for row in conn.execute("SELECT client_id FROM client")]
        assessment.assess_clients(conn, dict.fromkeys(ids, NOW), now=NOW)
        assert conn.execute("SELECT 1 FROM alert").fetchall() == []
        assert conn.execute("SELECT 1 FROM test_window WHERE plan_id IS NOT NULL").fetchall() == []


def test_broken_rows_are_named_and_nothing_is_imported(db: Database, folder: Path) -> None:
    with (folder / "prompts.csv").open("a", encoding="utf-8") as out:
        out.write("a,horoscope,2024-04-02T06:00:00Z,2024-04-02T10:00:00Z,\n")
    with pytest.raises(StudyError) as unknown:
        _import(db, folder)
    assert "prompts.csv:6: kind 'horoscope'" in str(unknown.value)
    with (folder / "drinking.csv").open("a", encoding="utf-8") as out:
        out.write("a,yesterday,,2024-04-02T10:00:00Z,self_report,\n")
        out.write("nobody,2024-04-02T06:00:00Z,,2024-04-02T10:00:00Z,self_report,\n")
    with pytest.raises(StudyError) as broken:
        _import(db, folder)
    assert [re.match(r"\S+:\d+:", line) is not None for line in broken.value.problems] == [True, True]
    with db.transaction(SYSTEM_SCOPE) as conn:
        assert conn.execute("SELECT 1 FROM client").fetchall() == []
        assert conn.execute("SELECT 1 FROM tenant").fetchall() == []


def test_the_same_study_again_is_refused_unless_it_is_to_be_replaced(db: Database, folder: Path) -> None:
    _import(db, folder)
    with pytest.raises(study.AlreadyImported):
        _import(db, folder)
    _import(db, folder, replace=True)
    with db.transaction(SYSTEM_SCOPE) as conn:
        for table, rows in {
            "client": 2,
            "drinking_report": 2,
            "check_in_answer": 3,
            "study_breath_test": 2,
        }.items():
            found = conn.execute(f"SELECT count(*) AS n FROM {table}".encode()).fetchone()
            assert found is not None and found["n"] == rows, table


def test_studies_never_mix_with_care(db: Database, folder: Path) -> None:
    clinic = make_clinic(db)
    with pytest.raises(Invalid):
        study.import_study(db, SYSTEM, folder, model=cold_start(), tenant_id="kommun", now=NOW)
    _import(db, folder)
    assert all(row.alias == "K-01" for row in triage.triage_list(db, clinic.anna, now=NOW).rows)
    with pytest.raises(Forbidden):
        study.import_study(db, clinic.anna, folder, model=cold_start(), now=NOW)
    with pytest.raises(NotFound):
        study.export_study(db, stranger("kommun"), folder, now=NOW)


def test_the_commands_say_in_words_what_happened(db: Database, folder: Path, tmp_path: Path) -> None:
    def nykter(*args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "NYKTER_DATABASE_URL": db.conninfo}
        command = [sys.executable, "-m", "nykter.cli", *args]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=50)

    done = nykter("import-study", str(folder), "--account", "Forskare1")
    assert done.returncode == 0 and "2 people" in done.stdout
    login = re.search(r"password: (\S+)", done.stdout)
    assert login is not None
    assert auth.sign_in(db, "forskare1", login[1], policy=OPTIONAL, now=NOW).token
    again = nykter("import-study", str(folder))
    assert again.returncode == 1 and "--replace" in again.stderr and "Traceback" not in again.stderr
    (folder / "people.csv").unlink()
    broken = nykter("import-study", str(folder), "--name", "other")
    assert broken.returncode == 1 and "people.csv: the file is missing" in broken.stderr
    assert nykter("export-study", str(tmp_path / "out")).returncode == 0
    assert (tmp_path / "out" / "people.csv").exists()

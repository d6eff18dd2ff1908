"""The doctor says how things are, names a remedy for each fault, and shows no secret."""

import json
from pathlib import Path

import pytest

from backend.store import sealed_text
from backend.store.pool import Database
from nykter.cli import main
from nykter.data_keys import keys_in_file
from nykter.diagnosis.finding import State
from nykter.diagnosis.servers import _data_keys
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.ports import free_port
from tests.support.care import make_clinic


def _doctor(
    capsys: pytest.CaptureFixture[str], folder: Path, port: int | None = None
) -> tuple[int, dict[str, tuple[str, str, str]]]:
    status = main(["doctor", "--json", "--data", str(folder), "--port", str(port or free_port())])
    findings = json.loads(capsys.readouterr().out)
    return status, {found["what"]: (found["state"], found["says"], found["do"]) for found in findings}


def test_with_nothing_running_it_names_what_would_be_started(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _status, found = _doctor(capsys, tmp_path / "absent")
    assert "an embedded PostgreSQL" in found["database"][1]
    assert found["broker"][0] in ("ok", "note")
    assert "does not exist yet" in found["data folder"][1]
    assert not (tmp_path / "absent").exists()


def test_servers_that_do_not_answer_are_faults_with_a_remedy_and_without_the_password(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", f"postgresql://care:hush-hush@127.0.0.1:{free_port()}/nykter")
    monkeypatch.setenv("NYKTER_MQTT_URL", f"mqtt://backend:hush-hush@127.0.0.1:{free_port()}")
    status, found = _doctor(capsys, tmp_path)
    assert status == 1
    for what in ("database", "broker"):
        state, _says, remedy = found[what]
        assert state == "fault"
        assert remedy
    assert "hush-hush" not in json.dumps(found)


def test_an_unmigrated_database_is_a_fault_until_migrate_has_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", empty_database)
    status, found = _doctor(capsys, tmp_path)
    assert (status, found["database"][0], found["schema"][0]) == (1, "ok", "fault")
    assert found["schema"][2] == "nykter migrate"

    assert main(["migrate", "--check"]) == 1
    assert main(["migrate"]) == 0
    assert "applied 0001" in capsys.readouterr().out
    assert main(["migrate"]) == 0
    assert "Nothing to apply" in capsys.readouterr().out
    assert main(["migrate", "--check"]) == 0
    capsys.readouterr()

    _status, found = _doctor(capsys, tmp_path)
    assert found["schema"][0] == "ok"


def test_a_running_broker_answers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker: Broker
) -> None:
    monkeypatch.setenv("NYKTER_MQTT_URL", login_url(broker, broker.backend))
    _status, found = _doctor(capsys, tmp_path)
    assert found["broker"][0] == "ok"
    assert broker.backend.password not in json.dumps(found)


def test_a_secret_file_that_cannot_be_read_is_a_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL_FILE", str(tmp_path / "absent"))
    status, found = _doctor(capsys, tmp_path)
    assert status == 1
    assert "cannot be read" in found["settings"][1]


def test_a_data_folder_in_use_is_said_with_its_user(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with FolderLock(tmp_path, "The demo"):
        _status, found = _doctor(capsys, tmp_path)
    assert "already runs" in found["data folder"][1]


def test_a_broken_model_is_a_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.json").write_text("{")
    monkeypatch.setenv("NYKTER_MODEL_FILE", str(tmp_path / "model.json"))
    status, found = _doctor(capsys, tmp_path)
    assert (status, found["model"][0]) == (1, "fault")


def test_it_prints_a_line_per_finding_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["doctor", "--data", str(tmp_path), "--port", "70000"])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok     python") for line in lines)
    assert any(line.startswith("FAULT  port") for line in lines)


@pytest.mark.requirement("D8")
def test_free_text_that_is_not_sealed_or_cannot_be_opened_is_said(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "stored as they are" in _data_keys(postgres_database).says
    file = tmp_path / "data.key"
    file.write_text("ab" * 32)
    file.chmod(0o600)
    monkeypatch.setenv("NYKTER_DATA_KEY_FILE", str(file))
    with Database(postgres_database, keys=keys_in_file(file)) as db:
        clinic = make_clinic(db, plan=False)
        with db.transaction(clinic.anna) as conn:
            sealed_text.seal(conn, clinic.client_id, "contact.note", "ord")
    assert (_data_keys(postgres_database).state, "1 clients" in _data_keys(postgres_database).says) == (
        State.OK,
        True,
    )
    file.write_text("cd" * 32)
    found = _data_keys(postgres_database)
    assert found.state is State.FAULT and "ab" * 32 not in found.says

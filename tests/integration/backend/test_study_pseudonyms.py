"""Histories for research under pseudonyms: planted identities come out nowhere, and the folder can be read in again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.access import SYSTEM
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import access_log, blocks, contacts, enrolment, study
from backend.services.study_pseudonyms import ABOUT, export_pseudonymised
from backend.store.pool import Database
from relapse_model.artifact import cold_start
from relapse_model.pseudonyms import pseudonym
from relapse_model.study import read_study
from tests.support.care import START, Clinic, make_clinic

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
KEY = bytes(range(32))
APPROVAL = "Etikprövningsmyndigheten 2026-00000-01"
PLANTED = ("Kanarie", "K-0", "Öppenvården", "klient-", "gw-", "2026", "Stockholm")


@pytest.fixture
def db(postgres_database: str) -> Iterator[Database]:
    with Database(postgres_database) as opened:
        yield opened


@pytest.fixture
def clinic(db: Database) -> Clinic:
    """Six clients with names, words and readings."""
    clinic = make_clinic(db)
    for number in range(2, 7):
        one = enrolment.create_client(
            db, SYSTEM, clinic.unit_id, alias=f"K-0{number}", timezone="Europe/Stockholm",
            started_on=START.date(), display_name=f"Kanarie Fågelsson {number}", now=START,
        )  # fmt: skip
        enrolment.assign(db, SYSTEM, clinic.anna.account_id, one, now=START)
        contacts.add(db, clinic.anna, one, "phone", True, "Kanarie berättade om sin granne", START, now=START)
        clinic.blow(START + timedelta(days=number, hours=7), 0.42, client_id=one)
    return clinic


def everything_in(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.csv"))


def test_clients_of_care_leave_without_anything_that_names_them(clinic: Clinic, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(Invalid):
        export_pseudonymised(clinic.db, SYSTEM, out, KEY, tenant_id="kommun", study="Vår", now=NOW)
    for who in (clinic.anna, clinic.client):
        with pytest.raises(Forbidden):
            export_pseudonymised(
                clinic.db, who, out, KEY, tenant_id="kommun", study="Vår", approval=APPROVAL, now=NOW
            )
    with pytest.raises(NotFound):
        export_pseudonymised(
            clinic.db, SYSTEM, out, KEY, tenant_id="ingen", study="Vår", approval=APPROVAL, now=NOW
        )
    assert not out.exists(), "what is refused leaves nothing behind"
    counts = export_pseudonymised(
        clinic.db, SYSTEM, out, KEY, tenant_id="kommun", study="Vår", approval=APPROVAL, now=NOW
    )
    assert (counts.people, counts.breath_tests) == (6, 5)
    told = everything_in(out)
    for planted in (
        *PLANTED,
        *(str(row["client_id"]) for row in clinic.rows("SELECT client_id FROM client")),
    ):
        assert planted not in told, planted
    assert pseudonym(KEY, "kommun/Vår", str(clinic.client_id)) in told, "who has the key finds a person again"
    about = json.loads((out / ABOUT).read_text())
    assert about["approval"] == APPROVAL and about["free_text"] == "none"
    assert KEY.hex() not in (out / ABOUT).read_text() + told
    seen = access_log.looked(clinic.db, clinic.client, clinic.client_id, now=NOW)
    assert "exported_for_research" in {one.action for one in seen}


def test_protected_people_stay_at_home_and_fewer_than_five_hide_nobody(
    clinic: Clinic, tmp_path: Path
) -> None:
    hidden = clinic.rows("SELECT client_id FROM client WHERE alias = 'K-02'")[0]["client_id"]
    blocks.set_protected(clinic.db, clinic.anna, hidden, is_on=True, now=NOW)  # type: ignore[arg-type]

    def export() -> int:
        return export_pseudonymised(
            clinic.db,
            SYSTEM,
            tmp_path / "out",
            KEY,
            tenant_id="kommun",
            study="Vår",
            approval=APPROVAL,
            now=NOW,
        ).people

    assert export() == 5
    assert pseudonym(KEY, "kommun/Vår", str(hidden)) not in everything_in(tmp_path / "out")
    blocks.set_protected(clinic.db, clinic.anna, hidden, is_on=False, now=NOW)  # type: ignore[arg-type]
    for alias in ("K-02", "K-03"):
        one = clinic.rows("SELECT client_id FROM client WHERE alias = %s", alias)[0]["client_id"]
        blocks.set_protected(clinic.db, clinic.anna, one, is_on=True, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="hide nobody"):
        export()


def made_study(folder: Path) -> Path:
    folder.mkdir()
    people = ["person_id,timezone,observed_from,observed_to,sex,age_band,name"]
    drinking = ["person_id,started_at,ended_at,known_at,source,amount_g"]
    for number in range(6):
        span = "2024-03-20T04:00:00+01:00,2024-04-20T04:00:00+02:00"
        people.append(f"kanarie{number},Europe/Stockholm,{span},f,30-39,Kanarie Fågelsson {number}")
        drinking.append(
            f"kanarie{number},2024-04-01T20:00:00+02:00,,2024-04-02T09:00:00+02:00,self_report,48"
        )
    (folder / "people.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    (folder / "drinking.csv").write_text("\n".join(drinking) + "\n", encoding="utf-8")
    return folder


def test_an_imported_study_leaves_without_the_columns_nobody_approved(db: Database, tmp_path: Path) -> None:
    study.import_study(db, SYSTEM, made_study(tmp_path / "s"), model=cold_start(), now=NOW)
    out = tmp_path / "out"
    export_pseudonymised(db, SYSTEM, out, KEY, groups=("sex", "age_band"), now=NOW)
    assert (out / "people.csv").read_text().splitlines()[0].endswith("age_band,sex")
    assert "anarie" not in everything_in(out) and "2024" not in everything_in(out)
    for more in ({"groups": ("name",)}, {"keeps_dates": True}):
        with pytest.raises(Invalid):
            export_pseudonymised(db, SYSTEM, tmp_path / "no", KEY, now=NOW, **more)
    named = tmp_path / "named"
    made = export_pseudonymised(db, SYSTEM, named, KEY, groups=("name",), approval=APPROVAL, now=NOW)
    assert made.blanked == 6 and "Fågelsson" not in everything_in(named), "approved, and still nobody's alone"
    # the folder is a study folder like any other
    assert len(read_study(out).people) == 6
    again = study.import_study(db, SYSTEM, out, model=cold_start(), study="igen", now=NOW)
    assert (again.people, again.drinking) == (6, 6)


def test_the_command_makes_a_key_keeps_it_apart_and_says_what_was_left_out(
    db: Database, tmp_path: Path
) -> None:
    study.import_study(db, SYSTEM, made_study(tmp_path / "s"), model=cold_start(), now=NOW)

    def nykter(*args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "NYKTER_DATABASE_URL": db.conninfo}
        command = [sys.executable, "-m", "nykter.cli", "export-study", *args]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=50)

    key, out = tmp_path / "key", tmp_path / "out"
    assert nykter("--new-key", str(key)).returncode == 0
    assert key.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(key.read_text())) == 32
    assert nykter("--new-key", str(key)).returncode != 0, "a key is never replaced"
    done = nykter(str(out), "--pseudonyms", str(key), "--groups", "sex, age_band")
    assert done.returncode == 0 and "6 people" in done.stdout, done.stderr
    assert key.read_text().strip() not in done.stdout + everything_in(out)
    beside = out / "key"
    beside.write_text(key.read_text())
    beside.chmod(0o600)
    assert "keep the key apart" in nykter(str(out), "--pseudonyms", str(beside)).stderr
    beside.unlink()
    key.chmod(0o644)
    assert nykter(str(out), "--pseudonyms", str(key)).returncode == 2
    assert nykter(str(out), "--keep-dates").returncode == 2
    assert nykter().returncode == 2

"""A person gets everything that is stored about them: for machines, as tables, and in words."""

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

from backend.access.principal import SYSTEM
from backend.errors import Forbidden, NotFound
from backend.services import check_ins, contacts, messages, person_export
from backend.store.deployment_keys import DeploymentKeys, new_key
from backend.store.person_export import SECTIONS
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, add_client, make_clinic, stranger

NOW = START + timedelta(days=2)
NOTE = "=HYPERLINK(1) ringde, orolig för brodern"
KEY = new_key()


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    with Database(postgres_database, keys=DeploymentKeys(lambda: KEY)) as db:
        made = make_clinic(db)
        made.blow(START + timedelta(hours=20), 0.42)
        check_ins.submit(db, made.client, (), True, "Jobbig dag 🙂", (), now=NOW)
        contacts.add(db, made.anna, made.client_id, "phone", True, NOTE, NOW, now=NOW)
        messages.send(db, made.client, made.client_id, "Kan ni ringa?", now=NOW)
        yield made


def _opened(export: person_export.PersonExport) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    file = zipfile.ZipFile(io.BytesIO(export.data))
    return file, json.loads(file.read("data.json"))


@pytest.mark.requirement("G2", "E4", "US1")
def test_a_client_gets_everything_in_three_forms_within_seconds(clinic: Clinic) -> None:
    began = time.monotonic()
    export = person_export.export_own(clinic.db, clinic.client, now=NOW)
    assert time.monotonic() - began < 10
    file, data = _opened(export)
    assert export.filename == "export-2026-03-03.zip"  # neutral: says nothing about whose it is or what about
    assert set(SECTIONS) <= set(data) and data["notice"]
    [reading] = data["readings"]
    assert (reading["brac_mg_per_l"], reading["permille_computed"]) == ("0.420", "0.84")
    assert reading["signed_bytes"] == "00" and reading["measured_at"].endswith("+00:00")
    assert data["check_ins"][0]["comment"] == "Jobbig dag 🙂" and data["contacts"][0]["note"] == NOTE
    assert data["messages"][0]["body"] == "Kan ni ringa?" and data["plans"][0]["rules"]["positive_mg_per_l"]
    assert data["who_may_see"][0]["role"] == "clinician"
    [row] = csv.DictReader(io.StringIO(file.read("csv/contacts.csv").decode()))
    assert row["note"] == "'" + NOTE  # no spreadsheet runs it
    assert (
        file.read("uppgifter.pdf").startswith(b"%PDF")
        and "csv/readings.csv" in file.read("las-mig.txt").decode()
    )


@pytest.mark.requirement("G2", "L6")
def test_the_export_says_who_has_looked_and_is_itself_a_look(clinic: Clinic) -> None:
    person_export.export(clinic.db, clinic.anna, clinic.client_id, language="en", now=NOW)
    _, data = _opened(person_export.export_own(clinic.db, clinic.client, now=NOW))
    looks = [(one["role"], one["action"]) for one in data["who_has_looked"]]
    assert ("clinician", "exported_everything") in looks and ("client", "exported_everything") in looks
    assert clinic.anna.display_name not in json.dumps(data["who_has_looked"])


@pytest.mark.requirement("L4")
def test_strangers_others_and_technical_staff_get_nothing(clinic: Clinic) -> None:
    for principal in (clinic.bo, stranger(), add_account(clinic, "chef", "manager")):
        with pytest.raises(NotFound):
            person_export.export(clinic.db, principal, clinic.client_id, now=NOW)
    other = add_client(clinic.db, clinic.unit_id, "K-02", now=START)
    with pytest.raises(NotFound):
        person_export.export(clinic.db, clinic.client, other, now=NOW)
    for principal in (clinic.anna, add_account(clinic, "drift", "operator")):
        with pytest.raises(NotFound):
            person_export.export_own(clinic.db, principal, now=NOW)
    researcher = add_account(clinic, "forskare", "researcher")
    with pytest.raises(Forbidden):
        person_export.export(clinic.db, researcher, clinic.client_id, now=NOW)
    with pytest.raises(NotFound):
        person_export.export_own(clinic.db, SYSTEM, now=NOW)


def test_a_random_test_that_has_not_opened_is_in_no_export(clinic: Clinic) -> None:
    with clinic.db.transaction(clinic.anna) as conn:
        conn.execute(
            """INSERT INTO planned_test (planned_test_id, tenant_id, client_id, kind, window_kind, opens_at, closes_at,
                   local_day, created_at)
               SELECT gen_random_uuid(), %s, %s, 'random', 'breath_test', at, at + interval '1 h', at::date, %s
                 FROM unnest(%s::timestamptz[]) AS t (at)""",
            (clinic.tenant_id, clinic.client_id, START, [NOW - timedelta(hours=3), NOW + timedelta(hours=3)]),
        )
    _, data = _opened(person_export.export_own(clinic.db, clinic.client, now=NOW))
    [row] = data["planned_tests"]
    assert datetime.fromisoformat(row["opens_at"]).astimezone(UTC) < NOW
    assert all(datetime.fromisoformat(one["opens_at"]) <= NOW for one in data["windows"])


_NOT_EXPORTED = {
    "account": "the login: section logins",
    "client": "section person",
    "client_key": "a key, no datum",
    "assignment": "section who_may_see",
    "access_log": "section who_has_looked",
    "test_result": "in section readings",
    "client_day": "section days",
    "client_trend": "section trend_now",
    "risk_score": "section scores",
    "shadow_score": "a model that nobody sees; never used for anything about the person",
    "assessment_due": "a list of work, emptied within seconds",
    "alert_step": "who was told: section who_was_told",
    "notice": "section who_was_told",
    "message_read": "section messages_read",
    "enrolment_code": "a one-time code's digest",
    "work_event": "minutes of staff",
    "sharing": "section relatives",
}
"""Tables about a client that are no section of their own, and why."""


@pytest.mark.requirement("G2")
def test_every_table_about_a_client_is_in_the_export_or_has_a_reason(clinic: Clinic) -> None:
    text = files("backend.store.queries").joinpath("person_export.sql").read_text()
    told = set(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", text))
    rows = clinic.rows(
        "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped"
    )
    assert {str(row["name"]) for row in rows} - told - set(_NOT_EXPORTED) == set()

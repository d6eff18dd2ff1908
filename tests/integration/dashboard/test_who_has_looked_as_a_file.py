"""Who has looked, as a table and as a readable file: for the client, and for staff who hand it out."""

import csv
import io
from hashlib import sha256
from typing import Any

import pytest

from backend.access.principal import SYSTEM
from backend.errors import Forbidden
from backend.services import access_chain, access_extract, clients, emergencies
from backend.services.access_extract import Vocabulary
from backend.services.pdf_pages import Pages
from dashboard.contexts.own import vocabulary
from dashboard.language import language
from tests.integration.dashboard.test_signing_in import token_of
from tests.support.care import add_account

SWEDISH = vocabulary(language("sv"))


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.mark.requirement("L6")
def test_the_client_takes_out_who_looked_when_in_which_role_and_why(evening: Any) -> None:
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    clients.overview(db, clinic.anna, clinic.client_id, now=now)
    emergencies.open_emergency(db, clinic.bo, "K-01", "acute_risk", "Hon ringde och lät illa", now=now)
    clients.overview(db, clinic.bo, clinic.client_id, now=now)
    own = evening.web.signed_in("klient-kommun")
    form = {"csrf_token": token_of(own.get("/me/data").text)}
    answer = own.post("/me/looks.csv", data=form)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="access-log-2026-')
    rows = table(answer.content)
    opened = [
        (one["role"], one["unit"], one["reason"]) for one in rows if one["logged_as"] == "client_overview"
    ]
    assert ("Behandlare", "Öppenvården", "vårdrelation") in opened
    assert ("Behandlare", "Öppenvården", "nödläge: fara för liv eller hälsa") in opened
    assert {one["zone"] for one in rows} == {"Europe/Stockholm"} and {one["name"] for one in rows} == {""}
    assert all(one["action"] and one["at_utc"].endswith("+00:00") and one["reason"] for one in rows)
    assert [int(one["row"]) for one in rows] == sorted((int(one["row"]) for one in rows), reverse=True)
    whole = clinic.rows("SELECT count(*) AS n FROM access_log WHERE client_id = %s", clinic.client_id)
    assert whole[0]["n"] == len(rows) + 1, "taking it out stands in the next one"
    assert "access_log_exported" in {
        one["logged_as"] for one in table(own.post("/me/looks.csv", data=form).content)
    }
    readable = own.post("/me/looks.pdf", data=form)
    assert readable.content.startswith(b"%PDF") and readable.headers["content-type"] == "application/pdf"
    assert own.post("/me/looks.exe", data=form).status_code == 404
    assert evening.web.browser().get("/me/looks.csv").status_code in {303, 401, 405}


@pytest.mark.requirement("L6")
def test_the_readable_file_bears_the_tables_digest_and_where_the_chain_stood(
    evening: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    told: list[str] = []
    inside: dict[str, bytes] = {}

    class Read(Pages):
        def line_of_text(self, text: str) -> None:
            told.append(text)
            super().line_of_text(text)

        def small(self, text: str) -> None:
            told.append(text)
            super().small(text)

        def embed_file(self, *given: Any, **named: Any) -> Any:
            inside[named["basename"]] = named["bytes"]
            return super().embed_file(*given, **named)

    monkeypatch.setattr(access_extract, "Pages", Read)
    clients.overview(db, clinic.anna, clinic.client_id, now=now)

    def taken(words: Vocabulary = SWEDISH) -> access_extract.ExtractFile:
        told.clear()
        return access_extract.extract(db, clinic.client, clinic.client_id, "pdf", words, now=now)

    taken()
    assert "Loggens kedja är ännu inte förseglad." in told
    access_chain.seal(db, SYSTEM)
    made = taken()
    [(name, data)] = inside.items()
    assert name == "access-log-2026-03-01.csv" and sha256(data).hexdigest() == made.sha256
    assert any(made.sha256 in one for one in told)
    [head] = [one for one in access_chain.heads(db, SYSTEM) if one.tenant_id == clinic.tenant_id]
    assert any(head.digest.hex() in one and f"länk {head.number}" in one for one in told)
    assert any("Behandlare, Öppenvården: öppnade din sida (vårdrelation)" in one for one in told)
    taken(vocabulary(language("en")))
    assert any("opened your page (care relation)" in one for one in told)


def test_staff_with_a_care_relation_hand_it_out_and_nobody_else(evening: Any) -> None:
    clinic, now = evening.clinic, evening.web.clock.at
    path = f"/clients/{clinic.client_id}/rights"
    anna = evening.web.signed_in("anna-kommun")
    form = {"csrf_token": token_of(anna.get(path).text)}
    assert table(anna.post(f"{path}/looks.csv", data=form).content)
    add_account(clinic, "olle", "operator")
    for username, status in (("bo-kommun", 404), ("olle", 404)):
        who = evening.web.signed_in(username)
        other = {"csrf_token": token_of(who.get("/account").text)}
        assert who.post(f"{path}/looks.pdf", data=other).status_code == status
        assert who.post("/me/looks.pdf", data=other).status_code == 404
    with pytest.raises(Forbidden):
        access_extract.extract(clinic.db, SYSTEM, clinic.client_id, "csv", SWEDISH, now=now)

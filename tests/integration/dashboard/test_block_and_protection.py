"""Block, protected identity and legal hold on pages and in the API; a planted name that is protected stands nowhere."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM
from backend.services import blocks, emergencies, enrolment, journal_pdf, journal_texts, messages
from backend.services.pdf_pages import Pages
from tests.integration.dashboard.test_signing_in import token_of
from tests.support.care import PASSWORD, add_account

NAME = "Kanarie Fågelsson"
PLANTED = ("Kanarie", "kanarie", "Fågelsson", "fågelsson")
WORDS = "Hon ringde och lät illa däran"


def says_it(text: str) -> list[str]:
    return [one for one in PLANTED if one in text]


@pytest.fixture
def planted(evening: Any) -> UUID:
    """A client with a name, an account in that name, a message that waits and a request for a pause."""
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    client: UUID = enrolment.create_client(
        db, SYSTEM, clinic.unit_id, alias="K-77", timezone="Europe/Stockholm", started_on=now.date(),
        display_name=NAME, now=now,
    )  # fmt: skip
    enrolment.assign(db, SYSTEM, clinic.anna.account_id, client, now=now)
    enrolment.create_account(
        db, SYSTEM, clinic.tenant_id, username="k77", display_name=NAME, role="client", password=PASSWORD,
        client_id=client, now=now,
    )  # fmt: skip
    own = evening.web.bearer("k77")
    assert own.post(f"/api/v1/clients/{client}/messages", json={"body": "Hej"}).status_code == 201
    consent = {"purpose": "Samverkan", "recipient": "Region", "given_how": "own_login"}
    assert own.post("/api/v1/me/consents", json=consent).status_code == 201
    span = {"from_at": (now + timedelta(days=1)).isoformat(), "to_at": (now + timedelta(days=2)).isoformat()}
    assert own.post(f"/api/v1/clients/{client}/pauses", json={**span, "reason": "Resa"}).status_code == 201
    return client


def everywhere(evening: Any, who: Any, client: UUID) -> dict[str, list[str]]:
    """Where the planted name stands: every list, search, page, call and file that this caller reaches."""
    token = {"csrf_token": token_of(who.get("/account").text)}
    reads = [
        "/", "/?q=kanarie", "/?q=F%C3%A5gelsson", "/messages", "/applications", "/leave", "/manager/access",
        "/manager/time", "/manager/unit", "/deletions", "/operations", f"/clients/{client}", f"/clients/{client}/plan",
        f"/clients/{client}/rights", f"/clients/{client}/protection", f"/clients/{client}/phones",
        f"/clients/{client}/journal", f"/clients/{client}/forms", f"/clients/{client}/equipment",
        f"/clients/{client}/figure.json", "/api/v1/triage", "/api/v1/alerts", "/api/v1/messages/waiting",
        f"/api/v1/clients/{client}", f"/api/v1/clients/{client}/messages", f"/api/v1/clients/{client}/pauses",
        f"/api/v1/clients/{client}/rights", f"/api/v1/clients/{client}/access-log", "/api/v1/unit/deletions",
    ]  # fmt: skip
    found = {}
    for path in reads:
        answer = who.get(path)
        assert answer.status_code < 500, path
        if says_it(answer.text):
            found[path] = says_it(answer.text)
    table = who.post(f"/clients/{client}/export.csv", data={**token, "days": "28"})
    if says_it(table.text):
        found["export.csv"] = says_it(table.text)
    return found


def test_a_protected_name_stands_before_nobody_but_those_who_take_care_of_them(
    evening: Any, planted: UUID
) -> None:
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    add_account(clinic, "chefen", "manager")
    add_account(clinic, "olle", "operator")
    enrolment.assign(db, SYSTEM, eva.account_id, planted, now=now)
    anna = evening.web.signed_in("anna-kommun")
    before = everywhere(evening, anna, planted)
    assert {"/", "/?q=kanarie", "/messages", f"/clients/{planted}"} <= set(before), "the name is planted"
    page = f"/clients/{planted}/protection"
    token = {"csrf_token": token_of(anna.get(page).text)}
    assert anna.post(f"{page}/identity", data={**token, "to": "on"}).status_code == 303
    # whoever takes care of them in their own unit reads it on that client's pages, and in no list
    after = everywhere(evening, anna, planted)
    own = {f"/clients/{planted}", f"/api/v1/clients/{planted}", f"/clients/{planted}/phones"}
    assert set(after) <= own and f"/clients/{planted}" in after
    emergencies.open_emergency(db, clinic.bo, "K-77", "acute_risk", WORDS, now=now)
    for username in ("eva", "bo-kommun", "chefen", "olle"):
        who = evening.web.signed_in(username)
        assert everywhere(evening, who, planted) == {}, username
        if username in {"eva", "bo-kommun"}:
            assert who.get(f"/clients/{planted}").status_code == 200
            form = {"csrf_token": token_of(who.get(f"/clients/{planted}").text)}
            assert who.post(f"/clients/{planted}/rights/file.zip", data=form).status_code == 403
    assert not says_it(str(messages.waiting(db, eva, now=now)))


def test_a_protected_name_stands_in_no_file_for_who_may_not_see_it(
    evening: Any, planted: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    told: list[str] = []

    class Read(Pages):
        def cell(self, *given: Any, **named: Any) -> Any:
            told.extend(str(one) for one in (*given, *named.values()))
            return super().cell(*given, **named)

        def multi_cell(self, *given: Any, **named: Any) -> Any:
            told.extend(str(one) for one in (*given, *named.values()))
            return super().multi_cell(*given, **named)

    monkeypatch.setattr(journal_pdf, "Pages", Read)
    journal = journal_texts.draft(db, clinic.anna, planted, now.date(), now.date(), "three_lines", now=now)
    journal_texts.sign(db, clinic.anna, journal, "Klienten följer planen.", now=now)
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    enrolment.assign(db, SYSTEM, eva.account_id, planted, now=now)
    journal_pdf.pdf(db, eva, journal, now=now)
    assert says_it("\n".join(told)), "the name is planted"
    blocks.set_protected(db, clinic.anna, planted, is_on=True, now=now)
    told.clear()
    journal_pdf.pdf(db, eva, journal, now=now)
    assert any("K-77" in one for one in told) and not says_it("\n".join(told))
    told.clear()
    journal_pdf.pdf(db, clinic.anna, journal, now=now)
    assert says_it("\n".join(told))


@pytest.mark.requirement("L5")
def test_a_client_blocks_other_units_on_their_own_page_and_lets_them_in_again(evening: Any) -> None:
    clinic = evening.clinic
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    enrolment.assign(clinic.db, SYSTEM, eva.account_id, clinic.client_id, now=evening.web.clock.at)
    own, other = evening.web.signed_in("klient-kommun"), evening.web.signed_in("eva")
    path = f"/clients/{clinic.client_id}"
    assert other.get(path).status_code == 200
    token = {"csrf_token": token_of(own.get("/me/data").text)}
    assert own.post("/me/block", data={**token, "words": ""}).status_code == 303
    assert other.get(path).status_code == 404
    shown = BeautifulSoup(own.get("/me/data").text, "html.parser").select_one("#block")
    assert shown is not None and "En spärr gäller." in shown.text and "Öppenvården" in shown.text
    assert "inget angett; inget behövs" in shown.text
    anna = evening.web.signed_in("anna-kommun")
    assert "En spärr gäller." in anna.get(f"{path}/protection").text
    assert own.post("/me/block", data=token).status_code == 303  # asked for twice is done once
    assert own.post("/me/unblock", data={**token, "words": "Det går bra nu"}).status_code == 303
    assert "En spärr gäller." not in own.get("/me/data").text
    assert "Det går bra nu" in anna.get(f"{path}/protection").text
    assert other.get(path).status_code == 404, "a care relation that ended does not come back by itself"


@pytest.mark.requirement("L5")
def test_staff_of_the_clients_unit_set_and_lift_a_block_and_nobody_else_does(evening: Any) -> None:
    clinic, now = evening.clinic, evening.web.clock.at
    eva = add_account(clinic, "eva", "clinician", unit="Andra enheten")
    enrolment.assign(clinic.db, SYSTEM, eva.account_id, clinic.client_id, now=now)
    page = f"/clients/{clinic.client_id}/protection"
    api = f"/api/v1/clients/{clinic.client_id}/blocks"
    emergencies.open_emergency(clinic.db, clinic.bo, "K-01", "acute_risk", WORDS, now=now)
    for username in ("eva", "bo-kommun"):
        who = evening.web.signed_in(username)
        shown = BeautifulSoup(who.get(page).text, "html.parser")
        forms = [str(one["action"]) for one in shown.select("main form")]
        assert forms == [], (username, forms)
        token = {"csrf_token": token_of(str(shown))}
        assert who.post(f"{page}/block", data={**token, "words": "Vi vill"}).status_code == 403
        assert evening.web.bearer(username).post(api, json={"words": "Vi vill"}).status_code == 403
    anna = evening.web.signed_in("anna-kommun")
    token = {"csrf_token": token_of(anna.get(page).text)}
    assert anna.post(f"{page}/block", data={**token, "words": ""}).status_code == 422
    assert anna.post(f"{page}/block", data={**token, "words": "Hon bad om det"}).status_code == 303
    by_call = evening.web.bearer("anna-kommun")
    assert by_call.post(api, json={"words": "Igen"}).status_code == 409
    assert [(one["words"], one["lifted_at"]) for one in by_call.get(api).json()] == [("Hon bad om det", None)]
    assert evening.web.bearer("eva").get(api).status_code == 404
    assert by_call.post(f"{api}/lifted", json={"words": "Hon vill inte längre"}).status_code == 204
    own = evening.web.bearer("klient-kommun")
    assert own.post("/api/v1/me/blocks", json={}).status_code == 204
    assert {one["words"] for one in own.get("/api/v1/me/blocks").json()} == {
        blocks.OWN_WISH,
        "Hon bad om det",
    }
    assert own.post("/api/v1/me/blocks/lifted", json={}).status_code == 204
    assert by_call.get("/api/v1/me/blocks").status_code == 404


@pytest.mark.requirement("L7")
def test_a_legal_hold_is_seen_and_a_manager_who_follows_the_client_sets_it(evening: Any) -> None:
    clinic, now = evening.clinic, evening.web.clock.at
    chief = add_account(clinic, "chefen", "manager")
    enrolment.assign(clinic.db, SYSTEM, chief.account_id, clinic.client_id, now=now)
    page = f"/clients/{clinic.client_id}/protection"
    anna, boss = evening.web.signed_in("anna-kommun"), evening.web.signed_in("chefen")
    held = {"csrf_token": token_of(boss.get(page).text), "words": "Tvist i förvaltningsrätten"}
    mine = {"csrf_token": token_of(anna.get(page).text), "words": "Jag vill"}
    assert anna.post(f"{page}/hold", data=mine).status_code == 403
    assert boss.post(f"{page}/hold", data=held).status_code == 303
    assert "Tvist i förvaltningsrätten" in anna.get(page).text
    assert "Ett gallringsstopp gäller." in anna.get(page).text
    assert boss.post(f"{page}/unhold", data={**held, "words": "Avgjord"}).status_code == 303
    call = evening.web.bearer("chefen")
    api = f"/api/v1/clients/{clinic.client_id}/legal-holds"
    assert [one["lift_reason"] for one in call.get(api).json()] == ["Avgjord"]
    assert call.post(api, json={"words": "Ny tvist"}).status_code == 204
    assert call.post(f"{api}/lifted", json={"words": "Avgjord igen"}).status_code == 204

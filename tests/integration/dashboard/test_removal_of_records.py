"""Removal of a whole record on pages: proposed, approved by somebody else, carried out, and its certificate."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM
from backend.services import deletion, registers
from tests.integration.dashboard.test_signing_in import token_of
from tests.support.care import add_account

PAGE = "/deletions"


def tree(who: Any) -> BeautifulSoup:
    return BeautifulSoup(who.get(PAGE).text, "html.parser")


@pytest.mark.requirement("L7")
def test_two_people_remove_a_record_and_its_certificate_is_byte_for_byte(evening: Any) -> None:
    clinic, db = evening.clinic, evening.clinic.db
    evening.web.clock.at += timedelta(days=6 * 366)
    chief = add_account(clinic, "chefen", "manager")
    boss = evening.web.signed_in("chefen")
    shown = tree(boss)
    [record] = [str(one["value"]) for one in shown.select("[name=record_id]")]
    assert record == str(clinic.client_id) and "K-01" in shown.text
    token = {"csrf_token": token_of(str(shown))}
    told = {**token, "record_id": record, "words": "Fem år efter sista anteckning"}
    assert boss.post(PAGE, data={**told, "record_id": "nej"}).status_code == 422
    assert boss.post(PAGE, data=told).status_code == 303
    after = tree(boss)
    assert "Du föreslog det: någon annan godkänner." in after.text
    assert not after.select("form[action$='/approve']")
    [case] = deletion.cases(db, chief)
    # a form sent all the same is refused in words
    answer = boss.post(f"{PAGE}/{case.case_id}/approve", data=token)
    assert answer.headers["location"].endswith("deletion_same_person")
    bo = evening.web.signed_in("bo-kommun")
    second = tree(bo)
    assert "Akter som får gallras" not in second.text, "a clinician approves and proposes nothing"
    [form] = second.select("form[action$='/approve']")
    assert bo.post(str(form["action"]), data={"csrf_token": token_of(str(second))}).status_code == 303
    assert "Gallras i natt" in tree(bo).text
    assert bo.get(f"{PAGE}/{case.case_id}/certificate.json").status_code == 404
    assert deletion.carry_out(db, SYSTEM, now=evening.web.clock.at) == 1
    answer = bo.get(f"{PAGE}/{case.case_id}/certificate.json")
    assert "attachment" in answer.headers["content-disposition"]
    [done] = deletion.cases(db, chief)
    assert sha256(answer.content).hexdigest() == done.sha256
    assert str(done.sha256) in tree(bo).text and b"K-01" not in answer.content
    assert evening.web.signed_in("anna-kommun").get(PAGE).status_code == 200
    add_account(clinic, "olle", "operator")
    assert evening.web.signed_in("olle").get(PAGE).status_code == 403


@pytest.mark.requirement("L8", "US1")
def test_a_consent_is_noted_used_for_a_disclosure_and_taken_back_by_the_client(evening: Any) -> None:
    clinic, db = evening.clinic, evening.clinic.db
    anna, path = evening.web.signed_in("anna-kommun"), f"/clients/{clinic.client_id}/rights"
    token = {"csrf_token": token_of(anna.get(path).text)}
    agreed = {"purpose": "Samverkan om bostad", "recipient": "Bostadsbolaget", "given_how": "in_writing"}
    assert anna.post(f"{path}/consents", data={**token, **agreed, "ends_on": "snart"}).status_code == 422
    assert anna.post(f"{path}/consents", data={**token, **agreed}).status_code == 303
    shown = BeautifulSoup(anna.get(path).text, "html.parser")
    [ground] = [str(one["value"]) for one in shown.select("option[value^='consent:']")]
    told = {"recipient": "Bostadsbolaget", "what_plan": "1", "ground": ground, "words": "Som avtalat"}
    assert anna.post(f"{path}/disclosures", data={**token, **told}).status_code == 303
    own = evening.web.signed_in("klient-kommun")
    page = BeautifulSoup(own.get("/me/data").text, "html.parser")
    given = page.select_one("#given")
    assert (
        given is not None and "Bostadsbolaget: planen" in given.text and "Samverkan om bostad" in given.text
    )
    [form] = given.select("form")
    assert own.post(str(form["action"]), data={"csrf_token": token_of(str(page))}).status_code == 303
    [consent] = registers.of_client(db, clinic.anna, clinic.client_id, now=evening.web.clock.at).consents
    assert consent["withdrawn_at"] is not None
    assert "taget tillbaka" in anna.get(path).text
    assert anna.post(f"{path}/disclosures", data={**token, **told}).status_code == 422


@pytest.mark.requirement("G3")
def test_a_client_asks_for_erasure_on_their_own_page_once_at_a_time(evening: Any) -> None:
    own = evening.web.signed_in("klient-kommun")
    token = {"csrf_token": token_of(own.get("/me/data").text)}
    wish = {**token, "scope": "own_words", "says": "Ta bort det jag skrev i mars"}
    assert own.post("/me/erasures", data={**wish, "scope": "allt"}).status_code == 422
    assert own.post("/me/erasures", data=wish).headers["location"].endswith("erasure_asked")
    assert own.post("/me/erasures", data=wish).headers["location"].endswith("erasure_waits")
    page = BeautifulSoup(own.get("/me/data").text, "html.parser").select_one("#erasure")
    assert page is not None and "Ta bort det jag skrev i mars" in page.text
    assert not page.select("form"), "nothing more is asked while it waits"

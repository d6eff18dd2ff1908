"""Staff decide what a client asks for, note disclosures, and hand out everything, on one page."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from backend.services import erasure, registers
from tests.integration.dashboard.test_signing_in import token_of


@pytest.mark.requirement("G2", "G3", "L8")
def test_what_a_client_asks_for_is_decided_and_everything_is_handed_out(evening: Any) -> None:
    clinic, db, now = evening.clinic, evening.clinic.db, evening.web.clock.at
    erasure.ask(db, clinic.client, "everything", "Ta bort allt", now=now)
    anna, path = evening.web.signed_in("anna-kommun"), f"/clients/{clinic.client_id}/rights"
    page = BeautifulSoup(anna.get(path).text, "html.parser")
    assert "Ta bort allt" in page.text
    token = {"csrf_token": token_of(str(page))}
    actions = [str(form["action"]) for form in page.select("form")]
    [erase] = [one for one in actions if "/erasures/" in one]
    refused = {**token, "decision": "refuse", "refusal_code": "sol_5_years", "words": "Fem år"}
    assert anna.post(erase, data={**token, "decision": "refuse", "words": "Fem år"}).status_code == 422
    assert anna.post(erase, data=refused).status_code == 303
    told = {
        "recipient": "Region Exempel",
        "what_plan": "1",
        "masked_own_words": "1",
        "ground": "law_requires",
    }
    assert anna.post(f"{path}/disclosures", data={**token, **told, "words": "Enligt lag"}).status_code == 303
    found = registers.of_client(db, clinic.client, clinic.client_id, now=now)
    assert found.erasures[0]["refusal_code"] == "sol_5_years"
    assert found.disclosures[0]["what"] == ["plan"]
    after = anna.get(path).text
    assert "Socialtjänsten bevarar en personakt i fem år" in after and "klientens egna ord" in after
    answer = anna.post(f"{path}/file.zip", data=token)
    assert answer.headers["content-type"] == "application/zip" and answer.content.startswith(b"PK")
    assert evening.web.signed_in("bo-kommun").get(path).status_code == 404
    assert evening.web.signed_in("klient-kommun").get(path).status_code == 403

"""The demo's other people are made once, also when a first start was cut off among them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.access.principal import Principal
from backend.services import alert_policy, auth, scoring
from backend.services.sign_in_steps import OPTIONAL
from backend.store.pool import Database
from nykter.demo import others
from nykter.demo.world import TENANT, Login
from tests.support.care import START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases

NOW = START + timedelta(days=1)


@pytest.fixture
def clinic(postgres_server: TestDatabases) -> Iterator[Clinic]:
    with postgres_server.fresh() as url, Database(url) as db:
        yield make_clinic(db, tenant_id=TENANT)


def who_signs_in(db: Database, login: Login) -> Principal | None:
    signed_in = auth.sign_in(db, login.username, login.password, policy=OPTIONAL, now=NOW)
    found = auth.principal_for(db, signed_in.token, policy=OPTIONAL, now=NOW)
    return found[0] if found else None


def test_a_second_attempt_makes_nobody_twice_and_every_login_opens(clinic: Clinic) -> None:
    staff = (clinic.anna, add_account(clinic, "chefen", "manager"))
    logins, model = others.logins({}), scoring.model_from(None)
    known = {who: login.as_json() for who, login in logins.items()}
    for again in (logins, others.logins(known)):
        link = others.let_in(clinic.db, staff, clinic.client, again, 7, model, NOW)
        assert link.startswith("/r/")
    for who, login in logins.items():
        found = who_signs_in(clinic.db, login)
        assert found is not None, who
        assert found.role == {"colleague": "clinician"}.get(who, who)
    rota = alert_policy.rota(clinic.db, staff[1], clinic.unit_id, now=NOW)
    assert len(rota.lines) == 3

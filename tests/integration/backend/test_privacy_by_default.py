"""A new tenant that has chosen nothing collects and sends the least (GDPR 25)."""

import pytest

from backend.services import clients, registers, relatives
from backend.store.pool import Database
from nykter.channels import channels_from
from nykter.settings import ChannelSettings
from tests.support.care import START, make_clinic


@pytest.mark.requirement("G5", "I2")
def test_a_new_tenant_collects_and_sends_the_least(postgres_database: str) -> None:
    with Database(postgres_database) as db:
        clinic = make_clinic(db, plan=False)
        head = clients.overview(db, clinic.anna, clinic.client_id, now=START)
        assert (head.display_name, head.gateway is not None, head.past_alerts) == (None, True, ())
        assert relatives.of_client(db, clinic.client, clinic.client_id, now=START) == ()
        found = registers.of_client(db, clinic.client, clinic.client_id, now=START)
        assert (found.consents, found.disclosures) == ((), ())
        [tenant] = clinic.rows("SELECT settings FROM tenant")
        assert tenant["settings"] == {}
        for table in ("contact_point", "background_batch", "breathalyzer_pairing", "sharing", "planned_test"):
            assert clinic.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 0}], table
        columns = {str(row["name"]) for row in clinic.rows(
            "SELECT a.attname AS name FROM pg_attribute a WHERE a.attrelid = 'client'::regclass AND a.attnum > 0"
        )}  # fmt: skip
        assert not columns & {
            "personal_identity_number",
            "personnummer",
            "address",
            "phone",
            "location",
            "photo",
        }
    channels = channels_from(ChannelSettings.from_environment())
    assert not channels.by_kind

"""The short form of `make fuzz-api`: every operation once as every role, with another tenant's data planted."""

import pytest

from tests.fuzz.api import fuzz, staged


@pytest.mark.requirement("L4", "D4", "H12")
@pytest.mark.timeout(180)
def test_as_every_role_nothing_breaks_the_description_or_shows_the_other_tenant(
    postgres_database: str,
) -> None:
    with staged(postgres_database) as stage:
        found = fuzz(stage, per_operation=1)
    assert found.faults == []
    assert found.cases > 500 and {200, 401, 403, 404} <= set(found.statuses)

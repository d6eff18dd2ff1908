"""How long what is kept: never shorter than the law has it, and never by a slip of the pen."""

from datetime import timedelta
from typing import Any

import pytest

from backend.domain.retention import CLINICAL, DEFAULT_DAYS, FLOOR_DAYS, Kind, RetentionError, keep_days
from backend.ingest.verification import OLDEST


def test_a_tenant_that_has_said_nothing_keeps_clinical_data_ten_years_and_the_access_log_five() -> None:
    assert {kind: keep_days({}, kind) for kind in Kind} == DEFAULT_DAYS
    assert all(DEFAULT_DAYS[kind] >= 10 * 365 + 3 for kind in CLINICAL)
    assert DEFAULT_DAYS[Kind.ACCESS_LOG] >= 5 * 365 + 2


def test_what_a_tenant_says_counts_for_that_kind_alone() -> None:
    settings = {"retention_days": {"readings": 1827}}
    assert keep_days(settings, Kind.READINGS) == 1827
    assert keep_days(settings, Kind.ANSWERS) == DEFAULT_DAYS[Kind.ANSWERS]


@pytest.mark.parametrize("told", [1826, 0, -1, True, "1827", 1827.0, None, 10**6])
@pytest.mark.requirement("L1", "L7")
def test_the_access_log_is_never_kept_shorter_than_five_years(told: Any) -> None:
    with pytest.raises(RetentionError):
        keep_days({"retention_days": {"access_log": told}}, Kind.ACCESS_LOG)


@pytest.mark.parametrize("told", [[], 5, "readings", None])
def test_settings_that_are_no_mapping_are_refused(told: Any) -> None:
    with pytest.raises(RetentionError):
        keep_days({"retention_days": told}, Kind.READINGS)


def test_no_message_that_ingest_takes_is_old_enough_to_touch_days_without_their_readings() -> None:
    for kind in CLINICAL:
        assert timedelta(days=FLOOR_DAYS[kind]) > OLDEST + timedelta(days=300)

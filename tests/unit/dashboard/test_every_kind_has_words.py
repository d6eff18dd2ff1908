"""Tables keyed by a kind of alert hold every kind: one that lacks it is a page that does not open when it matters."""

from collections.abc import Mapping
from typing import get_args

import pytest

from backend.domain import alerting, triage
from backend.services import views
from dashboard import words
from dashboard.contexts import alert


@pytest.mark.parametrize(
    "table",
    [alert._BASES, words.ALERTS, triage._GROUP_OF, alerting._RANK],
    ids=["bases", "words", "groups", "rank"],
)
def test_every_kind_of_alert_is_in_it(table: Mapping[str, object]) -> None:
    assert set(table) == set(get_args(alerting.AlertKind)) == set(get_args(views.AlertKind))

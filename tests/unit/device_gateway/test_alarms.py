from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from device_gateway.alarms import Facts, alarms_of
from device_gateway.web.texts import LANGUAGES, texts
from device_gateway.web.view import _ALARMS

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WELL = Facts(unwritten=0, reserve_held=True, fill_percent=3, refused=0, damaged_at=None, clock_offset_ms=-900)


def test_a_gateway_that_is_well_has_no_alarm() -> None:
    assert alarms_of(WELL, NOW) == ()


@pytest.mark.parametrize(
    ("facts", "alarm"),
    [
        (replace(WELL, unwritten=1), "disk_full"),
        (replace(WELL, reserve_held=False), "disk_full"),
        (replace(WELL, fill_percent=80), "outbox_nearly_full"),
        (replace(WELL, damaged_at=NOW - timedelta(days=6)), "outbox_damaged"),
        (replace(WELL, damaged_at=NOW + timedelta(days=6)), "outbox_damaged"),
        (replace(WELL, refused=1), "messages_refused"),
        (replace(WELL, clock_offset_ms=300_001), "clock_off"),
        (replace(WELL, clock_offset_ms=-300_001), "clock_off"),
    ],
)
def test_each_trouble_has_its_alarm(facts: Facts, alarm: str) -> None:
    assert alarms_of(facts, NOW) == (alarm,)


def test_an_old_damage_is_no_alarm_for_ever() -> None:
    assert alarms_of(replace(WELL, damaged_at=NOW - timedelta(days=8)), NOW) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alarm_has_words_on_the_page(language: str) -> None:
    told = {*_ALARMS, "messages_refused"}
    worst = Facts(1, False, 99, 1, NOW, 10**9, certificate_ends=True)
    assert set(alarms_of(worst, NOW)) == told
    assert all(texts(language)[key] for key in _ALARMS.values())

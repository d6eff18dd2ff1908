from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nykter.clock import (
    CLOCK_FILE_VARIABLE,
    ClockSetting,
    SharedClock,
    SystemClock,
    change_speed,
    clock_from_environment,
    jump,
    set_clock,
)
from nykter.errors import NykterError

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
NEAR = timedelta(seconds=5)


def test_a_setting_maps_real_to_domain_time_and_back() -> None:
    setting = ClockSetting(START, START + timedelta(days=30), 60.0)
    real = START + timedelta(minutes=3)
    assert setting.domain_at(real) == START + timedelta(days=30, hours=3)
    assert setting.real_of(setting.domain_at(real)) == real


def test_a_standing_clock_never_reaches_the_future() -> None:
    setting = ClockSetting(START, START, 0.0)
    assert setting.domain_at(START + timedelta(days=1)) == START
    assert setting.real_of(START) == START
    assert setting.real_of(START + timedelta(seconds=1)) == datetime.max.replace(tzinfo=UTC)


def test_all_readers_see_a_jump(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, START)
    first, second = SharedClock(path), SharedClock(path)
    assert abs(first.now() - START) < NEAR
    jump(path, timedelta(hours=15))
    for clock in (first, second):
        assert abs(clock.now() - START - timedelta(hours=15)) < NEAR


def test_changing_the_speed_does_not_move_the_hands(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, START, 0.0)
    change_speed(path, 120.0)
    clock = SharedClock(path)
    assert clock.speed == 120.0
    assert START <= clock.now() < START + timedelta(minutes=10)


def test_wake_ups_are_set_in_real_time(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, START, 60.0)
    clock = SharedClock(path)
    real = clock.real_time_of(clock.now() + timedelta(minutes=15))
    assert abs(real - datetime.now(UTC) - timedelta(seconds=15)) < timedelta(seconds=2)


def test_a_clock_whose_file_is_gone_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, START)
    clock = SharedClock(path)
    path.unlink()
    assert abs(clock.now() - START) < NEAR


@pytest.mark.parametrize(
    "text", ["", "[]", '{"speed": 1}', '{"real_anchor": "x", "domain_anchor": "x", "speed": 1}']
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock.json"
    path.write_text(text)
    with pytest.raises(NykterError, match="not a clock file"):
        SharedClock(path)


@pytest.mark.parametrize(
    ("at", "speed"), [(START.replace(tzinfo=None), 1.0), (START, -1.0), (START, float("nan"))]
)
def test_a_clock_cannot_be_set_wrongly(tmp_path: Path, at: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match="aware instant"):
        set_clock(tmp_path / "clock.json", at, speed)


def test_the_environment_chooses_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    set_clock(path, START)
    assert isinstance(clock_from_environment({}), SystemClock)
    assert abs(clock_from_environment({CLOCK_FILE_VARIABLE: str(path)}).now() - START) < NEAR


def test_the_system_clock_is_aware_and_its_own_inverse() -> None:
    clock = SystemClock()
    now = clock.now()
    assert now.utcoffset() == timedelta(0)
    assert clock.real_time_of(now) == now

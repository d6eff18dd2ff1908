"""The soak, short: everything is killed at random, the disk fills up, and the gateways' own account is settled."""

import random

import pytest

from nykter.runtime.broker import mosquitto_program
from tests.soak.run import Soak
from tests.support.servers import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_nothing_is_lost_or_doubled_and_every_window_has_one_state(dice: random.Random) -> None:
    if mosquitto_program() is None:
        missing("mosquitto is not installed")
    soak = Soak(gateways=30, seconds=20, seed=dice.randrange(2**32), pause_s=(1.0, 3.0))
    assert soak.run() == []
    assert sum(soak.kills.values()) >= 5

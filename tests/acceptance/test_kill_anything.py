"""SIGKILL of any process while 2,000 readings are under way: every one ends up in the database exactly once.

Every part is the real one in a process of its own, kept running by the demo's supervisor: broker, ingest, worker, web
and one gateway whose outbox holds months; the other homes' connections live in this process. When and in which order
what is killed is drawn by lot: the seed is printed, and NYKTER_TEST_SEED repeats a run.
"""

import random
import time

import pytest

from nykter.runtime.broker import Broker
from nykter.runtime.brokers import ExternalBroker
from tests.support.whole_system import WholeSystem, running_system

READINGS = 2000
KILLS = {"ingest": 3, "broker": 2, "worker": 2, "web": 2, "gateway": 2}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.requirement("H5", "H6", "H12")
def test_whatever_is_killed_every_reading_is_stored_exactly_once(
    postgres_database: str, broker: Broker, dice: random.Random
) -> None:
    if isinstance(broker, ExternalBroker):
        pytest.skip("a broker somebody else runs is not ours to kill")
    with running_system(postgres_database, broker) as system:
        assert len(system.sent) >= READINGS, "fewer readings than promised"
        lots = {victim: _points(system, victim, times, dice) for victim, times in KILLS.items()}
        print(f"killed when so many are stored: {lots}")
        system.wait_for(lambda: _kill_who_is_due(system, lots, dice), 90)
        system.wait_for(lambda: system.fleet.waiting == 0 and system.gateway_waiting() == 0, 90)
        system.wait_for(system.everybody_is_well, 60)
        system.wait_for(lambda: system.unassessed() == 0, 60)
        for victim, times in KILLS.items():
            assert system.restarts(victim) >= times, victim
        system.stop()
        _assert_exactly_once(system)
        _assert_logs_name_nobody(system)


def _points(system: WholeSystem, victim: str, times: int, dice: random.Random) -> list[int]:
    """After how many stored readings it is killed, rising; for the gateway, how many of its own."""
    total = len(system.sent_by_gateway) if victim == "gateway" else len(system.sent)
    return sorted(dice.sample(range(total * 19 // 20), times))


def _kill_who_is_due(system: WholeSystem, lots: dict[str, list[int]], dice: random.Random) -> bool:
    """Kill whoever has reached a point and runs; True once every kill has been made."""
    for victim in dice.sample(sorted(lots), len(lots)):
        device = system.gateway_device if victim == "gateway" else None
        if not lots[victim] or not system.services[victim].is_running():
            continue
        if system.stored(device) >= lots[victim][0]:
            time.sleep(dice.random() * 0.03)
            lots[victim].pop(0)
            print(f"kill -9 {victim}, {system.stored()} of {len(system.sent)} stored")
            system.services[victim].kill()
    return not any(lots.values())


def _assert_logs_name_nobody(system: WholeSystem) -> None:
    """What every process has written down while it was killed and came back names no person and no value."""
    names = system.looking.execute(
        "SELECT alias FROM client UNION SELECT display_name FROM client WHERE display_name IS NOT NULL"
        " UNION SELECT username FROM account UNION SELECT display_name FROM account WHERE display_name <> ''"
        " UNION SELECT study_person FROM client WHERE study_person IS NOT NULL"
    ).fetchall()
    logs = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in system.folder.logs.glob("*.log")
    }
    assert logs and len(names) > 5
    found = {(log, name) for log, text in logs.items() for (name,) in names if len(name) > 2 and name in text}
    assert found == set()
    assert not [log for log, text in logs.items() if "mg/L" in text or '"brac' in text]


def _assert_exactly_once(system: WholeSystem) -> None:
    found = system.readings_in_database()
    keys = [key for key, _ in found]
    assert len(keys) == len(set(keys)), "stored twice"
    assert set(keys) == system.sent.keys()
    assert dict(found) == system.sent, "stored, but not the bytes that were sent"
    assert system.dead_letters() == []
    assert system.outbox_rows() == (0, 0), "waiting, refused"
    assert system.fleet.verdicts().keys() <= {"stored", "duplicate"}

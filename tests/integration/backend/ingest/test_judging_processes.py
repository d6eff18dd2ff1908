"""Judging in processes beside ingest says what judging here says, and a process that dies costs nothing."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.ingest.arrival import Arrival
from backend.ingest.judging import Judgement, Judges
from backend.ingest.ready import Ready, judge_all
from backend.store.gateways import Gateway
from contracts.envelope import key_id_of
from contracts.topics import Kind
from nykter.runtime.ports import wait_until
from tests.support.messages import NOW, MadeUpGateway, gateways

NUMBER = 200


@pytest.fixture
def judges() -> Iterator[Judges]:
    made = Judges(2)
    yield made
    made.close()


def enrolled(made: list[MadeUpGateway]) -> dict[str, Gateway]:
    return {
        g.device_id: Gateway(
            g.device_id, g.tenant_id, g.client_id, g.public_key, key_id_of(g.public_key), None
        )
        for g in made
    }


def mixed(made: list[MadeUpGateway]) -> list[Arrival]:
    found = []
    for index in range(NUMBER):
        one = made[index % len(made)]
        good = one.sealed_reading(measured_at=NOW)
        status = one.seal(Kind.STATUS, one.status())
        check_in = one.seal(Kind.CHECK_IN, one.check_in())
        stranger = MadeUpGateway(device_id="gw-unknown").sealed_reading()
        late = one.seal(Kind.READING, one.altered(one.reading(), attempt=0, mood=1))
        newer = one.seal(Kind.READING, one.altered(one.reading(), mood=1))
        found += [
            Arrival(one.topic(Kind.READING), good, 1, index),
            Arrival(one.topic(Kind.STATUS), status, 1, index),
            Arrival(one.topic(Kind.CHECK_IN), check_in, 1, index),
            Arrival("nykter/v1/testkommun/gw-unknown/reading", stranger, 1, index),
            Arrival(one.topic(Kind.READING), late, 1, index),
            Arrival(one.topic(Kind.READING), newer, 1, index),
            Arrival(one.topic(Kind.READING), good[:-9] + b"AAAAAAA" + good[-2:], 1, index),
            Arrival("elsewhere", b"\xff", 1, index),
        ]
    return found


def test_they_say_what_judging_here_says_in_the_same_order(judges: Judges) -> None:
    made = gateways(5)
    arrivals, known = mixed(made), enrolled(made)
    here: list[Judgement] = list(judge_all(arrivals, known, now=NOW))
    there = judges.judge(arrivals, known, now=NOW)
    assert there == here
    assert sum(isinstance(one, Ready) for one in there) == 4 * NUMBER
    assert judges.lost == 0


def test_one_that_is_killed_loses_nothing_and_is_replaced(judges: Judges) -> None:
    made = gateways(5)
    arrivals, known = mixed(made), enrolled(made)
    here: list[Judgement] = list(judge_all(arrivals, known, now=NOW))
    judges.judge(arrivals, known, now=NOW)
    victim = judges._judges[0]
    assert victim is not None
    victim._process.kill()
    assert judges.judge(arrivals, known, now=NOW) == here
    assert judges.lost == 1
    assert judges.judge(arrivals, known, now=NOW) == here
    assert judges.lost == 1


def test_one_that_dies_with_several_parts_under_way_loses_none_of_them(judges: Judges) -> None:
    made = gateways(5)
    arrivals, known = mixed(made) * 4, enrolled(made)
    here: list[Judgement] = list(judge_all(arrivals, known, now=NOW))
    judges.judge(arrivals, known, now=NOW)
    victim = judges._judges[1]
    assert victim is not None
    killing = threading.Timer(0.05, victim._process.kill)
    killing.start()
    assert judges.judge(arrivals, known, now=NOW) == here
    killing.join()
    assert judges.judge(arrivals, known, now=NOW) == here
    assert judges.lost == 1


def test_they_end_with_the_one_that_asks_and_not_before(judges: Judges) -> None:
    made = gateways(5)
    judges.judge(mixed(made), enrolled(made), now=NOW)
    judge = judges._judges[1]
    assert judge is not None
    pid = judge._process.pid
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    judges.judge(mixed(made), enrolled(made), now=NOW)
    assert judges.lost == 0
    assert judge._process.stdin is not None
    judge._process.stdin.close()
    assert wait_until(lambda: judge._process.poll() is not None, 10)
    assert not Path(f"/proc/{pid}/exe").exists() or judge._process.returncode == 0


def test_a_few_messages_are_judged_here(judges: Judges) -> None:
    made = gateways(1)
    judges.judge(mixed(made)[:10], enrolled(made), now=NOW)
    assert judges._judges == [None, None]

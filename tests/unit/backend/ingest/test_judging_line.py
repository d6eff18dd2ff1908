"""Batches from the inbox through judging to whoever stores them: in order, bounded, none dropped unasked."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from backend.errors import DatabaseUnavailable
from backend.ingest.arrival import Arrival
from backend.ingest.batch import MAX_ROWS
from backend.ingest.handler import Judged
from backend.ingest.inbox import Inbox
from backend.ingest.line import JudgingLine
from nykter.runtime.ports import wait_until
from tests.support.messages import NOW

Made = Callable[..., tuple[Inbox, JudgingLine]]
_SOON_S = 10.0


def judged(batch: Sequence[Arrival]) -> Judged:
    return Judged(batch, (), (), NOW)


@pytest.fixture
def line() -> Iterator[Made]:
    made: list[JudgingLine] = []

    def make(judge: Callable[[Sequence[Arrival]], Judged] = judged) -> tuple[Inbox, JudgingLine]:
        inbox = Inbox(rows=10 * MAX_ROWS)
        made.append(JudgingLine(inbox, judge))
        return inbox, made[-1]

    yield make
    for one in made:
        one.stop()


def some(number: int, topic: str = "t") -> list[Arrival]:
    return [Arrival(topic, str(index).encode()) for index in range(number)]


def test_batches_come_out_in_the_order_they_went_in(line: Made) -> None:
    inbox, made = line()
    sent = some(3 * MAX_ROWS + 7)
    inbox.put(sent)
    made.start()
    found: list[Arrival] = []
    while len(found) < len(sent):
        batch = made.take(_SOON_S)
        assert batch is not None
        found += batch.arrivals
    assert found == sent
    assert made.take(0.0) is None


def test_while_nobody_takes_only_two_batches_leave_the_inbox(line: Made) -> None:
    inbox, made = line()
    inbox.put(some(5 * MAX_ROWS))
    made.start()
    assert wait_until(lambda: len(inbox) == 3 * MAX_ROWS, _SOON_S)
    assert not wait_until(lambda: len(inbox) < 3 * MAX_ROWS, 0.2)


def test_the_next_batch_is_judged_while_the_one_before_is_in_hand(line: Made) -> None:
    seen: list[int] = []

    def judge(batch: Sequence[Arrival]) -> Judged:
        seen.append(len(batch))
        return judged(batch)

    inbox, made = line(judge)
    inbox.put(some(MAX_ROWS + 1))
    made.start()
    assert made.take(_SOON_S) is not None
    assert wait_until(lambda: seen == [MAX_ROWS, 1], _SOON_S)


def test_what_judging_raises_is_told_to_whoever_takes_and_the_next_batch_is_judged(line: Made) -> None:
    broken = [True]

    def judge(batch: Sequence[Arrival]) -> Judged:
        if broken.pop() if broken else False:
            raise DatabaseUnavailable
        return judged(batch)

    inbox, made = line(judge)
    inbox.put(some(MAX_ROWS + 1))
    made.start()
    with pytest.raises(DatabaseUnavailable):
        made.take(_SOON_S)
    batch = made.take(_SOON_S)
    assert batch is not None
    assert len(batch.arrivals) == 1


def test_forgetting_drops_what_is_judged_and_being_judged_but_nothing_that_comes_later(line: Made) -> None:
    being_judged, go_on = threading.Event(), threading.Event()

    def judge(batch: Sequence[Arrival]) -> Judged:
        if batch[0].topic == "slow":
            being_judged.set()
            go_on.wait(_SOON_S)
        return judged(batch)

    inbox, made = line(judge)
    inbox.put(some(MAX_ROWS, "ready") + some(MAX_ROWS, "slow") + some(5, "waiting"))
    made.start()
    assert being_judged.wait(_SOON_S)
    made.forget()
    assert len(inbox) == 0
    inbox.put(some(3, "later"))
    go_on.set()
    batch = made.take(_SOON_S)
    assert batch is not None
    assert [one.topic for one in batch.arrivals] == ["later"] * 3
    assert made.take(0.1) is None


def test_nothing_that_arrives_while_it_waits_for_messages_is_taken_for_forgotten(line: Made) -> None:
    inbox, made = line()
    made.start()
    for number in range(1, 40):
        made.forget()
        inbox.put(some(number))
        batch = made.take(_SOON_S)
        assert batch is not None
        assert len(batch.arrivals) == number


def test_finishing_hands_over_everything_first(line: Made) -> None:
    inbox, made = line()
    inbox.put(some(2 * MAX_ROWS + 3))
    made.start()
    made.finish()
    sizes = []
    while not made.finished:
        batch = made.take(0.1)
        sizes.append(0 if batch is None else len(batch.arrivals))
    assert [one for one in sizes if one] == [MAX_ROWS, MAX_ROWS, 3]

"""When a batch is closed."""

import threading
import time

from backend.ingest.arrival import Arrival
from backend.ingest.batch import next_batch
from backend.ingest.inbox import Inbox


def filled(number: int) -> Inbox:
    inbox = Inbox()
    inbox.put([Arrival("t", b"", packet_id=index) for index in range(number)])
    return inbox


def test_nothing_makes_no_batch() -> None:
    assert next_batch(Inbox(), wait_s=0.01) == []


def test_a_backlog_is_taken_in_order_up_to_the_limit() -> None:
    queue = filled(2500)
    sizes, order = [], []
    while batch := next_batch(queue, wait_s=0.01, max_rows=1000):
        sizes.append(len(batch))
        order += [one.packet_id for one in batch]
    assert sizes == [1000, 1000, 500]
    assert order == list(range(2500))


def test_a_lone_message_waits_only_for_a_pause_not_for_the_whole_linger() -> None:
    started = time.monotonic()
    assert len(next_batch(filled(1), wait_s=1, linger_s=5, idle_s=0.01)) == 1
    assert time.monotonic() - started < 2


def test_a_steady_trickle_is_closed_by_the_linger() -> None:
    inbox = Inbox()
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.002):
            inbox.put([Arrival("t", b"")])

    sender = threading.Thread(target=trickle)
    sender.start()
    try:
        started = time.monotonic()
        batch = next_batch(inbox, wait_s=5, linger_s=0.1, idle_s=5)
        took = time.monotonic() - started
    finally:
        ended.set()
        sender.join()
    assert 1 < len(batch) < 1000
    assert took < 2

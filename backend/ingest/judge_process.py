"""One judging process: reads questions from its standard input until that ends. Started by `backend.ingest.judging`."""

import pickle
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Any, BinaryIO
from uuid import UUID

from backend.ingest.arrival import Arrival
from backend.ingest.interpreter import tune_interpreter
from backend.ingest.ready import judge_all, pack
from backend.store.gateways import Gateway


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question in turn, until there are no more.

    They are read by a thread of its own: whoever asks is never kept waiting with the next one, and so never from
    reading our answer.
    """
    asked: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_read, args=(questions, asked), daemon=True).start()
    while (question := asked.get()) is not None:
        number, now, known, sent = question
        gateways = {
            device_id: Gateway(device_id, tenant_id, UUID(bytes=client), *rest)
            for device_id, tenant_id, client, *rest in known
        }
        judged = judge_all([Arrival(topic, payload) for topic, payload in sent], gateways, now=now)
        pickle.dump((number, [pack(one) for one in judged]), answers, 5)
        answers.flush()


def _read(questions: BinaryIO, asked: "SimpleQueue[Any]") -> None:
    try:
        while True:
            asked.put(pickle.load(questions))  # noqa: S301 (our own parent's pipe)
    except (EOFError, pickle.UnpicklingError):
        asked.put(None)  # there will be no more


def main() -> None:
    """The process. A signal to the whole group is for the one that asks: it closes the pipe when it has finished."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    tune_interpreter()
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        return  # the one that asked is gone


if __name__ == "__main__":
    main()

"""One judging process: reads questions from its standard input until that ends. Started by `backend.ingest.judging`."""

import pickle
import signal
import sys
from typing import BinaryIO
from uuid import UUID

from backend.ingest.arrival import Arrival
from backend.ingest.interpreter import tune_interpreter
from backend.ingest.ready import judge_all, pack
from backend.store.gateways import Gateway


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question, until there are no more."""
    while True:
        try:
            number, now, known, sent = pickle.load(questions)  # noqa: S301 (our own parent's pipe)
        except EOFError:
            return
        gateways = {
            device_id: Gateway(device_id, tenant_id, UUID(bytes=client), *rest)
            for device_id, tenant_id, client, *rest in known
        }
        judged = judge_all([Arrival(topic, payload) for topic, payload in sent], gateways, now=now)
        pickle.dump((number, [pack(one) for one in judged]), answers, 5)
        answers.flush()


def main() -> None:
    """The process. A signal to the whole group is for the one that asks: it closes the pipe when it has finished."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    tune_interpreter()
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, pickle.UnpicklingError):
        return  # the one that asked is gone


if __name__ == "__main__":
    main()

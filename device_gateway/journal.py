"""The run under way, kept on disk so that a killed gateway can still say what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from contracts.reading import Failure
from device_gateway.retest import Chain
from device_gateway.test_run import Phase, Run

OPEN_RUN = "open_run"
CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class Journal:
    """A run with the domain time of its last change; for a run with a result: when the value was produced."""

    run: Run
    at: datetime


_JOURNAL = TypeAdapter(Journal)
_CHAIN = TypeAdapter(Chain)


def journal_text(journal: Journal) -> str:
    """As kept in the outbox's notes."""
    return _JOURNAL.dump_json(journal).decode()


def journal_from(text: str) -> Journal | None:
    """The kept run; None when the text is not one (of this version)."""
    try:
        return _JOURNAL.validate_json(text)
    except ValidationError:
        return None


def closed(journal: Journal) -> Run:
    """The run as it must be recorded after the gateway was killed: complete if its value stood, else aborted."""
    run = journal.run
    if run.phase is Phase.RESULT:
        return replace(run, settled=True)
    if run.ended:
        return run
    return replace(run, phase=Phase.ABORTED, failure=Failure.COMM, code="gateway_restarted", settled=True)


def chain_text(chain: Chain | None) -> str | None:
    """As kept in the outbox's notes."""
    return None if chain is None else _CHAIN.dump_json(chain).decode()


def chain_from(text: str | None) -> Chain | None:
    """The kept retest chain, if there is one."""
    if text is None:
        return None
    try:
        return _CHAIN.validate_json(text)
    except ValidationError:
        return None

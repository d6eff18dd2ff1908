"""One thing that was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is. Only FAULT keeps Nykter from doing what it was asked to do."""

    OK = "ok"
    NOTE = "note"
    """Missing or other than usual; something else takes its place."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, in words, and what to do about it (empty when nothing)."""

    what: str
    state: State
    says: str
    do: str = ""


def ok(what: str, says: str) -> Finding:
    """All is well."""
    return Finding(what, State.OK, says)


def note(what: str, says: str, do: str = "") -> Finding:
    """Worth knowing; nothing is broken."""
    return Finding(what, State.NOTE, says, do)


def fault(what: str, says: str, do: str) -> Finding:
    """Broken: the remedy is always named."""
    return Finding(what, State.FAULT, says, do)

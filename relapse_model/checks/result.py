"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["issue", "passed", "not_applicable"]


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check on one horizon, with a sentence that gives the figures. Never silently absent."""

    code: str
    horizon_hours: int
    outcome: Outcome
    explanation: str

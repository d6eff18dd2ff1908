"""What somebody writes into a plan, checked and complete, before it is set, proposed or previewed."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain.plans import Plan, PlanError, read_random, read_rules, read_windows
from backend.domain.wording import Sentence
from backend.errors import Invalid
from backend.services.views import Text

LONGEST_REASON = 2000
_MOST_PARTS = 40


class PlanInvalid(Invalid):
    """The plan cannot be used as written; `said` names what is wrong, in both languages."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(said.en)
        self.said = Text(said.sv, said.en)


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan's content as written: `windows` and `random` as lists of items, `rules` where they differ from defaults.

    `timezone` None: that of the plan before it, or the client's.
    """

    windows: Sequence[Mapping[str, Any]]
    rules: Mapping[str, Any] | None = None
    random: Sequence[Mapping[str, Any]] = ()
    timezone: str | None = None

    def plan(self, plan_id: UUID, valid_from: datetime, timezone: str) -> Plan:
        """The plan it comes to, with a fresh seed. Raises Invalid naming what is wrong."""
        if len(self.windows) > _MOST_PARTS or len(self.random) > _MOST_PARTS:
            raise Invalid(f"a plan has at most {_MOST_PARTS} windows")
        try:
            return Plan(
                plan_id,
                check_zone(self.timezone or timezone),
                valid_from,
                None,
                read_windows(self.windows),
                read_rules(self.rules or {}),
                read_random(self.random),
                secrets.randbits(62),
            )
        except PlanError as error:
            raise PlanInvalid(error.said) from error

    def stored(self, plan: Plan) -> dict[str, Any]:
        """Windows, random tests and complete rules as the store takes them."""
        return {
            "windows": [dict(item) for item in self.windows],
            "random": [dict(item) for item in self.random],
            "rules": asdict(plan.rules),
        }


def check_zone(timezone: str) -> str:
    """The name, if it is an IANA time zone. Raises Invalid."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(f"{timezone!r} is not an IANA time zone") from error
    return timezone


def check_reason(reason: str) -> str:
    """The words, trimmed. Raises Invalid when there are none, or too many."""
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Invalid(f"a reason in words is needed, of at most {LONGEST_REASON} characters")
    return said

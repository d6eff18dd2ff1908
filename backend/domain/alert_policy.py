"""What a unit decides about its alerts, and what holds while it has decided nothing."""

from dataclasses import dataclass, field

from backend.domain.budget import DEFAULT_PER_WEEK
from backend.domain.escalation import Waits
from backend.domain.working_time import WorkingHours


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Working hours, waits, and predictive signals per clinician and week.

    Source of the defaults: the domain reference 11 (assumptions).
    """

    hours: WorkingHours = field(default_factory=WorkingHours)
    waits: Waits = field(default_factory=Waits)
    budget_per_week: float = DEFAULT_PER_WEEK


DEFAULT_POLICY = AlertPolicy()

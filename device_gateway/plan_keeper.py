"""Keeps the newest plan of the backend in the outbox's file, so that it is there after weeks and restarts offline."""

import logging
import threading

from contracts.errors import ContractError
from contracts.plan import Plan, Term
from device_gateway.errors import PlanError
from device_gateway.outbox import Outbox
from device_gateway.retest import RetestRules

log = logging.getLogger(__name__)

NOTE = "plan"


class PlanKeeper:
    """Of one gateway. `take` may be called from any thread."""

    def __init__(self, outbox: Outbox, device_id: str) -> None:
        self._outbox, self._guard = outbox, threading.Lock()
        self._plan = _read(outbox.note(NOTE), device_id)

    @property
    def plan(self) -> Plan | None:
        """The plan in use."""
        return self._plan

    def take(self, plan: Plan) -> bool:
        """Keep a VERIFIED plan; False when it is the one held or an earlier making of the same version.

        Raises PlanError for an older version, OutboxError when it cannot be kept; then the one held stays in use.
        """
        with self._guard:
            held = self._plan
            if held is not None and plan.plan_version < held.plan_version:
                raise PlanError("an older plan than the one held")
            if held is not None and (plan.plan_version, plan.made_at) <= (held.plan_version, held.made_at):
                return False
            self._outbox.set_note(NOTE, plan.canonical_bytes().decode())
            self._plan = plan
            return True


def rules_of(term: Term, before: RetestRules) -> RetestRules:
    """The retest rules with the plan's limits; what a plan does not tell stays as it was set."""
    limits = term.limits
    return RetestRules(
        trace_mg_per_l=limits.trace_mg_per_l,
        positive_mg_per_l=limits.positive_mg_per_l,
        wait_minutes=limits.retest_after_min,
        give_up_minutes=limits.retest_within_min,
        tolerance_mg_per_l=limits.tolerance_mg_per_l,
        max_retests=before.max_retests,
        test_to_zero=limits.test_to_zero or before.test_to_zero,
    )


def _read(text: str | None, device_id: str) -> Plan | None:
    if text is None:
        return None
    try:
        plan = Plan.read(text.encode()).value
    except ContractError:
        log.error("the plan kept here cannot be read; the backend will be asked for it")
        return None
    return plan if plan.device_id == device_id else None

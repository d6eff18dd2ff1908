"""Plans of a client: history, preview, set, propose, agree; pauses, excuses, ordered tests. Rules: the services."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import excuses, pauses, planned_tests, plans
from backend.services.plan_views import ExcuseView, PauseView, PlanHistory, PreviewView

router = APIRouter(tags=["plans"])
_Items = Annotated[tuple[dict[str, Any], ...], Field(max_length=40)]
_Reason = Annotated[str, Field(min_length=1, max_length=2000)]
_Zone = Annotated[str, Field(min_length=1, max_length=64)]


class Draft(BaseModel, extra="forbid"):
    """A plan as written: windows and random tests on the wall clock of `timezone` (default the client's)."""

    windows: _Items
    random: _Items = ()
    rules: dict[str, float] = {}
    timezone: _Zone | None = None
    valid_from: AwareDatetime | None = None

    def content(self) -> plans.Draft:
        """As the services take it."""
        return plans.Draft(self.windows, self.rules, self.random, self.timezone)

    def start(self) -> datetime | None:
        """When it begins, in UTC."""
        return None if self.valid_from is None else self.valid_from.astimezone(UTC)


class NewPlan(Draft):
    """A plan with the reason for it."""

    reason: _Reason


class Travel(BaseModel, extra="forbid"):
    """The client's clock is another from a moment on."""

    timezone: _Zone
    from_at: AwareDatetime | None = None
    reason: _Reason


class NewPause(BaseModel, extra="forbid"):
    """A time without tests."""

    from_at: AwareDatetime
    to_at: AwareDatetime
    reason: _Reason


class Decision(BaseModel, extra="forbid"):
    """Yes or no, with words; a no needs them."""

    granted: bool
    note: Annotated[str, Field(max_length=2000)] = ""


class NewExcuse(BaseModel, extra="forbid"):
    """Which window: its id, or its kind and opening when it is far ahead; and why."""

    window_id: UUID | None = None
    kind: Literal["breath_test", "check_in", "visit"] = "breath_test"
    opens_at: AwareDatetime | None = None
    reason: _Reason


class Order(BaseModel, extra="forbid"):
    """A test within the next minutes."""

    within_min: Annotated[int, Field(ge=15, le=240)] = 60
    reason: _Reason


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


@router.get("/clients/{client_id}/plans")
def history(client_id: UUID, on: OnCaller) -> PlanHistory:
    """Every plan, newest first, with who changed what from when and why; and open proposals."""
    return plans.history(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/plans", status_code=201)
def set_plan(client_id: UUID, body: NewPlan, on: OnCaller) -> Created:
    """Put a plan into force. 409 when a later one exists."""
    draft = body.content()
    made = plans.set_plan(
        on.db,
        on.principal,
        client_id,
        draft.windows,
        draft.rules,
        random=draft.random,
        timezone=draft.timezone,
        valid_from=body.start(),
        reason=body.reason,
        now=on.now,
    )
    return Created(id=made)


@router.post("/clients/{client_id}/plans/preview")
def preview(client_id: UUID, body: Draft, on: OnCaller) -> PreviewView:
    """Two weeks of a draft in the client's zone. Stores nothing."""
    return plans.preview(on.db, on.principal, client_id, body.content(), valid_from=body.start(), now=on.now)


@router.post("/clients/{client_id}/plans/proposals", status_code=201)
def propose(client_id: UUID, body: NewPlan, on: OnCaller) -> Created:
    """Propose a plan; nothing changes until the client agrees."""
    made = plans.propose(
        on.db,
        on.principal,
        client_id,
        body.content(),
        valid_from=body.start(),
        reason=body.reason,
        now=on.now,
    )
    return Created(id=made)


@router.post("/clients/{client_id}/plans/travel", status_code=201)
def travel(client_id: UUID, body: Travel, on: OnCaller) -> Created:
    """The same plan on another clock from a moment on."""
    start = None if body.from_at is None else body.from_at.astimezone(UTC)
    made = plans.travel(
        on.db, on.principal, client_id, body.timezone, from_at=start, reason=body.reason, now=on.now
    )
    return Created(id=made)


@router.post("/plans/{plan_id}/agreement", status_code=204)
def agree(plan_id: UUID, on: OnCaller) -> None:
    """The client agrees. 404 for everybody else, 409 when it was agreed to or closed before."""
    plans.agree(on.db, on.principal, plan_id, now=on.now)


@router.delete("/plans/{plan_id}/proposal", status_code=204)
def close_proposal(plan_id: UUID, on: OnCaller) -> None:
    """The client declines a proposal, or staff take it back."""
    plans.close_proposal(on.db, on.principal, plan_id, now=on.now)


@router.get("/clients/{client_id}/pauses")
def pauses_of(client_id: UUID, on: OnCaller) -> tuple[PauseView, ...]:
    """Every pause."""
    return pauses.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/pauses", status_code=201)
def request_pause(client_id: UUID, body: NewPause, on: OnCaller) -> Created:
    """Ask for a pause; what staff enter is granted at once."""
    start, end = body.from_at.astimezone(UTC), body.to_at.astimezone(UTC)
    made = pauses.request(on.db, on.principal, client_id, start, end, reason=body.reason, now=on.now)
    return Created(id=made)


@router.post("/pauses/{pause_id}/decision", status_code=204)
def decide_pause(pause_id: UUID, body: Decision, on: OnCaller) -> None:
    """Grant or refuse a pause. 409 when it waits no more."""
    pauses.decide(on.db, on.principal, pause_id, body.granted, body.note, now=on.now)


@router.post("/pauses/{pause_id}/end", status_code=204)
def end_pause(pause_id: UUID, on: OnCaller) -> None:
    """End a pause now."""
    pauses.end(on.db, on.principal, pause_id, now=on.now)


@router.get("/clients/{client_id}/excuses")
def excuses_of(client_id: UUID, on: OnCaller) -> tuple[ExcuseView, ...]:
    """Every excuse, withdrawn ones too."""
    return excuses.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/excuses", status_code=201)
def excuse(client_id: UUID, body: NewExcuse, on: OnCaller) -> Created:
    """Excuse one window. 404 for a window the plan does not hold, 409 when it is excused already."""
    named: excuses.WindowName = body.window_id or (
        body.kind,
        None if body.opens_at is None else body.opens_at.astimezone(UTC),
    )
    return Created(id=excuses.excuse(on.db, on.principal, client_id, named, reason=body.reason, now=on.now))


@router.delete("/clients/{client_id}/excuses/{excuse_id}", status_code=204)
def withdraw_excuse(client_id: UUID, excuse_id: UUID, on: OnCaller) -> None:
    """Take an excuse back."""
    excuses.withdraw(on.db, on.principal, client_id, excuse_id, now=on.now)


@router.post("/clients/{client_id}/ordered-tests", status_code=201)
def order_test(client_id: UUID, body: Order, on: OnCaller) -> Created:
    """Ask for a test now. 409 while another is open or a pause is agreed."""
    made = planned_tests.order(
        on.db, on.principal, client_id, within_min=body.within_min, reason=body.reason, now=on.now
    )
    return Created(id=made)

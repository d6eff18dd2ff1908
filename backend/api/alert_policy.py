"""A unit's alert policy, duty rota and thresholds."""

from datetime import date, time
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from backend.api.caller import OnCaller
from backend.domain.rota import Once, Weekly
from backend.services import alert_policy
from backend.services.alert_policy import PolicyView, Rota, ThresholdRecord

router = APIRouter(prefix="/units/{unit_id}", tags=["alert policy"])
Weekday = Annotated[int, Field(ge=1, le=7)]


class Policy(BaseModel, extra="forbid"):
    """Working hours by ISO weekday as wall-clock times in the zone, waits in minutes, and the budget."""

    timezone: Annotated[str, Field(max_length=64)]
    working_hours: dict[Literal["1", "2", "3", "4", "5", "6", "7"], tuple[str, str]]
    half_day_closes: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] = "14:00"
    budget_per_week: Annotated[float, Field(ge=0.5, le=100)]
    now_wait_min: Annotated[int, Field(ge=5, le=240)] = 30
    same_day_wait_min: Annotated[int, Field(ge=30, le=1440)] = 240
    closed_days: Annotated[list[date], Field(max_length=60)] = []
    reason: Annotated[str, Field(max_length=1000)] = ""


class WeeklyPattern(BaseModel, extra="forbid"):
    """Every week from one weekday and time to another, in the unit's zone."""

    from_weekday: Weekday
    from_time: time
    to_weekday: Weekday
    to_time: time
    first_day: date | None = None
    last_day: date | None = None


class OneStretch(BaseModel, extra="forbid"):
    """One stretch of time that wins over every pattern."""

    from_at: AwareDatetime
    to_at: AwareDatetime


class Duty(BaseModel, extra="forbid"):
    """Who has which place when: a weekly pattern or an exception, one of them. No account: nobody has it then."""

    place: Literal[1, 2]
    account_id: UUID | None
    weekly: WeeklyPattern | None = None
    exception: OneStretch | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> "Duty":
        """Refuse both and neither."""
        if (self.weekly is None) == (self.exception is None):
            raise ValueError("give a weekly pattern or an exception")
        return self

    def when(self) -> Weekly | Once:
        """As the rota has it."""
        if self.weekly is not None:
            return Weekly(**self.weekly.model_dump())
        assert self.exception is not None
        return Once(self.exception.from_at, self.exception.to_at)


class Added(BaseModel):
    """The number of the new line."""

    duty_id: int


@router.get("/alert-policy")
def policy(unit_id: UUID, on: OnCaller) -> PolicyView:
    """Working hours, waits and budget. 404 for anybody outside the unit."""
    return alert_policy.policy(on.db, on.principal, unit_id)


@router.put("/alert-policy", status_code=204)
def set_policy(unit_id: UUID, body: Policy, on: OnCaller) -> None:
    """Decide them. 403 for others than the unit's manager, 422 for what cannot be meant."""
    told = body.model_dump(exclude={"reason"})
    wanted = PolicyView(
        **{**told, "working_hours": dict(body.working_hours), "closed_days": tuple(body.closed_days)}
    )
    alert_policy.set_policy(on.db, on.principal, unit_id, wanted, body.reason, now=on.now)


@router.get("/duty")
def rota(unit_id: UUID, on: OnCaller) -> Rota:
    """The duty rota, and who is on duty now. 404 for anybody outside the unit."""
    return alert_policy.rota(on.db, on.principal, unit_id, now=on.now)


@router.post("/duty", status_code=201)
def add_duty(unit_id: UUID, body: Duty, on: OnCaller) -> Added:
    """Add a line. 403 for others than the unit's manager."""
    added = alert_policy.add_duty(
        on.db, on.principal, unit_id, body.place, body.account_id, body.when(), now=on.now
    )
    return Added(duty_id=added)


@router.delete("/duty/{duty_id}", status_code=204)
def withdraw_duty(unit_id: UUID, duty_id: int, on: OnCaller) -> None:
    """Take a line out; it stays in the history. 403 for others than the unit's manager."""
    alert_policy.withdraw_duty(on.db, on.principal, unit_id, duty_id, now=on.now)


@router.get("/alert-thresholds")
def thresholds(unit_id: UUID, on: OnCaller) -> tuple[ThresholdRecord, ...]:
    """Every threshold that was set, from what, and how often its signals were right."""
    return alert_policy.thresholds(on.db, on.principal, unit_id)

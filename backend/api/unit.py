"""A unit's staff time and settings, for its manager."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import staff_time, unit_settings
from backend.services.casework_views import MonthReport, UnitSettings
from backend.services.unit_settings import Name

router = APIRouter(prefix="/unit", tags=["unit"])
Reason = Annotated[str, Field(min_length=3, max_length=1000)]
Minutes = Annotated[Decimal, Field(ge=0, le=600, max_digits=6, decimal_places=1)]


class NewMinutes(BaseModel, extra="forbid"):
    """Minutes per piece of work and by hand (null: nothing is compared), with the comparison in words."""

    minutes: Minutes
    manual_minutes: Minutes | None = None
    reason: Reason


class NewSetting(BaseModel, extra="forbid"):
    """A setting's new value, and why."""

    value: Any
    reason: Reason


@router.get("/time/{year}/{month}")
def month(year: int, month: int, on: OnCaller) -> MonthReport:
    """Staff time of a month with its formula. 403 for anybody but a manager of a unit."""
    return staff_time.month_report(on.db, on.principal, year, month, now=on.now)


@router.put("/minutes/{kind}", status_code=204)
def set_minutes(kind: str, body: NewMinutes, on: OnCaller) -> None:
    """Set the minutes of a kind of work from now on."""
    staff_time.set_minutes(
        on.db, on.principal, kind, body.minutes, body.manual_minutes, body.reason, now=on.now
    )


@router.get("/settings")
def settings(on: OnCaller) -> UnitSettings:
    """What the unit has set, with history."""
    return unit_settings.settings(on.db, on.principal, now=on.now)


@router.put("/settings/{name}", status_code=204)
def set_one(name: Name, body: NewSetting, on: OnCaller) -> None:
    """Change one setting from now on."""
    unit_settings.set_one(on.db, on.principal, name, body.value, body.reason, now=on.now)

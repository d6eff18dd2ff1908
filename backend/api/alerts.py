"""Alerts: open ones, and what a person does with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import alerts, fleet
from backend.services.views import AlertView, CloseReason, SystemAlertView, TechnicalAlert

router = APIRouter(prefix="/alerts", tags=["alerts"])


class Acting(BaseModel, extra="forbid"):
    """What the caller means to do, in own words; may be empty."""

    note: Annotated[str, Field(max_length=4000)] = ""


class Snoozing(BaseModel, extra="forbid"):
    """Until when (an instant with its offset), and why in own words."""

    until: AwareDatetime
    reason: Annotated[str, Field(min_length=3, max_length=4000)]


class Closing(BaseModel, extra="forbid"):
    """Why it is closed, with own words."""

    reason: CloseReason
    note: Annotated[str, Field(min_length=3, max_length=4000)]


@router.get("")
def open_alerts(on: OnCaller) -> tuple[AlertView, ...]:
    """Open alerts of every client the caller may see, worst first."""
    return alerts.open_alerts(on.db, on.principal, now=on.now)


@router.get("/technical")
def technical_alerts(on: OnCaller) -> tuple[TechnicalAlert, ...]:
    """Trouble with equipment in the tenant: devices and no clients. 403 for anybody but technical support."""
    return alerts.technical_alerts(on.db, on.principal)


@router.get("/system")
def system_alerts(on: OnCaller) -> tuple[SystemAlertView, ...]:
    """The tenant's system alerts, newest first. 403 for clients and researchers."""
    return fleet.system_alerts(on.db, on.principal, now=on.now)


@router.post("/{alert_id}/seen", status_code=204)
def see(alert_id: UUID, on: OnCaller) -> None:
    """Note that the caller has seen it. 409 when it is closed."""
    alerts.see(on.db, on.principal, alert_id, now=on.now)


@router.post("/{alert_id}/acting", status_code=204)
def act(alert_id: UUID, body: Acting, on: OnCaller) -> None:
    """Take it: the caller is its owner. 409 when it is closed."""
    alerts.act(on.db, on.principal, alert_id, body.note, now=on.now)


@router.post("/{alert_id}/snoozed", status_code=204)
def snooze(alert_id: UUID, body: Snoozing, on: OnCaller) -> None:
    """Put it off until a time to come. 422 when its tier cannot wait so long, 409 when it is closed."""
    alerts.snooze(on.db, on.principal, alert_id, body.until, body.reason, now=on.now)


@router.delete("/{alert_id}/snoozed", status_code=204)
def unsnooze(alert_id: UUID, on: OnCaller) -> None:
    """Take it up again before its time. 409 when it was not put off."""
    alerts.unsnooze(on.db, on.principal, alert_id, now=on.now)


@router.post("/{alert_id}/closed", status_code=204)
def close(alert_id: UUID, body: Closing, on: OnCaller) -> None:
    """Close it with a reason and own words. 409 when somebody was first."""
    alerts.close(on.db, on.principal, alert_id, body.reason, body.note, now=on.now)

"""Alerts: open ones, and what a person does with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import alerts
from backend.services.views import AlertView, CloseReason

router = APIRouter(prefix="/alerts", tags=["alerts"])


class Acting(BaseModel, extra="forbid"):
    """What the caller means to do, in own words; may be empty."""

    note: Annotated[str, Field(max_length=4000)] = ""


class Closing(BaseModel, extra="forbid"):
    """Why it is closed, with own words."""

    reason: CloseReason
    note: Annotated[str, Field(min_length=3, max_length=4000)]


@router.get("")
def open_alerts(on: OnCaller) -> tuple[AlertView, ...]:
    """Open alerts of every client the caller may see, worst first."""
    return alerts.open_alerts(on.db, on.principal, now=on.now)


@router.post("/{alert_id}/seen", status_code=204)
def see(alert_id: UUID, on: OnCaller) -> None:
    """Note that the caller has seen it. 409 when it is closed."""
    alerts.see(on.db, on.principal, alert_id, now=on.now)


@router.post("/{alert_id}/acting", status_code=204)
def act(alert_id: UUID, body: Acting, on: OnCaller) -> None:
    """Take it: the caller is its owner. 409 when it is closed."""
    alerts.act(on.db, on.principal, alert_id, body.note, now=on.now)


@router.post("/{alert_id}/closed", status_code=204)
def close(alert_id: UUID, body: Closing, on: OnCaller) -> None:
    """Close it with a reason and own words. 409 when somebody was first."""
    alerts.close(on.db, on.principal, alert_id, body.reason, body.note, now=on.now)

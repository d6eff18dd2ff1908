"""Gateways and breathalyzers: for staff, and the two questions a gateway itself asks without a login."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import gateway_enrolment, gateways
from backend.services.gateways import Equipment
from contracts.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    RenewalAnswer,
    RenewalRequest,
    RotationAnswer,
    RotationRequest,
)

router = APIRouter(tags=["gateways"])

Device = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{2,47}$")]
Serial = Annotated[str, Path(min_length=1, max_length=60)]


class Code(BaseModel):
    """A one-time code, told once."""

    code_id: UUID
    code: str
    ends_at: datetime


class Revocation(BaseModel, extra="forbid"):
    """Why, in own words."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.post("/gateways/enrol", status_code=201)
def enrol(body: EnrolmentRequest, request: Request) -> EnrolmentAnswer:
    """For a gateway with its code, which is all the secret there is. 404 for any code that cannot be used."""
    state = request.app.state
    return gateway_enrolment.enrol(
        state.db,
        state.broker_access,
        body,
        address=request.client.host if request.client else "",
        now=state.clock.now(),
        machine_now=state.machine_clock.now(),
    )


@router.post("/gateways/{device_id}/rotate")
def rotate(device_id: Device, body: RotationRequest, request: Request) -> RotationAnswer:
    """For a gateway that changes its key: signed by the key in force and by the next. 404 for any other."""
    state = request.app.state
    return gateway_enrolment.rotate(state.db, state.broker_access, device_id, body, now=state.clock.now())


@router.post("/gateways/{device_id}/renew")
def renew(device_id: Device, body: RenewalRequest, request: Request) -> RenewalAnswer:
    """For a gateway whose certificate ends soon, signed by its key. 404 for any other."""
    state = request.app.state
    return gateway_enrolment.renew(state.db, state.broker_access, device_id, body, now=state.clock.now())


@router.post("/gateways/{device_id}/revoked", status_code=204)
def revoke(device_id: Device, body: Revocation, on: OnCaller, request: Request) -> None:
    """Believe nothing it signs any more. 404 for strangers, 409 when it was revoked before."""
    access = request.app.state.broker_access
    gateways.revoke_gateway(on.db, on.principal, device_id, body.reason, access, now=on.now)


@router.get("/clients/{client_id}/equipment")
def equipment(client_id: UUID, on: OnCaller) -> Equipment:
    """A client's gateways, codes and breathalyzers. 404 for strangers."""
    return gateways.equipment(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/gateway-codes", status_code=201)
def issue_code(client_id: UUID, on: OnCaller) -> Code:
    """A code that enrols one gateway within 24 hours. 409 while three wait already."""
    made = gateways.issue_code(on.db, on.principal, client_id, now=on.now)
    return Code(code_id=made.code_id, code=made.code, ends_at=made.ends_at)


@router.delete("/gateway-codes/{code_id}", status_code=204)
def revoke_code(code_id: UUID, on: OnCaller) -> None:
    """Withdraw an unused code. 409 when it was used or withdrawn."""
    gateways.revoke_code(on.db, on.principal, code_id, now=on.now)


@router.put("/clients/{client_id}/breathalyzers/{serial}", status_code=204)
def pair(client_id: UUID, serial: Serial, on: OnCaller) -> None:
    """Note that a breathalyzer is the client's own."""
    gateways.pair(on.db, on.principal, client_id, serial, now=on.now)


@router.delete("/clients/{client_id}/breathalyzers/{serial}", status_code=204)
def unpair(client_id: UUID, serial: Serial, on: OnCaller) -> None:
    """Note that it is no longer. 404 when it was not."""
    gateways.unpair(on.db, on.principal, client_id, serial, now=on.now)

"""A client's own data and check-ins."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import check_ins, own
from backend.services.views import ClientOverview, ClientSeries
from contracts.check_in import Answer, DrinkingReport

router = APIRouter(prefix="/me", tags=["me"])


class NewCheckIn(BaseModel, extra="forbid"):
    """A check-in; what was not asked or answered stays out."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=40)] = ()
    drank: bool | None = None
    comment: Annotated[str, Field(max_length=2000)] | None = None
    drinking: Annotated[tuple[DrinkingReport, ...], Field(max_length=20)] = ()


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


@router.get("")
def overview(on: OnCaller) -> ClientOverview:
    """The client's own head. 404 when the caller is not a client."""
    return own.overview(on.db, on.principal, now=on.now)


@router.get("/series")
def series(
    on: OnCaller,
    since: Annotated[AwareDatetime, Query(description="ISO 8601 with offset")],
    until: Annotated[AwareDatetime, Query(description="ISO 8601 with offset")],
) -> ClientSeries:
    """The client's own time axis, the same as staff see."""
    return own.series(on.db, on.principal, since.astimezone(UTC), until.astimezone(UTC), now=on.now)


@router.post("/check-ins", status_code=201)
def submit(body: NewCheckIn, on: OnCaller) -> Created:
    """Send a check-in."""
    made = check_ins.submit(
        on.db, on.principal, body.answers, body.drank, body.comment, body.drinking, now=on.now
    )
    return Created(id=made)

"""The application desk: links, applications with the robot's proposal, and a person's decision."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import application_decisions, applications
from backend.services.casework_views import ApplicationDesk, ApplicationView

router = APIRouter(prefix="/applications", tags=["applications"])
Words = Annotated[str, Field(min_length=3, max_length=application_decisions.LONGEST_WORDS)]
Version = Annotated[int, Field(ge=1, le=32000)]


class NewLink(BaseModel, extra="forbid"):
    """For whom a one-time link is."""

    written_by: Literal["person", "referrer"]


class Link(BaseModel):
    """The token of a one-time link, shown once: the form stands at /apply/<token>."""

    token: str
    ends_at: datetime


class Typed(BaseModel, extra="forbid"):
    """An application as typed in from a talk or from paper; fields as in `backend.domain.application`."""

    source: Literal["staff", "paper"]
    content: dict[str, Any]


class Completion(BaseModel, extra="forbid"):
    """The whole content with what was missing, how the caller knows, and the version they looked at."""

    content: dict[str, Any]
    reason: Words
    version: Version


class Rejection(BaseModel, extra="forbid"):
    """Own words, and the version they are about."""

    words: Words
    version: Version


class Approval(Rejection):
    """Own words and the new client's alias."""

    alias: Annotated[str, Field(min_length=1, max_length=40)]
    timezone: Annotated[str, Field(max_length=60)] = "Europe/Stockholm"


class Change(Approval):
    """Another plan than the proposed one."""

    windows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=40)]
    rules: dict[str, Any] = {}


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


class Versioned(BaseModel):
    """The number of the new version."""

    version: int


@router.get("")
def desk(on: OnCaller) -> ApplicationDesk:
    """The unit's applications and open links. 403 for anybody but a clinician of a unit."""
    return applications.desk(on.db, on.principal, now=on.now)


@router.post("", status_code=201)
def type_in(body: Typed, on: OnCaller) -> Created:
    """Type an application in."""
    return Created(
        id=applications.submit_by_staff(on.db, on.principal, body.content, body.source, now=on.now)
    )


@router.post("/links", status_code=201)
def issue_link(body: NewLink, on: OnCaller) -> Link:
    """A one-time link to the public form."""
    token, ends_at = applications.issue_link(on.db, on.principal, body.written_by, now=on.now)
    return Link(token=token, ends_at=ends_at)


@router.delete("/links/{link_id}", status_code=204)
def revoke_link(link_id: UUID, on: OnCaller) -> None:
    """Withdraw a link that nobody has used. 404 for other units."""
    applications.revoke_link(on.db, on.principal, link_id, now=on.now)


@router.get("/{application_id}")
def one(application_id: UUID, on: OnCaller) -> ApplicationView:
    """One application with what was computed from it. 404 for other units."""
    return applications.one(on.db, on.principal, application_id, now=on.now)


@router.post("/{application_id}/versions", status_code=201)
def complete(application_id: UUID, body: Completion, on: OnCaller) -> Versioned:
    """Put in what was missing. 409 when it is decided or was completed meanwhile."""
    made = applications.complete(
        on.db, on.principal, application_id, body.content, body.reason, version=body.version, now=on.now
    )
    return Versioned(version=made)


@router.post("/{application_id}/approved", status_code=201)
def approve(application_id: UUID, body: Approval, on: OnCaller) -> Created:
    """Approve the plan as proposed: the client is made. 409 when decided or changed, 422 while incomplete."""
    made = application_decisions.approve(
        on.db,
        on.principal,
        application_id,
        body.words,
        version=body.version,
        alias=body.alias,
        timezone=body.timezone,
        now=on.now,
    )
    return Created(id=made)


@router.post("/{application_id}/changed", status_code=201)
def change(application_id: UUID, body: Change, on: OnCaller) -> Created:
    """Approve with another plan. As `approved`."""
    made = application_decisions.change(
        on.db,
        on.principal,
        application_id,
        body.words,
        body.windows,
        body.rules,
        version=body.version,
        alias=body.alias,
        timezone=body.timezone,
        now=on.now,
    )
    return Created(id=made)


@router.post("/{application_id}/rejected", status_code=204)
def reject(application_id: UUID, body: Rejection, on: OnCaller) -> None:
    """Reject in own words."""
    application_decisions.reject(
        on.db, on.principal, application_id, body.words, version=body.version, now=on.now
    )

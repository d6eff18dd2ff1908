"""Texts for the record: draft, edit, sign."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.domain.journal_draft import Length
from backend.services import journal_texts
from backend.services.casework_views import JournalText

router = APIRouter(tags=["journal texts"])


class NewDraft(BaseModel, extra="forbid"):
    """Local days, both included."""

    since: date
    until: date
    length: Length
    language: Literal["sv", "en"] = "sv"


class Body(BaseModel, extra="forbid"):
    """The text as edited."""

    body: Annotated[str, Field(min_length=1, max_length=journal_texts.LONGEST_BODY)]


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


@router.get("/clients/{client_id}/journal-texts")
def of_client(client_id: UUID, on: OnCaller) -> tuple[JournalText, ...]:
    """A client's texts, newest first. 404 for strangers, 403 for the client."""
    return journal_texts.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/journal-texts", status_code=201)
def draft(client_id: UUID, body: NewDraft, on: OnCaller) -> Created:
    """Compute a draft. It is part of no record until somebody signs."""
    made = journal_texts.draft(
        on.db, on.principal, client_id, body.since, body.until, body.length, body.language, now=on.now
    )
    return Created(id=made)


@router.get("/journal-texts/{journal_id}")
def one(journal_id: UUID, on: OnCaller) -> JournalText:
    """One text beside its draft. 404 for strangers."""
    return journal_texts.one(on.db, on.principal, journal_id, now=on.now)


@router.put("/journal-texts/{journal_id}", status_code=204)
def save(journal_id: UUID, body: Body, on: OnCaller) -> None:
    """Keep an edited text. 409 once it is signed."""
    journal_texts.save(on.db, on.principal, journal_id, body.body, now=on.now)


@router.post("/journal-texts/{journal_id}/signed", status_code=204)
def sign(journal_id: UUID, body: Body, on: OnCaller) -> None:
    """Sign under the caller's name and freeze. 409 once it is signed."""
    journal_texts.sign(on.db, on.principal, journal_id, body.body, now=on.now)

"""Dead letters, for operators."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import dead_letters
from backend.services.dead_letters import LARGEST_OFFSET_MS, DeadLetter, OpenedLetter

router = APIRouter(prefix="/dead-letters", tags=["operations"])

LetterId = Annotated[int, Path(ge=1, le=2**62)]


class Replayed(BaseModel):
    """What a second attempt came to: stored, duplicate, conflict or refused."""

    outcome: str


class Release(BaseModel, extra="forbid"):
    """Right time minus the gateway's, in milliseconds."""

    clock_offset_ms: Annotated[int, Field(ge=-LARGEST_OFFSET_MS, le=LARGEST_OFFSET_MS)]


@router.get("")
def all_letters(on: OnCaller) -> tuple[DeadLetter, ...]:
    """The tenant's dead letters, open ones first. 403 for anybody but operators and managers."""
    return dead_letters.dead_letters(on.db, on.principal)


@router.get("/{letter_id}")
def one_letter(letter_id: LetterId, on: OnCaller) -> OpenedLetter:
    """The form of one of them, never its contents. 403 for anybody but operators."""
    return dead_letters.opened(on.db, on.principal, letter_id, now=on.now)


@router.post("/{letter_id}/replayed")
def replay(letter_id: LetterId, on: OnCaller) -> Replayed:
    """Judge it again and store it if it may be. 409 where only the beginning was kept."""
    return Replayed(outcome=dead_letters.replay(on.db, on.principal, letter_id, now=on.now))


@router.post("/{letter_id}/released")
def release(letter_id: LetterId, body: Release, on: OnCaller) -> Replayed:
    """Store a message whose clock was far off, with its times corrected. 409 for any other, 422 for what cannot be."""
    offset = body.clock_offset_ms
    return Replayed(outcome=dead_letters.release(on.db, on.principal, letter_id, offset, now=on.now))


@router.post("/{letter_id}/set-aside", status_code=204)
def set_aside(letter_id: LetterId, on: OnCaller) -> None:
    """Note that nothing is to be done about it."""
    dead_letters.set_aside(on.db, on.principal, letter_id, now=on.now)

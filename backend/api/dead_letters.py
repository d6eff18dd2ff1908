"""Dead letters, for operators."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from backend.api.caller import OnCaller
from backend.services import dead_letters
from backend.services.dead_letters import DeadLetter, OpenedLetter

router = APIRouter(prefix="/dead-letters", tags=["operations"])

LetterId = Annotated[int, Path(ge=1, le=2**62)]


class Replayed(BaseModel):
    """What a second attempt came to: stored, duplicate, conflict or refused."""

    outcome: str


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


@router.post("/{letter_id}/set-aside", status_code=204)
def set_aside(letter_id: LetterId, on: OnCaller) -> None:
    """Note that nothing is to be done about it."""
    dead_letters.set_aside(on.db, on.principal, letter_id, now=on.now)

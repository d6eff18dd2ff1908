"""What keeps others out of a client's record: the client's block, protected identity, and legal hold."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.access import Principal
from backend.api.caller import OnCaller
from backend.errors import NotFound
from backend.services import blocks, legal_holds
from backend.services.blocks import Block
from backend.services.legal_holds import Hold

router = APIRouter(tags=["protection"])
Words = Annotated[str, Field(min_length=3, max_length=2000)]


class Wish(BaseModel, extra="forbid"):
    """What the client wishes, as staff write it down."""

    words: Words


class OwnWish(BaseModel, extra="forbid"):
    """The client's own words; nobody need say why."""

    words: Annotated[str, Field(max_length=2000)] = ""


class Protected(BaseModel, extra="forbid"):
    """Whether the client's name stands in no list, file or search."""

    is_on: bool


@router.get("/me/blocks")
def own_blocks(on: OnCaller) -> tuple[Block, ...]:
    """The client's own blocks, newest first; one without `lifted_at` stands."""
    return blocks.of_client(on.db, on.principal, _own(on.principal), now=on.now)


@router.post("/me/blocks", status_code=204)
def set_own_block(body: OwnWish, on: OnCaller) -> None:
    """Keep other units out. 409 when it is so already."""
    blocks.set_block(on.db, on.principal, _own(on.principal), body.words, now=on.now)


@router.post("/me/blocks/lifted", status_code=204)
def lift_own_block(body: OwnWish, on: OnCaller) -> None:
    """Let other units in again. 409 when nothing keeps them out."""
    blocks.lift_block(on.db, on.principal, _own(on.principal), body.words, now=on.now)


@router.get("/clients/{client_id}/blocks")
def of_client(client_id: UUID, on: OnCaller) -> tuple[Block, ...]:
    """A client's blocks, newest first. 404 for strangers."""
    return blocks.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/blocks", status_code=204)
def set_block(client_id: UUID, body: Wish, on: OnCaller) -> None:
    """Keep other units out, as the client wishes. 403 for other units and in an emergency, 409 when it is so."""
    blocks.set_block(on.db, on.principal, client_id, body.words, now=on.now)


@router.post("/clients/{client_id}/blocks/lifted", status_code=204)
def lift_block(client_id: UUID, body: Wish, on: OnCaller) -> None:
    """Let other units in again, as the client wishes. 403 and 409 as above."""
    blocks.lift_block(on.db, on.principal, client_id, body.words, now=on.now)


@router.get("/clients/{client_id}/protected-identity")
def protected(client_id: UUID, on: OnCaller) -> Protected:
    """Whether the client's identity is protected. 404 for strangers."""
    return Protected(is_on=blocks.is_protected(on.db, on.principal, client_id, now=on.now))


@router.put("/clients/{client_id}/protected-identity", status_code=204)
def protect(client_id: UUID, body: Protected, on: OnCaller) -> None:
    """Protect the client's identity, or end it. 409 when it is so already."""
    blocks.set_protected(on.db, on.principal, client_id, is_on=body.is_on, now=on.now)


@router.get("/clients/{client_id}/legal-holds")
def holds(client_id: UUID, on: OnCaller) -> tuple[Hold, ...]:
    """A client's legal holds, newest first; one without `lifted_at` is in force. 404 for strangers."""
    return legal_holds.of_client(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/legal-holds", status_code=204)
def place_hold(client_id: UUID, body: Wish, on: OnCaller) -> None:
    """Let nothing about the client be removed. For managers; 409 when there is a hold already."""
    legal_holds.place(on.db, on.principal, client_id, body.words, now=on.now)


@router.post("/clients/{client_id}/legal-holds/lifted", status_code=204)
def lift_hold(client_id: UUID, body: Wish, on: OnCaller) -> None:
    """End the hold. For managers; 409 when there is none."""
    legal_holds.lift(on.db, on.principal, client_id, body.words, now=on.now)


def _own(principal: Principal) -> UUID:
    if principal.client_id is None or not principal.is_client:
        raise NotFound
    return principal.client_id

"""Risk models of a tenant: the registry, steps, the switch, and the card. For unit managers; the card for all staff."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import models
from backend.services.models import Registry

TEXT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}
"""Refusals are JSON all the same: the response class, which says the type of both, says none."""
router = APIRouter(prefix="/models", tags=["models"])

Words = Annotated[str, Field(min_length=3, max_length=1000)]


class Asked(BaseModel, extra="forbid"):
    """Why, in own words."""

    reason: Words


class Step(Asked):
    """Where a model is taken."""

    state: Literal["shadow", "active", "retired"]


class Switch(Asked):
    """Scores on or off for the whole tenant."""

    is_on: bool


class Asking(BaseModel):
    """The model that will be trained."""

    id: UUID


@router.get("")
def registry(on: OnCaller) -> Registry:
    """Every model of the tenant with its history, checks and how it has done lately. 403 for all but managers."""
    return models.registry(on.db, on.principal, now=on.now)


@router.post("", status_code=202)
def ask_for_training(body: Asked, on: OnCaller) -> Asking:
    """Have a model trained on the tenant's own clients. 409 while one is being trained."""
    return Asking(id=models.ask_for_training(on.db, on.principal, body.reason, now=on.now))


@router.post("/switch", status_code=204)
def turn(body: Switch, on: OnCaller) -> None:
    """Turn the tenant's risk scores on or off."""
    models.turn(on.db, on.principal, is_on=body.is_on, reason=body.reason, now=on.now)


@router.get("/card", responses=TEXT, response_class=Response)
def card_in_use(on: OnCaller, language: Literal["sv", "en"] = "sv") -> PlainTextResponse:
    """The card of the model that scores now, as Markdown. 403 for a client."""
    return PlainTextResponse(models.card(on.db, on.principal, None, language))


@router.get("/{model_id}/card", responses=TEXT, response_class=Response)
def card(model_id: UUID, on: OnCaller, language: Literal["sv", "en"] = "sv") -> PlainTextResponse:
    """The card of one model, as Markdown. 404 for another tenant's."""
    return PlainTextResponse(models.card(on.db, on.principal, model_id, language))


@router.post("/{model_id}/state", status_code=204)
def step(model_id: UUID, body: Step, on: OnCaller) -> None:
    """Take a model to the shadow, into use or out of it. 409 when a check found an issue."""
    models.step(on.db, on.principal, model_id, body.state, body.reason, now=on.now)

"""Which risk model scores, for unit managers: training, steps, the switch. And the card of the model, for all staff."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, Invalid
from backend.services import models
from dashboard.contexts.models import card_page, models_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/models", include_in_schema=False)
_STEPS = {"shadow": "shadow", "active": "active", "retired": "retired"}


@router.get("")
def registry(on: OnVisit) -> Response:
    """Every model with its history, what the checks found and how it has done lately."""
    found = models.registry(on.db, on.principal, now=on.now)
    return on.page("models.html", models_page(found, on.frame()))


@router.get("/card")
def card(on: OnVisit) -> Response:
    """What the model in use is for, how it did, and what it must not be used for."""
    language: Literal["sv", "en"] = "sv" if on.lang.code == "sv" else "en"
    return on.page("model_card.html", card_page(models.card(on.db, on.principal, None, language), on.frame()))


@router.get("/{model_id}/card")
def card_of(model_id: UUID, on: OnVisit) -> Response:
    """The card of one model, whether or not it is in use: signals name the one that made them."""
    language: Literal["sv", "en"] = "sv" if on.lang.code == "sv" else "en"
    text = models.card(on.db, on.principal, model_id, language)
    return on.page("model_card.html", card_page(text, on.frame()))


@router.post("")
def ask_for_training(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Have a model trained on the unit's own clients."""
    try:
        models.ask_for_training(on.db, on.principal, field(form, "reason"), now=on.now)
    except Conflict:
        return see_other("/models", "model_moved")
    return see_other("/models", "model_asked")


@router.post("/switch")
def turn(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Turn scores on or off."""
    wanted = field(form, "is_on")
    if wanted not in {"yes", "no"}:
        raise Invalid
    models.turn(on.db, on.principal, is_on=wanted == "yes", reason=field(form, "reason"), now=on.now)
    return see_other("/models", "switched")


@router.post("/{model_id}/state")
def step(model_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Take a model to the shadow, into use, or out of it."""
    state = _STEPS.get(field(form, "state"))
    if state is None:
        raise Invalid
    try:
        models.step(on.db, on.principal, model_id, state, field(form, "reason"), now=on.now)  # type: ignore[arg-type]
    except Conflict:
        return see_other("/models", "model_moved")
    return see_other("/models", "model_stepped")

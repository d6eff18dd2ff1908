"""The API as one router, under /api/v1."""

from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api import (
    alert_policy,
    alerts,
    applications,
    clients,
    contact_points,
    contacts,
    dead_letters,
    gateways,
    journal_texts,
    logins,
    messages,
    models,
    notices,
    own,
    photos,
    plans,
    protection,
    rights,
    triage,
    unit,
)

PREFIX = "/api/v1"


class Problem(BaseModel):
    """What went wrong, in words that tell nothing of the inside."""

    detail: str


_SAID: Final = {
    401: "Nobody is signed in.",
    403: "The caller's role does not allow that, or the login's CSRF token is missing.",
    404: "There is no such thing, or it is not for the caller.",
    409: "It is in another state, or somebody was quicker.",
    413: "The request is too large.",
    422: "The input cannot be accepted as it is.",
    429: "Too often; wait.",
    503: "The data cannot be reached right now.",
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": text} for status, text in _SAID.items()
}
"""Every way in which any operation may say no."""


def api_router() -> APIRouter:
    """Every resource of version 1."""
    router = APIRouter(prefix=PREFIX, responses=PROBLEMS)
    for resource in (
        logins,
        triage,
        clients,
        alert_policy,
        alerts,
        own,
        models,
        messages,
        contacts,
        applications,
        journal_texts,
        unit,
        contact_points,
        notices,
        dead_letters,
        gateways,
        photos,
        plans,
        protection,
        rights,
    ):
        router.include_router(resource.router)
    return router

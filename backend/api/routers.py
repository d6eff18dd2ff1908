"""The API as one router, under /api/v1."""

from fastapi import APIRouter

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
    triage,
    unit,
)

PREFIX = "/api/v1"


def api_router() -> APIRouter:
    """Every resource of version 1."""
    router = APIRouter(prefix=PREFIX)
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
    ):
        router.include_router(resource.router)
    return router

"""One ASGI application: the pages, the API, the live events, and the two questions of whoever runs it."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from backend.api.routers import PREFIX, api_router
from backend.services import operations
from backend.services.broker_access import BrokerAccess
from backend.services.identity_provider import IdentityProvider, ProviderSettings
from backend.services.live import Listener
from backend.services.photo_keys import PhotoKeys
from backend.services.sign_in_steps import SignInPolicy
from backend.store.pool import Database
from contracts.clock import Clock
from dashboard.assets import PLOTLY_SCRIPT, installed_assets
from dashboard.pages import (
    access,
    account,
    accounts,
    alerts,
    applications,
    apply,
    breathalyzers,
    care,
    client,
    corrections,
    deletions,
    forms,
    gateways,
    identity,
    journal,
    leave,
    life_events,
    live,
    login,
    messages,
    models,
    notices,
    overviews,
    own,
    own_app,
    own_course,
    own_data,
    own_help,
    own_plan,
    own_sharing,
    passkeys,
    phones,
    photos,
    places,
    plan,
    practice,
    protection,
    reach,
    rights,
    rota,
    second_step,
    shared,
    staff_time,
    static,
    triage,
    unit_numbers,
    unit_settings,
    well_known,
)
from dashboard.pages import operations as operation_pages
from dashboard.problems import add_problem_pages
from dashboard.security import Security
from dashboard.templating import Templates
from nykter.clock import SystemClock

log = logging.getLogger(__name__)


class WebSettings(Protocol):
    """What the web process needs of its settings (`nykter.settings.ServeSettings`)."""

    @property
    def cookie_secure(self) -> bool:
        """Whether the login cookie is only sent over TLS."""

    @property
    def sign_in_policy(self) -> SignInPolicy:
        """What signing in asks for."""

    @property
    def public_url(self) -> str | None:
        """Where the pages are, as browsers see it; None: as the browser asked for it."""

    @property
    def identity_provider(self) -> ProviderSettings | None:
        """Who else tells us who somebody is."""


PAGES = (
    login,
    second_step,
    passkeys,
    identity,
    account,
    accounts,
    phones,
    places,
    triage,
    client,
    reach,
    life_events,
    leave,
    care,
    gateways,
    plan,
    photos,
    forms,
    alerts,
    own,
    own_course,
    own_plan,
    own_data,
    own_help,
    own_sharing,
    corrections,
    own_app,
    shared,
    live,
    messages,
    applications,
    apply,
    journal,
    rights,
    protection,
    deletions,
    staff_time,
    unit_numbers,
    unit_settings,
    rota,
    overviews,
    breathalyzers,
    practice,
    access,
    models,
    notices,
    static,
    operation_pages,
    well_known,
)
"""Modules of pages in the order in which their addresses are tried."""


def create_app(
    settings: WebSettings,
    db: Database,
    clock: Clock,
    broker_access: BrokerAccess | None = None,
    photo_keys: PhotoKeys | None = None,
) -> FastAPI:
    """The application over an open database. `clock` gives domain time; logins go by the machine's own.

    `broker_access`: how gateways are let into the broker; without it none can be enrolled. `photo_keys`: what opens
    pictures; without them none is shown.
    """
    assets = installed_assets()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.live = Listener(db)
        # The largest file is compressed while nobody asks for it yet; the first page does not wait for it.
        compressing = asyncio.create_task(run_in_threadpool(assets.compress, PLOTLY_SCRIPT))
        async with app.state.live:
            yield
        await compressing

    app = FastAPI(
        title="Nykter",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    _fill_state(app, settings, db, clock, broker_access, photo_keys)
    app.state.assets = assets
    app.state.templates = Templates(assets)
    add_problem_pages(app)
    _add_health(app)
    app.include_router(api_router())
    for pages in PAGES:
        app.include_router(pages.router)
    app.add_middleware(Security, secure=settings.cookie_secure)
    return app


def _fill_state(
    app: FastAPI,
    settings: WebSettings,
    db: Database,
    clock: Clock,
    broker_access: BrokerAccess | None,
    photo_keys: PhotoKeys | None,
) -> None:
    """What handlers find in `app.state` (see `dashboard.site`)."""
    app.state.db = db
    app.state.broker_access = broker_access
    app.state.photo_keys = photo_keys or PhotoKeys()
    # Set before the server stops: open event streams end by themselves instead of being cut off.
    app.state.closing = threading.Event()
    app.state.clock = clock
    app.state.machine_clock = SystemClock()
    app.state.cookie_secure = settings.cookie_secure
    app.state.sign_in_policy = settings.sign_in_policy
    app.state.public_url = settings.public_url
    provider = settings.identity_provider
    app.state.identity_provider = IdentityProvider(provider) if provider else None


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    def readyz(request: Request) -> JSONResponse:
        """Everything a reading needs on its way is there: 200, otherwise 503 with what is missing."""
        state: Any = request.app.state
        found = operations.readiness(state.db, now=state.clock.now())
        body = {"ready": found.ready, "problems": found.problems, "quarantined": found.quarantined}
        return JSONResponse(body, status_code=200 if found.ready else 503)

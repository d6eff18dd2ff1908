"""What makes the client's pages an app on the phone: manifest, service worker, the page without network, the cover.

All of it lies below /me/, and the worker's reach ends there: it never sees a page of staff.
"""

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from backend.services import own_schedule
from dashboard import formats
from dashboard.assets import Assets
from dashboard.contexts.own_around import around
from dashboard.contexts.own_check_in import own_offline
from dashboard.contexts.own_talk import away
from dashboard.contexts.page import frame
from dashboard.language import Language
from dashboard.site import Visit, language_of, now_of, rendered, visitor

router = APIRouter(prefix="/me", include_in_schema=False)
SHELL = (
    "css/nykter.css",
    "css/own.css",
    "js/me.js",
    "js/kept.js",
    "js/live.js",
    "js/parts.js",
    "icons/icon.svg",
)
"""Files the page without network needs."""
HOME_ZONE = "Europe/Stockholm"
"""For the almanac, which knows nobody."""
_THEME = "#1f5f6b"


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """The app's name, icons and reach: neutral words, as its place is among other people's eyes."""
    lang, assets = language_of(request, None), _assets(request)
    said: dict[str, Any] = {
        "id": "/me/",
        "name": lang.t("My day"),
        "short_name": lang.t("My day"),
        "lang": lang.code,
        "start_url": "/me/",
        "scope": "/me/",
        "display": "standalone",
        "background_color": "#f4f6f5",
        "theme_color": _THEME,
        "icons": [
            {"src": assets.url(f"icons/{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ]
        + [
            {
                "src": assets.url("icons/maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            }
        ],
        "shortcuts": [{"name": lang.t("How is it today?"), "url": "/me/check-in"}],
    }
    headers = {"cache-control": "no-cache"}
    return Response(json.dumps(said), media_type="application/manifest+json", headers=headers)


@router.get("/worker.js")
def worker(request: Request) -> Response:
    """The service worker, told which files belong to this version."""
    assets = _assets(request)
    told = {"version": assets.version, "shell": [assets.url(name) for name in SHELL]}
    body = f"const TOLD = {json.dumps(told)};\n".encode() + assets.named("js/worker.js").body
    headers = {"cache-control": "no-cache"}
    return Response(body, media_type="text/javascript", headers=headers)


@router.get("/offline")
def offline(request: Request) -> Response:
    """What the phone keeps for when there is no network. Without a client signed in: the numbers alone."""
    found, now = visitor(request), now_of(request)
    if found is None or not found[0].is_client:
        lang = language_of(request, None)
        bare = frame(lang, request.url.path, None, "")
        page = own_offline(None, HOME_ZONE, bare, around(None, bare, "", now), now)
        return rendered(request, "own_offline.html", lang, page)
    principal, csrf_token = found
    on = Visit(request, principal, csrf_token, language_of(request, principal))
    surroundings = own_schedule.surroundings(on.db, principal, now=now)
    coming = own_schedule.coming(on.db, principal, now=now)
    kept = around(surroundings, on.frame(), str(principal.account_id), now)
    return on.page("own_offline.html", own_offline(coming, surroundings.tz, on.frame(), kept, now))


@router.get("/away")
def cover(request: Request) -> Response:
    """An almanac: what stands on the screen when somebody had to hide their page quickly. Knows nobody."""
    lang: Language = language_of(request, None)
    page = away(formats.local_day(now_of(request), HOME_ZONE), lang)
    return rendered(request, "own_away.html", lang, page)


def _assets(request: Request) -> Assets:
    found: Assets = request.app.state.assets
    return found

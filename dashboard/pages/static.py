"""Static files from memory, kept by browsers for ever: their address changes when they do."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from backend.errors import NotFound
from dashboard.assets import Assets

router = APIRouter(include_in_schema=False)


@router.get("/static/{version}/{name:path}")
def asset(version: str, name: str, request: Request) -> Response:
    """One file, compressed where the browser takes it."""
    assets: Assets = request.app.state.assets
    found = assets.find(version, name)
    if found is None:
        raise NotFound
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, media_type=found.content_type, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(found.compressed, media_type=found.content_type, headers=headers)

"""Where to report a weakness (RFC 9116). Only deployments that name a contact have the page."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from backend.errors import NotFound

router = APIRouter(include_in_schema=False)
HOLDS_FOR: Final = timedelta(days=180)


@router.get("/.well-known/security.txt")
def security_txt(request: Request) -> PlainTextResponse:
    """Contact, languages, and until when this holds."""
    contact = getattr(request.app.state, "security_contact", None)
    if not contact:
        raise NotFound
    expires = request.app.state.machine_clock.now() + HOLDS_FOR
    lines = (f"Contact: {contact}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: sv, en")
    return PlainTextResponse("\n".join(lines) + "\n")

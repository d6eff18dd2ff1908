"""Pictures of a client's blows, and what a person saw on each. The picture itself is the pages' alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import identity_photos
from backend.services.identity_photos import MessageKey, PhotoList, Verdict

router = APIRouter(tags=["photos"])
Device = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{2,47}$")]
Boot = Annotated[str, Path(pattern=r"^[0-9a-f]{16,32}$")]
Number = Annotated[int, Path(ge=1, le=2**62)]


class Judgement(BaseModel, extra="forbid"):
    """What the person saw."""

    verdict: Verdict
    note: Annotated[str, Field(max_length=500)] = ""


@router.get("/clients/{client_id}/photos")
def photos(client_id: UUID, on: OnCaller) -> PhotoList:
    """When pictures were taken, of which readings, and what was seen on them. 404 for strangers."""
    return identity_photos.photos(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/photos/{device_id}/{boot_id}/{sequence}/verdicts", status_code=204)
def judge(
    client_id: UUID, device_id: Device, boot_id: Boot, sequence: Number, body: Judgement, on: OnCaller
) -> None:
    """Keep a verdict under one's own name; an earlier one stays. 404 for strangers."""
    key = MessageKey(device_id, boot_id, sequence)
    identity_photos.judge(on.db, on.principal, client_id, key, body.verdict, body.note, now=on.now)

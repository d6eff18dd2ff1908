"""JSON Schemas of the messages as they are written, built from the models. Writing the files is the caller's."""

from typing import Any

from contracts.background import Background
from contracts.base import Message
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.plan import Plan
from contracts.reading import Reading
from contracts.receipt import Receipt
from contracts.resend import ResendRequest

MESSAGES: dict[str, type[Message]] = {
    "reading-1": Reading,
    "check-in-1": CheckIn,
    "device-status-1": DeviceStatus,
    "background-1": Background,
    "photo-1": Photo,
    "receipt-1": Receipt,
    "resend-1": ResendRequest,
    "plan-1": Plan,
}
"""File stem (name and version) -> model."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, dict[str, Any]]:
    """File stem -> schema. Serialisation mode: what a writer of this version produces; decimals are text."""
    return {
        stem: {"$schema": _DIALECT, **model.model_json_schema(mode="serialization")}
        for stem, model in MESSAGES.items()
    }

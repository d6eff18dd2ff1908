"""What open pages are told about a batch."""

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.store.storable import Storable
from contracts.topics import Kind


def live_payloads(messages: Iterable[Storable]) -> list[str]:
    """One notification per client and kind of message, with the newest time: JSON {tenant, client_id, kind, at}."""
    newest: dict[tuple[str, UUID, str], datetime] = {}
    for one in messages:
        if one.kind == Kind.BACKGROUND:  # shown on no page
            continue
        key = (one.tenant_id, one.client_id, one.kind)
        newest[key] = max(newest.get(key, one.happened_at), one.happened_at)
    return [
        json.dumps({"tenant": tenant, "client_id": str(client_id), "kind": kind, "at": at.isoformat()})
        for (tenant, client_id, kind), at in newest.items()
    ]

"""Messages that could not be stored as what they claim to be: kept as they came, for staff to see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from backend.store.pool import Connection
from backend.store.queries import load

KEPT_BYTES = 64 * 1024
"""Of a larger payload only the beginning is kept; the digest covers all of it."""
_TOPIC_LENGTH = 200
_DETAIL_LENGTH = 1000

_QUERIES = load("ingest")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message with the reason why it was not stored. `detail` holds no values out of the message."""

    topic: str
    device_id: str | None
    reason: str
    detail: str
    payload: bytes
    claimed_at: datetime | None = None
    """Of a message in quarantine: when it happened, by a clock that is far off."""
    clock_offset_ms: int | None = None
    """How far off its gateway had measured that clock to be, server minus gateway."""


def bury(conn: Connection, letters: Iterable[DeadLetter], *, now: datetime) -> None:
    """Keep dead letters. The same bytes on the same topic are kept once and counted."""
    found: dict[tuple[str, bytes], tuple[DeadLetter, int]] = {}
    for letter in letters:
        key = (_storable(letter.topic, _TOPIC_LENGTH), sha256(letter.payload).digest())
        first, times = found.get(key, (letter, 0))
        found[key] = (first, times + 1)
    if not found:
        return
    kept = list(found.items())
    conn.execute(
        _QUERIES["bury"],
        {
            "now": now,
            "topics": [topic for (topic, _), _ in kept],
            "device_ids": [letter.device_id for _, (letter, _) in kept],
            "reasons": [letter.reason for _, (letter, _) in kept],
            "details": [_storable(letter.detail, _DETAIL_LENGTH) for _, (letter, _) in kept],
            "payloads": [letter.payload[:KEPT_BYTES] for _, (letter, _) in kept],
            "digests": [digest for (_, digest), _ in kept],
            "claimed_at": [letter.claimed_at for _, (letter, _) in kept],
            "offsets": [letter.clock_offset_ms for _, (letter, _) in kept],
            "times": [times for _, (_, times) in kept],
        },
    )


def _storable(text: str, length: int) -> str:
    """Text as PostgreSQL can hold it: no NUL, no half characters, not endless."""
    return text[:length].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()

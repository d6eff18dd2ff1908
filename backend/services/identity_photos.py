"""Pictures of a blow, shown to those who give care beside the reading, for a person's verdict. No result needs one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible
from backend.errors import Forbidden, Invalid, NotFound
from backend.services.photo_keys import PhotoKeys
from backend.store import access_log, assessment_queue
from backend.store import clients as client_store
from backend.store import identity_photos as store
from backend.store.live_events import announce
from backend.store.pool import Connection, Database, Row
from backend.store.signed_message import MessageKey
from contracts.photo import Photo

__all__ = [
    "VERDICTS",
    "MessageKey",
    "PhotoList",
    "PhotoView",
    "Verdict",
    "in_rows",
    "judge",
    "photos",
    "picture",
]

Verdict = Literal["confirmed", "mismatch", "unusable"]
IdentityState = Literal["confirmed", "review_pending", "mismatch", "not_captured"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
SHOWN_FOR: Final = timedelta(days=92)
"""How far back the list goes; the pictures themselves are gone sooner."""
_LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One picture beside its reading. `state`: where the question stands who blew."""

    key: MessageKey
    taken_at: datetime
    source: str
    is_kept: bool
    removed_at: datetime | None
    measured_at: datetime | None
    brac_mg_per_l: float | None
    state: IdentityState
    note: str | None
    judged_at: datetime | None
    judged_by: str | None


@dataclass(frozen=True, slots=True)
class PhotoList:
    """A client's pictures, newest first."""

    client_id: UUID
    alias: str
    tz: str
    photos: tuple[PhotoView, ...]


def photos(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> PhotoList:
    """The list. Raises NotFound for strangers, Forbidden for those who give no care."""
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        head = client_store.head(conn, client, now=now)
        access_log.write(conn, principal, [client], "identity_photos", now=now)
        rows = store.photos_of(conn, client, since=now - SHOWN_FOR)
        return PhotoList(client_id, head["alias"], head["timezone"], tuple(map(_view, rows)))


def in_rows(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> tuple[PhotoView, ...]:
    """That there are pictures, for the rows of the readings on the client's page, whose own look is logged.

    No picture is in it: each is fetched, and logged, when a person opens it. Raises as `photos` does.
    """
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        rows = store.photos_of(conn, client, since=now - SHOWN_FOR)
        return tuple(_view(row) for row in rows if row["measured_at"] is not None)


def picture(
    db: Database, principal: Principal, client_id: UUID, key: MessageKey, keys: PhotoKeys, *, now: datetime
) -> bytes:
    """One picture as JPEG; each look is logged. Raises NotFound for strangers, and for one that is gone."""
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        body = store.signed_photo(conn, client, key)
        if body is None:
            raise NotFound
        said = Photo.read(body).value
        jpeg = keys.open(said.sealed_for, said.sealed)
        if jpeg is None:
            raise NotFound
        access_log.write(conn, principal, [client], "identity_photo_seen", now=now)
    return jpeg


def judge(
    db: Database,
    principal: Principal,
    client_id: UUID,
    key: MessageKey,
    verdict: str,
    note: str = "",
    *,
    now: datetime,
) -> None:
    """Keep what a person saw, under their name; an earlier verdict stays. Raises NotFound, Forbidden, Invalid."""
    words = note.strip()
    if verdict not in VERDICTS or len(words) > _LONGEST_NOTE:
        raise Invalid(
            "a verdict is one of confirmed, mismatch and unusable, with up to 500 characters beside it"
        )
    with db.transaction(principal) as conn:
        client = _reach(conn, principal, client_id, now)
        made = store.add_verdict(
            conn,
            client,
            key,
            uuid4(),
            verdict=verdict,
            note=words or None,
            account_id=principal.account_id,
            now=now,
        )
        if not made:
            raise NotFound
        access_log.write(conn, principal, [client], "identity_photo_judged", now=now)
        if verdict == "mismatch":  # the alert is raised by the next assessment, which is woken at once
            assessment_queue.enqueue(conn, {client: now}, now=now)
            assessment_queue.wake_worker(conn)
        announce(conn, principal.tenant_id, [client], "reading", now=now)


def _reach(conn: Connection, principal: Principal, client_id: UUID, now: datetime) -> VisibleClientId:
    client = require_visible(conn, principal, client_id, now)
    if not principal.gives_care:
        raise Forbidden
    return client


def _view(row: Row) -> PhotoView:
    return PhotoView(
        key=MessageKey(row["device_id"], row["boot_id"], row["sequence"]),
        taken_at=row["taken_at"],
        source=row["source"],
        is_kept=row["is_kept"],
        removed_at=row["removed_at"],
        measured_at=row["measured_at"],
        brac_mg_per_l=row["brac_mg_per_l"],
        state=_state(row["verdict"], is_kept=row["is_kept"]),
        note=row["note"],
        judged_at=row["judged_at"],
        judged_by=row["judged_by"],
    )


def _state(verdict: Verdict | None, *, is_kept: bool) -> IdentityState:
    if verdict is None:
        return "review_pending" if is_kept else "not_captured"
    return "not_captured" if verdict == "unusable" else verdict

"""Texts for the record: drafted from the ledger, edited and signed by a named person, frozen from then on.

Until somebody signs, a draft is a basis and part of no record (compliance reference L9). The draft is kept beside the
signed text, so that it can always be told what was computed and what a person wrote.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible, visible_clients
from backend.domain import journal_draft
from backend.domain.journal_draft import ITEM_NAMES, LEAST_ANSWERS, Facts, Length, Trend
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.casework_views import JournalText
from backend.services.work_log import log_work
from backend.store import access_log, enrolment
from backend.store import journal_texts as store
from backend.store.pool import Connection, Database, Row

LONGEST_BODY: Final = 20_000
LONGEST_PERIOD_DAYS: Final = 92


class AlreadySigned(Conflict):
    """This text is signed and frozen; write a new one instead."""


def draft(
    db: Database,
    principal: Principal,
    client_id: UUID,
    since: date,
    until: date,
    length: Length,
    language: Literal["sv", "en"] = "sv",
    *,
    now: datetime,
) -> UUID:
    """Compute a draft for local days from `since` to `until`, both included.

    Raises NotFound for strangers, Forbidden for a client or researcher, Invalid for a period turned round, too long or
    not begun.
    """
    if length not in get_args(Length) or language not in {"sv", "en"}:
        raise Invalid("unknown length or language")
    journal_id = uuid4()
    with db.transaction(principal) as conn:
        client = _for_writing(conn, principal, client_id, now)
        facts = _facts(conn, client, since, until, now)
        text = journal_draft.draft(facts, length)
        store.add(
            conn,
            client,
            facts.stored(),
            journal_id=journal_id,
            tenant_id=principal.tenant_id,
            since=since,
            until=until,
            length=length,
            language=language,
            draft=text.sv if language == "sv" else text.en,
            drafted_by=principal.account_id,
            now=now,
        )
        access_log.write(conn, principal, [client], "journal_drafted", now=now)
    return journal_id


def save(db: Database, principal: Principal, journal_id: UUID, body: str, *, now: datetime) -> None:
    """Keep an edited text without signing it. Raises NotFound, Forbidden, Invalid, AlreadySigned."""
    words = _checked(body)
    with db.transaction(principal) as conn:
        client = client_of_text(conn, principal, journal_id, now)
        if not store.save(conn, client, journal_id, words):
            raise AlreadySigned
        access_log.write(conn, principal, [client], "journal_edited", now=now)


def sign(db: Database, principal: Principal, journal_id: UUID, body: str, *, now: datetime) -> None:
    """Sign a text under one's own name; it is frozen with its digest. Raises as `save` does."""
    words = _checked(body)
    with db.transaction(principal) as conn:
        client = client_of_text(conn, principal, journal_id, now)
        [row] = store.of_client(conn, client, journal_id)
        digest = journal_draft.signed_digest(
            client, row["since"], row["until"], words, principal.account_id, now
        )
        if not store.sign(conn, client, journal_id, words, principal.account_id, digest, now=now):
            raise AlreadySigned
        log_work(conn, principal, "journal_signed", client, source=str(journal_id), now=now)
        access_log.write(conn, principal, [client], "journal_signed", now=now)


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime
) -> tuple[JournalText, ...]:
    """A client's texts, newest first, for staff. Raises NotFound for strangers, Forbidden for a client."""
    with db.transaction(principal) as conn:
        client = _for_writing(conn, principal, client_id, now)
        rows = store.of_client(conn, client)
        access_log.write(conn, principal, [client], "journal_opened", now=now)
    return tuple(_text(row) for row in rows)


def one(db: Database, principal: Principal, journal_id: UUID, *, now: datetime) -> JournalText:
    """One text with its draft. Raises NotFound for strangers, Forbidden for a client."""
    with db.transaction(principal) as conn:
        client = client_of_text(conn, principal, journal_id, now)
        access_log.write(conn, principal, [client], "journal_opened", now=now)
        return text_of(conn, client, journal_id)


def verify(db: Database, principal: Principal, digest: str, *, now: datetime) -> JournalText | None:
    """The signed text with this digest (64 hexadecimal digits), if it is one of a client the principal may see.

    Whether it still is what was signed says `is_genuine`. Raises Invalid for no digest, Forbidden for a client.
    """
    try:
        wanted = bytes.fromhex(digest.strip())
    except ValueError as error:
        raise Invalid("a digest has 64 hexadecimal digits") from error
    if len(wanted) != 32:
        raise Invalid("a digest has 64 hexadecimal digits")
    with db.transaction(principal) as conn:
        visible_clients(conn, principal, now)  # only their texts can be found at all
        found = store.by_digest(conn, wanted)
        if found is None:
            return None
        if principal.is_system:
            return text_of(
                conn, require_visible(conn, principal, found["client_id"], now), found["journal_id"]
            )
        try:
            client = _for_writing(conn, principal, found["client_id"], now)
        except NotFound:
            return None
        access_log.write(conn, principal, [client], "journal_opened", now=now)
        return text_of(conn, client, found["journal_id"])


def text_of(conn: Connection, client: VisibleClientId, journal_id: UUID) -> JournalText:
    """One text of a client whose visibility has been checked."""
    [row] = store.of_client(conn, client, journal_id)
    return _text(row)


def _for_writing(conn: Connection, principal: Principal, client_id: UUID, now: datetime) -> VisibleClientId:
    client = require_visible(conn, principal, client_id, now)
    if not principal.may("journal"):
        raise Forbidden
    return client


def client_of_text(
    conn: Connection, principal: Principal, journal_id: UUID, now: datetime
) -> VisibleClientId:
    """Whom a text is about, for somebody who may write such texts. Raises NotFound, Forbidden."""
    visible_clients(conn, principal, now)  # only their rows can be found at all
    client_id = store.client_of(conn, journal_id)
    if client_id is None:
        raise NotFound
    return _for_writing(conn, principal, client_id, now)


def _checked(body: str) -> str:
    words = body.strip().replace("\r\n", "\n")
    if not words or len(words) > LONGEST_BODY:
        raise Invalid(f"a text has 1 to {LONGEST_BODY} characters")
    return words


def _facts(conn: Connection, client: VisibleClientId, since: date, until: date, now: datetime) -> Facts:
    row = enrolment.client(conn, client)
    assert row is not None, "a visible client exists"
    zone = ZoneInfo(row["timezone"])
    days = (until - since).days + 1
    if not 1 <= days <= LONGEST_PERIOD_DAYS or since > now.astimezone(zone).date():
        raise Invalid(f"a period has 1 to {LONGEST_PERIOD_DAYS} days and has begun")
    span = {"from_at": _start(since, zone), "to_at": _start(until + timedelta(days=1), zone)}
    before_at = _start(since - timedelta(days=days), zone)
    tests = store.attendance(conn, client, "breath_test", since, until, now=now)
    asked = store.attendance(conn, client, "check_in", since, until, now=now)
    results = store.rows(conn, "results", client, **span)
    [told] = store.rows(conn, "check_ins", client, timezone=zone.key, **span)
    [outage] = store.rows(conn, "outage", client, now=now, **span)
    return Facts(
        since=since,
        until=until,
        attendance={name: count for name, count in tests.items() if name != "pending"},
        results={r["state"]: r["count"] for r in results},
        highest_mg_per_l={r["state"]: r["highest"] for r in results if r["highest"] is not None},
        check_ins_planned=sum(n for name, n in asked.items() if name not in {"excused", "paused", "outage"}),
        check_ins_answered=told["count"],
        trends=_trends(store.rows(conn, "means", client, before_at=before_at, **span)),
        contacts={r["channel"]: r["count"] for r in store.rows(conn, "contacts", client, **span)},
        devices=tuple(r["model"] for r in store.rows(conn, "devices", client, **span) if r["model"]),
        outage_hours=outage["hours"],
        reported_drinking_days=told["drinking_days"],
        still_open=tests.get("pending", 0),
    )


def _trends(rows: list[Row]) -> tuple[Trend, ...]:
    found = {row["item"]: row for row in rows}
    return tuple(
        Trend(
            item,
            row["mean"] if row["answers"] >= LEAST_ANSWERS else None,
            row["before"] if row["answers_before"] >= LEAST_ANSWERS else None,
            row["answers"],
        )
        for item in ITEM_NAMES
        if (row := found.get(item)) is not None and row["answers"]
    )


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _text(row: Row) -> JournalText:
    return JournalText(
        journal_id=row["journal_id"],
        client_id=row["client_id"],
        since=row["since"],
        until=row["until"],
        length=row["length"],
        language=row["language"],
        draft=row["draft"],
        body=row["body"],
        drafted_by=row["drafted_by"],
        drafted_at=row["drafted_at"],
        signed_by=row["signed_by"],
        signed_at=row["signed_at"],
        sha256=None if row["sha256"] is None else row["sha256"].hex(),
        is_genuine=None if row["sha256"] is None else row["sha256"] == _digest_of(row),
    )


def _digest_of(row: Row) -> bytes:
    return journal_draft.signed_digest(
        row["client_id"], row["since"], row["until"], row["body"], row["signer"], row["signed_at"]
    )

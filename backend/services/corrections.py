"""Corrections: the client says what is wrong, staff decide, and both stay beside what it is about (GDPR 16)."""

from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import own_client
from backend.errors import Conflict, Forbidden, Invalid
from backend.services.registers import party_of, said
from backend.store import access_log
from backend.store import rights as store
from backend.store.pool import Database

About = Literal[
    "reading", "test_window", "check_in", "contact", "journal_text", "plan", "personal_details", "other"
]
Decision = Literal["accepted", "noted", "refused"]
"""Corrected; kept beside it as the client's view; refused with a reason."""
ABOUT: Final = frozenset(get_args(About))


def ask(
    db: Database,
    principal: Principal,
    about: About,
    says: str,
    *,
    about_at: datetime | None = None,
    now: datetime,
) -> UUID:
    """A client says what is wrong, and since when. Raises NotFound for anybody else, Invalid."""
    client = own_client(principal)
    if about not in ABOUT:
        raise Invalid("unknown subject")
    request_id, words = uuid4(), said(says, 3)
    with db.transaction(principal) as conn:
        store.add_correction(conn, principal, client, request_id, about, about_at, words, now=now)
        access_log.write(conn, principal, [client], "correction_asked", now=now)
    return request_id


def decide(
    db: Database, principal: Principal, request_id: UUID, decision: Decision, words: str, *, now: datetime
) -> None:
    """A clinician or manager with a care relation decides in own words; what was asked stays.

    Raises NotFound for strangers, Forbidden for the client, Invalid, Conflict when it is decided.
    """
    if decision not in get_args(Decision):
        raise Invalid("unknown decision")
    told = said(words, 3)
    with db.transaction(principal) as conn:
        client = party_of(conn, principal, "correction", request_id, now)
        if principal.is_client:
            raise Forbidden
        if not store.decide_correction(conn, principal, client, request_id, decision, told, now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "correction_decided", now=now)

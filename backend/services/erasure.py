"""Erasure: asked for by the client, granted or refused with the law that asks for keeping (GDPR 17, reference G3).

What is granted is carried out by the platform: own words at night, the whole record through a case of two people
(backend/services/deletion.py). Nothing is erased under a legal hold.
"""

from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import own_client, require_lasting
from backend.errors import Conflict, Forbidden, Invalid
from backend.services.registers import LONGEST, party_of, said
from backend.store import access_log
from backend.store import rights as store
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

Scope = Literal["own_words", "everything"]
RefusalCode = Literal[
    "sol_5_years", "pdl_10_years", "archive_law", "legal_hold", "legal_claim", "care_goes_on"
]
REFUSAL_CODES: Final = get_args(RefusalCode)


def ask(db: Database, principal: Principal, scope: Scope, says: str = "", *, now: datetime) -> UUID:
    """A client asks that their own words, or everything, be erased. No reason is needed.

    Raises NotFound for anybody else, Invalid, Conflict while another request of theirs is open.
    """
    client = own_client(principal)
    if scope not in get_args(Scope) or len(says) > LONGEST:
        raise Invalid("unknown scope, or too many words")
    request_id = uuid4()
    with db.transaction(principal) as conn:
        if not store.add_erasure(conn, principal, client, request_id, scope, says.strip(), now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "erasure_asked", now=now)
    return request_id


def decide(
    db: Database,
    principal: Principal,
    request_id: UUID,
    words: str,
    *,
    refusal_code: RefusalCode | None = None,
    now: datetime,
) -> None:
    """Grant, or refuse with the law that asks for keeping, always in own words that the client reads.

    Raises NotFound for strangers, Forbidden for anybody but clinicians and managers, Invalid, Conflict when decided.
    """
    if refusal_code is not None and refusal_code not in REFUSAL_CODES:
        raise Invalid("a refusal names the law that asks for keeping")
    told = said(words, 3)
    with db.transaction(principal) as conn:
        client = party_of(conn, principal, "erasure", request_id, now)
        if principal.is_client:
            raise Forbidden
        require_lasting(conn, principal, client, now)
        if not store.decide_erasure(conn, principal, client, request_id, refusal_code, told, now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "erasure_decided", now=now)


def carry_out(db: Database, principal: Principal, *, now: datetime) -> int:
    """Erase the own words of everybody whose wish was granted; how many. The system only. Raises Forbidden."""
    if not principal.is_system:
        raise Forbidden
    with db.transaction(SYSTEM_SCOPE) as conn:
        due = store.granted_words(conn)
        for row in due:
            store.erase_words(conn, row["request_id"], row["client_id"], now=now)
    return len(due)

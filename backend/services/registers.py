"""Consent and disclosure register (compliance references L8, US1): what, to whom, on which ground, by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.store import access_log
from backend.store import rights as store
from backend.store.pool import Connection, Database

Kind = Literal[
    "identity", "plan", "attendance", "results", "values", "answers", "own_words", "scores", "signals", "contacts",
    "messages", "journal_texts",
]  # fmt: skip
"""Kinds of data that can be disclosed or masked."""
Ground = Literal["consent", "client_asked", "law_requires", "harm_test", "within_care", "supervision"]
Given = Literal["own_login", "in_person", "in_writing"]
KINDS: Final = frozenset(get_args(Kind))
GROUNDS: Final = frozenset(get_args(Ground))
LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Registers:
    """What stands in a client's registers, newest first. Rows are plain values by name."""

    consents: tuple[dict[str, Any], ...]
    disclosures: tuple[dict[str, Any], ...]
    corrections: tuple[dict[str, Any], ...]
    erasures: tuple[dict[str, Any], ...]


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> Registers:
    """A client's registers, for themselves and staff with a care relation. Raises NotFound, Forbidden."""
    with db.transaction(principal) as conn:
        client = require_party(conn, principal, client_id, now)
        found = store.registers(conn, client)
        access_log.write(conn, principal, [client], "rights_opened", now=now)
    return Registers(**{name: tuple(rows) for name, rows in found.items()})


def record_consent(
    db: Database,
    principal: Principal,
    client_id: UUID,
    purpose: str,
    recipient: str,
    given_how: Given,
    *,
    ends_on: date | None = None,
    now: datetime,
) -> UUID:
    """Note a consent: by the client at their own login, or by staff who got it in person or in writing.

    Raises NotFound, Forbidden, Invalid.
    """
    if given_how not in get_args(Given) or (given_how == "own_login") != principal.is_client:
        raise Invalid("a consent is given at the client's own login, or to staff in person or in writing")
    if ends_on is not None and ends_on < now.date():
        raise Invalid("a consent ends in the future")
    consent_id = uuid4()
    why, to = said(purpose, 3), said(recipient, 2)
    with db.transaction(principal) as conn:
        client = require_party(conn, principal, client_id, now)
        store.add_consent(conn, principal, client, consent_id, why, to, given_how, ends_on, now=now)
        access_log.write(conn, principal, [client], "consent_recorded", now=now)
    return consent_id


def withdraw_consent(
    db: Database, principal: Principal, consent_id: UUID, reason: str = "", *, now: datetime
) -> None:
    """End a consent, without having to say why. Raises NotFound, Forbidden, Conflict when it has ended."""
    with db.transaction(principal) as conn:
        client = party_of(conn, principal, "consent", consent_id, now)
        if not store.withdraw_consent(conn, principal, client, consent_id, reason.strip() or None, now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "consent_withdrawn", now=now)


def disclose(
    db: Database,
    principal: Principal,
    client_id: UUID,
    recipient: str,
    what: Sequence[Kind],
    legal_ground: Ground,
    words: str,
    *,
    masked: Sequence[Kind] = (),
    consent_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Note that staff disclosed something, before it leaves. The platform itself sends nothing.

    Raises NotFound, Forbidden for anybody but clinicians and managers with a care relation, Invalid without words, for
    something that is both disclosed and masked, or for a consent that is not in force.
    """
    if not set(what) <= KINDS or not what or not set(masked) <= KINDS or set(what) & set(masked):
        raise Invalid("what is disclosed and what is masked are different kinds of data")
    if legal_ground not in GROUNDS or (legal_ground == "consent") != (consent_id is not None):
        raise Invalid("a disclosure has a legal ground; one by consent names the consent")
    told = {
        "disclosure_id": uuid4(), "recipient": said(recipient, 2), "what": sorted(set(what)),
        "masked": sorted(set(masked)), "legal_ground": legal_ground, "consent_id": consent_id, "words": said(words, 3),
    }  # fmt: skip
    with db.transaction(principal) as conn:
        client = require_decider(conn, principal, client_id, now)
        if consent_id is not None and not store.consent_is_in_force(conn, client, consent_id, now=now):
            raise Invalid("that consent is not in force")
        store.add_disclosure(conn, principal, client, told, now=now)
        access_log.write(conn, principal, [client], "disclosed", now=now)
    found: UUID = told["disclosure_id"]  # type: ignore[assignment]
    return found


def require_party(conn: Connection, principal: Principal, client_id: UUID, now: datetime) -> VisibleClientId:
    """The client for themselves or for staff who decide about them. Raises NotFound, Forbidden."""
    client = require_visible(conn, principal, client_id, now)
    if not principal.may("talk"):
        raise Forbidden
    return client


def require_decider(
    conn: Connection, principal: Principal, client_id: UUID, now: datetime
) -> VisibleClientId:
    """The client for clinicians and managers with a care relation. Raises NotFound, Forbidden."""
    client = require_visible(conn, principal, client_id, now)
    if not principal.may("care.read"):
        raise Forbidden
    return client


def party_of(
    conn: Connection, principal: Principal, subject: store.Subject, subject_id: UUID, now: datetime
) -> VisibleClientId:
    """Whom an entry is about, as `require_party`. Raises NotFound for one that does not exist."""
    client_id = store.client_of(conn, subject, subject_id)
    if client_id is None:
        raise NotFound
    return require_party(conn, principal, client_id, now)


def said(text: str, shortest: int) -> str:
    """Words with something in them. Raises Invalid."""
    words = text.strip()
    if not shortest <= len(words) <= LONGEST:
        raise Invalid(f"say it in {shortest} to {LONGEST} characters")
    return words

"""Removing a whole record: proposed by one person, approved by another, carried out by the platform (reference L7).

A record may go when its time has come (five years after the last entry in social services, ten in health care) or when
its erasure was granted; never under a legal hold. What goes is counted before and after. The client's data keys are
destroyed with it, so that free text and photos in old backups cannot be read once the deployment's key has been rotated
(docs/operations/keys.md). A certificate says what went; it names nobody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import open_archive, require_archive
from backend.domain.record_years import kept_since, record_years
from backend.errors import Conflict, Forbidden, NotFound
from backend.services.registers import said
from backend.services.two_persons import require_two
from backend.store import access_log, record_removal, retention
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

Ground = Literal["retention", "erasure"]


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A record that may go, by its alias and number; nothing clinical. `counted`: rows by table."""

    record_id: UUID
    alias: str
    ground: Ground
    held: bool
    in_a_case: bool
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal, and what became of it."""

    case_id: UUID
    record_id: UUID
    ground: Ground
    words: str
    counted: Mapping[str, int]
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None
    approved_by: str | None
    withdrawn_at: datetime | None
    done_at: datetime | None
    removed: Mapping[str, int] | None
    sha256: str | None
    is_own: bool
    """Whether whoever looks proposed it: somebody else approves."""


def due(db: Database, principal: Principal, *, now: datetime) -> tuple[DueRecord, ...]:
    """The dry run: records of the manager's unit that may go, and what is in them. Raises Forbidden, RetentionError."""
    unit_id = _unit(principal, "unit.manage")
    with db.transaction(principal) as conn:
        open_archive(conn, principal, unit_id)
        found = _due(conn, principal, unit_id, now)
        rows = record_removal.records(conn, unit_id, list(found))
        return tuple(
            DueRecord(
                row["client_id"], row["alias"], found[row["client_id"]], row["held"], row["in_a_case"],
                record_removal.counts(conn, row["client_id"]),
            )
            for row in rows
        )  # fmt: skip


def propose(db: Database, principal: Principal, record_id: UUID, words: str, *, now: datetime) -> UUID:
    """A unit manager proposes that a record goes. Raises Forbidden, NotFound when it may not, Invalid, Conflict."""
    unit_id = _unit(principal, "unit.manage")
    case_id, why = uuid4(), said(words, 3)
    with db.transaction(principal) as conn:
        open_archive(conn, principal, unit_id)
        ground = _due(conn, principal, unit_id, now).get(record_id)
        rows = record_removal.records(conn, unit_id, [record_id])
        if ground is None or not rows:
            raise NotFound
        if rows[0]["held"]:
            raise Conflict("a legal hold is in force")
        values = {
            "case_id": case_id, "tenant_id": principal.tenant_id, "unit_id": unit_id, "record_id": record_id,
            "ground": ground, "words": why, "account_id": principal.account_id, "now": now,
        }  # fmt: skip
        if not record_removal.propose(conn, record_removal.counts(conn, record_id), **values):
            raise Conflict
        access_log.write(
            conn, principal, [require_archive(principal, record_id, unit_id)], "deletion_proposed", now=now
        )
    return case_id


def approve(db: Database, principal: Principal, case_id: UUID, *, now: datetime) -> None:
    """Somebody else of the unit (a manager or clinician) agrees.

    Raises Forbidden, NotFound, Conflict; SamePerson and SameHand when it might be the one who proposed it.
    """
    _settle(db, principal, case_id, "approve", now)


def withdraw(db: Database, principal: Principal, case_id: UUID, *, now: datetime) -> None:
    """Take it back before it is carried out, by anybody who could have approved it. Raises as `approve` does."""
    _settle(db, principal, case_id, "withdraw", now)


def cases(db: Database, principal: Principal) -> tuple[Case, ...]:
    """The unit's cases with their certificates, newest first. Raises Forbidden."""
    unit_id = _unit(principal, "delete")
    with db.transaction(principal) as conn:
        return tuple(_case(row, principal) for row in record_removal.cases(conn, unit_id))


def certificate(db: Database, principal: Principal, case_id: UUID) -> str:
    """The certificate of a record that is gone, as JSON; its SHA-256 stands in the case. Raises NotFound."""
    unit_id = _unit(principal, "delete")
    with db.transaction(principal) as conn:
        row = record_removal.case(conn, case_id)
        if row is None or row["unit_id"] != unit_id or row["done_at"] is None:
            raise NotFound
        return certificate_text(row, row["removed"], row["done_at"])


def carry_out(db: Database, principal: Principal, *, now: datetime) -> int:
    """Remove every record two people agreed on, a transaction each; how many went. The system only. Raises Forbidden.

    Looked at again before: somebody may have written into the record, or placed a hold, since it was approved.
    """
    if not principal.is_system:
        raise Forbidden
    gone = 0
    with db.transaction(SYSTEM_SCOPE) as conn:
        waiting = [row["case_id"] for row in record_removal.approved(conn)]
    for case_id in waiting:
        with db.transaction(SYSTEM_SCOPE) as conn:
            row = next((one for one in record_removal.approved(conn) if one["case_id"] == case_id), None)
            if row is None or not _still_due(conn, row, now):
                continue
            removed = record_removal.remove(conn, row["record_id"], now=now)
            digest = sha256(certificate_text(row, removed, now).encode()).digest()
            record_removal.done(conn, case_id, removed, digest, now=now)
            gone += 1
    return gone


def certificate_text(row: Row, removed: Mapping[str, int], done_at: datetime) -> str:
    """What a certificate says: numbers, ground, times, who (as numbers), rows by table; nothing about the person."""
    told: dict[str, Any] = {
        "certificate": "nykter-deletion-1",
        **{name: str(row[name]) for name in ("case_id", "record_id", "ground", "proposed_by", "approved_by")},
        **{name: row[name].astimezone(UTC).isoformat() for name in ("proposed_at", "approved_at")},
        "done_at": done_at.astimezone(UTC).isoformat(),
        "removed": dict(removed),
        "backups": "free text and photos in backups made before are unreadable once the deployment's key is rotated; "
        "other data leaves with the oldest backup",
    }
    return json.dumps(told, indent=1, sort_keys=True)


def _settle(
    db: Database, principal: Principal, case_id: UUID, step: Literal["approve", "withdraw"], now: datetime
) -> None:
    unit_id = _unit(principal, "delete")
    with db.transaction(principal) as conn:
        row = record_removal.case(conn, case_id)
        if row is None or row["unit_id"] != unit_id:
            raise NotFound
        if row["done_at"] is not None or row["withdrawn_at"] is not None:
            raise Conflict
        if step == "approve":
            require_two(conn, row["proposed_by"], principal.account_id, now=now)
        if step == "approve" and row["approved_at"] is not None:
            raise Conflict
        record_removal.settle(conn, step, case_id, principal.account_id, now=now)
        action = "deletion_approved" if step == "approve" else "deletion_withdrawn"
        access_log.write(
            conn, principal, [require_archive(principal, row["record_id"], unit_id)], action, now=now
        )


def _unit(principal: Principal, action: str) -> UUID:
    if not principal.may(action) or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id


def _due(conn: Connection, principal: Principal, unit_id: UUID, now: datetime) -> dict[UUID, Ground]:
    tenant = record_removal.tenant(conn, principal.tenant_id)
    since = kept_since(now, record_years(tenant["kind"], tenant["settings"]))
    found: dict[UUID, Ground] = dict.fromkeys(record_removal.asked_for_everything(conn, unit_id), "erasure")
    old: dict[UUID, Ground] = dict.fromkeys(
        retention.clients_due(conn, principal.tenant_id, since=since, held=True), "retention"
    )
    return {**found, **old}


def _still_due(conn: Connection, row: Row, now: datetime) -> bool:
    if row["ground"] == "erasure":
        return True
    since = kept_since(now, record_years(row["kind"], row["settings"]))
    return row["record_id"] in retention.clients_due(
        conn, row["tenant_id"], since=since, only=[row["record_id"]]
    )


def _case(row: Row, principal: Principal) -> Case:
    found = {name: row[name] for name in Case.__dataclass_fields__ if name not in {"sha256", "is_own"}}
    digest = None if row["sha256"] is None else row["sha256"].hex()
    return Case(**found, sha256=digest, is_own=row["proposer"] == principal.account_id)

"""The chain that proves the access log: what is hashed, and what a broken chain looks like. Pure.

A row's digest covers its number and every field of it. A link's digest covers the tenant, the month, its number, the
link before it and the digests of its rows in order. So one changed, added, removed or moved row changes every later
link, and who wants to hide that must change the heads that were written down elsewhere, too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final, Literal

DIGEST: Final = 32
KEPT_YEARS: Final = 5
"""Source: HSLF-FS 2016:40 4:9."""
_FIELDS: Final = (
    "entry_id",
    "tenant_id",
    "at",
    "account_id",
    "unit_id",
    "client_id",
    "action",
    "emergency_id",
)
Fault = Literal[
    "changed",
    "removed",
    "not_sealed",
    "link_changed",
    "link_missing",
    "rolled_back",
    "replaced",
    "end_unsigned",
    "end_early",
]


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored."""

    tenant_id: str
    month: date
    number: int
    entry_ids: tuple[int, ...]
    digests: bytes
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stood: what is written down outside the database."""

    tenant_id: str
    month: date
    number: int
    entries: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed. `entry_id`: the row, where one can be named."""

    fault: Fault
    tenant_id: str
    month: date
    number: int | None = None
    entry_id: int | None = None


def month_of(at: datetime) -> date:
    """The month, in UTC, whose chain an entry belongs to."""
    return at.astimezone(UTC).date().replace(day=1)


def row_digest(row: Mapping[str, Any]) -> bytes:
    """The digest of one row of the log."""
    values = [_plain(row[name]) for name in _FIELDS]
    return sha256(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()).digest()


def may_have_ended(month: date, ended_at: datetime, *, now: datetime) -> bool:
    """Whether a month's rows may be gone: five years after its last day, and not in a time to come."""
    over = date(month.year + KEPT_YEARS + month.month // 12, month.month % 12 + 1, 1)
    return over <= ended_at.astimezone(UTC).date() and ended_at <= now


def genesis(tenant_id: str, month: date) -> bytes:
    """What stands before the first link of a month."""
    return sha256(f"nykter access log 1\n{tenant_id}\n{month.isoformat()}".encode()).digest()


def link(tenant_id: str, month: date, before: Head | None, rows: Sequence[Mapping[str, Any]]) -> Link:
    """The next link, for rows of that tenant and month in the order of their numbers."""
    previous = before.digest if before else genesis(tenant_id, month)
    number = before.number + 1 if before else 1
    digests = b"".join(row_digest(row) for row in rows)
    ids = tuple(row["entry_id"] for row in rows)
    return Link(
        tenant_id,
        month,
        number,
        ids,
        digests,
        previous,
        _link_digest(tenant_id, month, number, previous, ids, digests),
    )


def check_links(tenant_id: str, month: date, links: Iterable[Link]) -> Iterator[Finding]:
    """What is wrong with a month's links among themselves, in their order."""
    previous, number = genesis(tenant_id, month), 0
    for one in links:
        number += 1
        if one.number != number:
            yield Finding("link_missing", tenant_id, month, number)
            number = one.number
        elif one.previous != previous or one.digest != _link_digest(
            tenant_id, month, one.number, one.previous, one.entry_ids, one.digests
        ):
            yield Finding("link_changed", tenant_id, month, one.number)
        previous = one.digest


def check_rows(one: Link, rows: Mapping[int, Mapping[str, Any]], *, has_ended: bool) -> Iterator[Finding]:
    """What is wrong with the rows of a link; of a month that has ended rows may be missing."""
    for place, entry_id in enumerate(one.entry_ids):
        row = rows.get(entry_id)
        if row is None:
            if not has_ended:
                yield Finding("removed", one.tenant_id, one.month, one.number, entry_id)
        elif row_digest(row) != one.digests[DIGEST * place : DIGEST * (place + 1)]:
            yield Finding("changed", one.tenant_id, one.month, one.number, entry_id)


def check_head(anchored: Head, digests: Mapping[int, bytes], last: int) -> Finding | None:
    """What is wrong with a chain of `last` links with these digests, by a head that was written down elsewhere."""
    if anchored.number > last:
        return Finding("rolled_back", anchored.tenant_id, anchored.month, anchored.number)
    if (digest := digests.get(anchored.number)) is not None and digest != anchored.digest:
        return Finding("replaced", anchored.tenant_id, anchored.month, anchored.number)
    return None


def end_statement(head: Head, ended_at: datetime) -> bytes:
    """What is signed when a month's rows may go."""
    return (
        f"nykter access log: end of month 1\n{head.tenant_id}\n{head.month.isoformat()}\n{head.number}\n"
        f"{head.entries}\n{head.digest.hex()}\n{_plain(ended_at)}"
    ).encode()


def _link_digest(
    tenant_id: str, month: date, number: int, previous: bytes, ids: Sequence[int], digests: bytes
) -> bytes:
    named = ",".join(map(str, ids))
    return sha256(
        f"{tenant_id}\n{month.isoformat()}\n{number}\n{named}\n".encode() + previous + digests
    ).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, int) else str(value)

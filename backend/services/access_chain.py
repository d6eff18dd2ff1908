"""Seals the access log, says where its chains stand, checks them, and ends months that have been kept long enough.

Services write plain rows and wait for nobody; every ten seconds one sealer puts what was committed into links, in
order, under one lock. Decision 0014 has the figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from backend.access.principal import Principal
from backend.domain import access_chain as chain
from backend.domain.access_chain import Finding, Head, Link, month_of
from backend.errors import Forbidden
from backend.notify.channel import Channels, Message, TransportError
from backend.store import access_chain as store
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

BATCH: Final = 5_000
"""Entries that are sealed in one transaction (measured: 0.2 s)."""


class Anchor(Protocol):
    """Where heads are written down outside the database."""

    def append(self, heads: Sequence[Head], *, now: datetime) -> int:
        """Write down those heads that have moved; how many had."""

    def heads(self) -> list[Head]:
        """Everything written down, oldest first. Raises OSError, ValueError for a file that was tampered with."""

    def trust(self, key: VerifyKey, *, now: datetime) -> None:
        """Write down once that this key signs the ends of months. Raises as `heads` does."""

    def keys(self) -> list[VerifyKey]:
        """The keys written down. Raises as `heads` does."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check looked at and what it found."""

    chains: int
    links: int
    entries: int
    anchored: int
    findings: tuple[Finding, ...]


def seal(db: Database, principal: Principal) -> int:
    """Put every committed entry into a link; how many there were. The system only. Raises Forbidden."""
    _require_system(principal)
    sealed = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            if not store.try_lock(conn):
                return sealed
            rows = store.waiting(conn, BATCH)
            for (tenant_id, month), some in _by_chain(rows).items():
                store.add(conn, chain.link(tenant_id, month, store.head(conn, tenant_id, month), some))
        sealed += len(rows)
        if len(rows) < BATCH:
            return sealed


def heads(
    db: Database, principal: Principal, tenant_id: str | None = None, *, since: date | None = None
) -> list[Head]:
    """Where each chain stands. The system only. Raises Forbidden."""
    _require_system(principal)
    with db.transaction(SYSTEM_SCOPE) as conn:
        return store.heads(conn, tenant_id, since=since)


def anchor(
    db: Database, principal: Principal, place: Anchor, *, key: SigningKey | None = None, now: datetime
) -> int:
    """Write the heads down outside the database; how many had moved. The system only. Raises Forbidden, OSError.

    With `key`, which signs the ends of months here, its public half is written down, too.
    """
    standing = heads(db, principal)
    if key is not None:
        place.trust(key.verify_key, now=now)
    return place.append(standing, now=now)


def verify(
    db: Database,
    principal: Principal,
    anchored: Iterable[Head] = (),
    tenant_id: str | None = None,
    *,
    keys: Iterable[VerifyKey] = (),
    now: datetime,
) -> Check:
    """Look through every chain, its rows, and the heads written down elsewhere. The system only. Raises Forbidden.

    `keys` are those kept outside the database: the end of a month counts only when one of them signed it, whatever key
    stands beside it. `now` is the machine's own: a month cannot have ended later, whatever the database says.
    """
    _require_system(principal)
    with db.transaction(SYSTEM_SCOPE) as conn:
        return _Verifier(conn, tenant_id, list(anchored), list(keys), now).check()


def end_months(
    db: Database,
    principal: Principal,
    tenant_id: str,
    held: Sequence[UUID],
    key: SigningKey,
    *,
    before: datetime,
    now: datetime,
) -> list[date]:
    """Sign where the chains of months wholly before `before` ended, so that their rows may go. The system only.

    The database refuses months that are less than five years old.
    """
    _require_system(principal)
    seal(db, principal)
    with db.transaction(SYSTEM_SCOPE) as conn:
        months = store.months_due(conn, tenant_id, held, before=before)
        standing = {one.month: one for one in store.heads(conn, tenant_id)}
        for month in (one for one in months if one in standing):
            head = standing[month]
            signature = key.sign(chain.end_statement(head, now)).signature
            store.add_end(conn, head, bytes(key.verify_key), signature, now=now)
    return months


def send_heads(db: Database, principal: Principal, channels: Channels, *, now: datetime) -> int:
    """Tell each tenant's archivist this month's and the last month's heads; how many were told.

    Once a day, under the same message id however often it is tried. Raises Forbidden; TransportError when any place
    could not be reached now, after the others were told.
    """
    _require_system(principal)
    since = month_of(datetime(now.year, now.month, 1, tzinfo=UTC) - timedelta(days=1))
    told, failed = 0, None
    with db.transaction(SYSTEM_SCOPE) as conn:
        archivists = store.archivists(conn)
        standing = {row["tenant_id"]: store.heads(conn, row["tenant_id"], since=since) for row in archivists}
    for row in archivists:
        channel = channels.by_kind.get(row["kind"])
        if channel is None or not row["address"]:
            continue
        try:
            channel.send(_letter(row, standing[row["tenant_id"]], now), now=now)
            told += 1
        except TransportError as error:
            failed = error
    if failed is not None:
        raise failed
    return told


class _Verifier:
    def __init__(
        self,
        conn: Connection,
        tenant_id: str | None,
        anchored: list[Head],
        keys: list[VerifyKey],
        now: datetime,
    ) -> None:
        self._conn, self._keys, self._now = conn, keys, now
        self._tenant_id = tenant_id
        self._anchored = defaultdict(list)
        for one in anchored:
            if tenant_id is None or one.tenant_id == tenant_id:
                self._anchored[one.tenant_id, one.month].append(one)
        self._ends = {(row["tenant_id"], row["month"]): row for row in store.ends(conn, tenant_id)}
        self._settled = store.settled(conn)
        self._links = self._entries = 0

    def check(self) -> Check:
        keys = {(one.tenant_id, one.month) for one in store.heads(self._conn, self._tenant_id)}
        keys |= store.months_of_rows(self._conn, self._tenant_id) | set(self._anchored) | set(self._ends)
        findings = [finding for key in sorted(keys) for finding in self._chain(*key)]
        anchored = sum(map(len, self._anchored.values()))
        return Check(len(keys), self._links, self._entries, anchored, tuple(findings))

    def _chain(self, tenant_id: str, month: date) -> Iterator[Finding]:
        links = store.links(self._conn, tenant_id, month)
        end = self._ends.get((tenant_id, month))
        yield from chain.check_links(tenant_id, month, links)
        sealed: set[int] = set()
        for one in links:
            sealed.update(one.entry_ids)
            yield from chain.check_rows(one, store.rows(self._conn, one.entry_ids), has_ended=end is not None)
        self._links += len(links)
        self._entries += len(sealed)
        there = store.entries_of_month(self._conn, tenant_id, month)
        for entry_id in sorted(there - sealed):
            if entry_id <= self._settled or end is not None:
                yield Finding("not_sealed", tenant_id, month, None, entry_id)
        yield from self._against_heads(tenant_id, month, links, end)

    def _against_heads(
        self, tenant_id: str, month: date, links: list[Link], end: Row | None
    ) -> Iterator[Finding]:
        digests = {one.number: one.digest for one in links}
        last = max(digests, default=0)
        if end is not None:
            if not _is_signed(end, self._keys):
                yield Finding("end_unsigned", tenant_id, month, end["number"])
            if not chain.may_have_ended(month, end["ended_at"], now=self._now):
                yield Finding("end_early", tenant_id, month, end["number"])
            digests.setdefault(end["number"], bytes(end["digest"]))
            if digests[end["number"]] != bytes(end["digest"]):
                yield Finding("replaced", tenant_id, month, end["number"])
            last = max(last, end["number"])
        for one in self._anchored[tenant_id, month]:
            if (finding := chain.check_head(one, digests, last)) is not None:
                yield finding


def _is_signed(end: Row, keys: list[VerifyKey]) -> bool:
    """Whether a key kept outside signed it. The one in the row says only which: whoever forges the row chooses it."""
    head = Head(end["tenant_id"], end["month"], end["number"], end["entries"], bytes(end["digest"]))
    key = next((one for one in keys if bytes(one) == bytes(end["public_key"])), None)
    if key is None:
        return False
    try:
        key.verify(chain.end_statement(head, end["ended_at"]), bytes(end["signature"]))
    except (BadSignatureError, ValueError):
        return False
    return True


def _by_chain(rows: list[Row]) -> dict[tuple[str, date], list[Row]]:
    found: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in rows:
        found[row["tenant_id"], month_of(row["at"])].append(row)
    return found


def _letter(row: Row, standing: list[Head], now: datetime) -> Message:
    day = now.astimezone(UTC).date().isoformat()
    lines = [f"{one.month:%Y-%m}  {one.number}  {one.entries}  {one.digest.hex()}" for one in standing]
    text = (
        f"Loggens kontrollsummor {day} för {row['name']}. Spara detta brev: det visar senare om loggen ändrats.\n"
        f"Checksums of the log {day} for {row['name']}. Keep this letter: it shows later if it was changed.\n\n"
        "månad  länk  rader  kontrollsumma / month  link  rows  checksum\n" + "\n".join(lines) + "\n"
    )
    message_id = uuid5(NAMESPACE_URL, f"nykter:heads:{row['tenant_id']}:{day}")
    place = uuid5(NAMESPACE_URL, f"nykter:archivist:{row['tenant_id']}")
    return Message(
        message_id, place, row["address"], "notices", 4, len(lines), f"Kontrollsummor {day}", text, None
    )


def _require_system(principal: Principal) -> None:
    if not principal.is_system:
        raise Forbidden

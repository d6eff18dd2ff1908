"""Who has looked, as a file to keep: every line with time, unit, role, what was done and on which ground.

The table (CSV) lies inside the readable file (PDF), which bears its SHA-256 and where the log's own chain stood: either
can be held against the log later (`nykter audit heads`). Source: compliance reference L6 (HSLF-FS 2016:40 4:10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.visibility import may_name, require_visible
from backend.domain.access_chain import Head
from backend.errors import Forbidden
from backend.services.csv_table import csv_table
from backend.services.pdf_pages import Pages
from backend.store import access_chain, enrolment
from backend.store import access_log as store
from backend.store.pool import Database, Row

Form = Literal["pdf", "csv"]
_GROUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "clinician": ("vårdrelation", "care relation"),
    "manager": ("enhetens chef", "the unit's manager"),
    "operator": ("tekniskt stöd", "technical support"),
    "researcher": ("forskning", "research"),
    "client": ("du själv", "yourself"),
    "relative": ("du delar med hen", "you share with them"),
    "system": ("plattformens eget arbete", "the platform's own work"),
}
_EMERGENCIES: Final[Mapping[str, tuple[str, str]]] = {
    "acute_risk": ("nödläge: fara för liv eller hälsa", "emergency: life or health at risk"),
    "colleague_away": (
        "nödläge: den som har klienten gick inte att nå",
        "emergency: whoever has the client was away",
    ),
    "client_asked": ("nödläge: klienten bad om det", "emergency: the client asked for it"),
    "other": ("nödläge: annat", "emergency: something else"),
}
_WORDS: Final = {
    "sv": (
        "Vem som har tittat",
        "{rows} rader ur åtkomstloggen, den nyaste först. Tiderna är i {zone}. Uttaget {now}.",
        "Står något här som du undrar över, fråga mottagningen. De måste kunna säga varför någon har tittat.",
        "Tabellen med samma rader ligger i filen som {name}.",
        "Tabellens kontrollsumma (SHA-256): {digest}",
        "Loggens kedja stod vid länk {number} för {month}: {chain}",
        "Loggens kedja är ännu inte förseglad.",
    ),
    "en": (
        "Who has looked",
        "{rows} lines of the access log, the newest first. Times are in {zone}. Taken out {now}.",
        "If you wonder about something here, ask the clinic. They have to be able to say why somebody looked.",
        "The table with the same lines lies in this file as {name}.",
        "The table's digest (SHA-256): {digest}",
        "The log's chain stood at link {number} of {month}: {chain}",
        "The log's chain is not sealed yet.",
    ),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How actions and roles are told; what has no word stands as it is logged."""

    language: Literal["sv", "en"]
    actions: Mapping[str, str]
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """A file with a neutral name. `sha256`: of the table, in either form."""

    filename: str
    media_type: str
    content: bytes
    sha256: str


def extract(
    db: Database, principal: Principal, client_id: UUID, form: Form, told: Vocabulary, *, now: datetime
) -> ExtractFile:
    """The whole list, for the client themselves or for staff with a care relation who hand it out.

    Taking it out is logged, and stands in the next one. Raises NotFound for strangers, Forbidden for anybody else.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.may("talk"):
            raise Forbidden
        rows = store.whole(conn, client, until=now)
        named = store.names_are_shown(conn, client)
        person = enrolment.client(conn, client)
        assert person is not None, "a visible client exists"
        name = person["display_name"] if may_name(conn, principal, client, now) else None
        heads = access_chain.heads(conn, person["tenant_id"])
        store.write(conn, principal, [client], "access_log_exported", now=now)
    zone = person["timezone"]
    lines = [_line(row, zone, told, named=named) for row in rows]
    table = csv_table(lines).encode()
    digest = sha256(table).hexdigest()
    title = f"access-log-{now:%Y-%m-%d}"
    if form == "csv":
        return ExtractFile(f"{title}.csv", "text/csv; charset=utf-8", table, digest)
    whose = " ".join(filter(None, (person["alias"], name)))
    made = _pages(lines, table, digest, heads[-1] if heads else None, whose, zone, told, f"{title}.csv", now)
    return ExtractFile(f"{title}.pdf", "application/pdf", made, digest)


def _line(row: Row, zone: str, told: Vocabulary, *, named: bool) -> dict[str, Any]:
    place = 0 if told.language == "sv" else 1
    ground = _EMERGENCIES.get(row["emergency_reason"]) or _GROUNDS.get(row["role"], ("", ""))
    is_named = named and row["role"] not in {"client", "system"}
    return {
        "row": row["entry_id"],
        "at_utc": row["at"].astimezone(UTC).isoformat(timespec="seconds"),
        "at_local": _local(row["at"], zone),
        "zone": zone,
        "unit": row["unit"] or "",
        "role": told.roles.get(row["role"], row["role"]),
        "name": row["name"] if is_named else "",
        "action": told.actions.get(row["action"], row["action"]),
        "logged_as": row["action"],
        "reason": ground[place],
    }


def _pages(
    lines: list[dict[str, Any]],
    table: bytes,
    digest: str,
    head: Head | None,
    whose: str,
    zone: str,
    told: Vocabulary,
    table_name: str,
    now: datetime,
) -> bytes:
    title, lead, ask, inside, sum_words, chain, unsealed = _WORDS[told.language]
    local = now.astimezone(ZoneInfo(zone))
    pages = Pages(title, whose, told.language, local)
    pages.heading(f"{title} {whose}")
    pages.line_of_text(lead.format(rows=len(lines), zone=zone, now=_local(now, zone)))
    pages.line_of_text(ask)
    pages.ln(3)
    for one in lines:
        who = ", ".join(filter(None, (one["name"], one["role"], one["unit"])))
        pages.line_of_text(f"{one['at_local']}  {who}: {one['action']} ({one['reason']})")
    pages.ln(4)
    pages.small(inside.format(name=table_name))
    pages.small(sum_words.format(digest=digest))
    if head is None:
        pages.small(unsealed)
    else:
        pages.small(chain.format(number=head.number, month=f"{head.month:%Y-%m}", chain=head.digest.hex()))
    pages.embed_file(basename=table_name, bytes=table, mime_type="text/csv", modification_date=local)
    return pages.finished()


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")

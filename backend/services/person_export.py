"""A person's right to their own data (GDPR 15 and 20; compliance reference G2): all of it, for machines and for people.

One zip: `data.json` with every kind, a CSV for each, a PDF in words, and a page that says what is what. Scores,
thresholds, who has been told, to whom something was disclosed and who has looked are in it. The export itself is a
look: it stands in the record, and so in the next export.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import may_name, own_client, require_lasting
from backend.errors import Forbidden
from backend.services.csv_table import csv_table
from backend.services.person_export_pdf import readable_pdf
from backend.services.person_export_words import READ_ME, SECTION_WORDS
from backend.services.photo_keys import PhotoKeys
from backend.store import access_log, identity_photos
from backend.store import person_export as store
from backend.store.pool import Connection, Database, Row
from backend.store.signed_message import MessageKey
from contracts.errors import ContractError
from contracts.photo import Photo

VERSION: Final = 1
REDISCLOSURE: Final = (
    "Health data about one person. Whoever receives it may be bound by secrecy and may not pass it on without a legal "
    "ground."
)
"""Stands in every export."""


@dataclass(frozen=True, slots=True)
class PersonExport:
    """A finished export: a neutral file name, and the zip's bytes."""

    filename: str
    data: bytes


def export(
    db: Database,
    principal: Principal,
    client_id: UUID,
    *,
    language: Literal["sv", "en"] | None = None,
    photo_keys: PhotoKeys | None = None,
    now: datetime,
) -> PersonExport:
    """Everything about a client, for staff with a care relation who hand it out.

    Raises NotFound for strangers, Forbidden for those who give no care, who see the client in an emergency only, or
    who may not see a protected name.
    """
    if not principal.gives_care and not principal.is_client:
        raise Forbidden
    return _export(db, principal, client_id, language or principal.language, photo_keys or PhotoKeys(), now)


def export_own(
    db: Database,
    principal: Principal,
    *,
    language: Literal["sv", "en"] | None = None,
    photo_keys: PhotoKeys | None = None,
    now: datetime,
) -> PersonExport:
    """Everything about the client who asks; `photo_keys` open the pictures at their blows, which are in it.

    Raises NotFound when the principal is not a client.
    """
    client = own_client(principal)
    return _export(db, principal, client, language or principal.language, photo_keys or PhotoKeys(), now)


def _export(
    db: Database,
    principal: Principal,
    client_id: UUID,
    language: Literal["sv", "en"],
    photo_keys: PhotoKeys,
    now: datetime,
) -> PersonExport:
    with db.transaction(principal) as conn:
        client = require_lasting(conn, principal, client_id, now)
        if not may_name(conn, principal, client, now):
            raise Forbidden
        access_log.write(conn, principal, [client], "exported_everything", now=now)
        found = store.sections(conn, client, now=now)
        pictures = _pictures(conn, client, found["pictures"], photo_keys)
    return PersonExport(f"export-{now:%Y-%m-%d}.zip", _zip(client, found, pictures, language, now))


def _pictures(
    conn: Connection, client: VisibleClientId, rows: list[Row], keys: PhotoKeys
) -> dict[str, bytes]:
    """Every picture that is kept, opened, by its place in the export; one that no key opens has no place."""
    opened = {}
    for row in rows:
        key = MessageKey(row["device_id"], row["boot_id"], row["sequence"])
        body = identity_photos.signed_photo(conn, client, key) if row["file"] else None
        jpeg = _opened(body, keys) if body else None
        if jpeg is None:
            row["file"] = None
        else:
            opened[row["file"]] = jpeg
    return opened


def _opened(body: bytes, keys: PhotoKeys) -> bytes | None:
    try:
        said = Photo.read(body).value
    except (
        ContractError
    ):  # of an older version: the row says that a picture is kept, and the rest is still theirs
        return None
    return keys.open(said.sealed_for, said.sealed)


def _zip(
    client: VisibleClientId,
    found: dict[str, list[Row]],
    pictures: dict[str, bytes],
    language: Literal["sv", "en"],
    now: datetime,
) -> bytes:
    zone = ZoneInfo(found["person"][0]["timezone"])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        whole = {
            "format": "nykter-person-export",
            "version": VERSION,
            "client_id": str(client),
            "exported_at": now.astimezone(UTC).isoformat(),
            "notice": REDISCLOSURE,
            **{name: [_plain(row) for row in rows] for name, rows in found.items()},
        }
        file.writestr("data.json", json.dumps(whole, ensure_ascii=False, indent=1))
        for name, rows in found.items():
            if rows:
                file.writestr(f"csv/{name}.csv", csv_table([_flat(row) for row in rows]))
        for place, jpeg in pictures.items():
            file.writestr(place, jpeg)
        file.writestr(READ_ME[language].filename, READ_ME[language].text(SECTION_WORDS, list(found)))
        file.writestr(READ_ME[language].pdf_name, readable_pdf(found, language, zone, now))
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)  # 0.10 keeps its zero
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value


def _flat(row: Row) -> dict[str, Any]:
    plain = {name: _plain(value) for name, value in row.items()}
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for name, value in plain.items()
    }

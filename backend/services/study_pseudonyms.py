"""Histories for research under pseudonyms: of an imported study, or of the clients of a tenant of care.

The key that makes the pseudonyms never comes near the data: it is handed in, used and forgotten; neither database nor
folder holds it. What goes beyond courses, sex and age band goes only with an approval that is named, which stands
in the description beside the data.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from backend.access.principal import Principal
from backend.access.visibility import require_all_visible
from backend.errors import Forbidden, Invalid, NotFound
from backend.store import access_log, histories, studies
from backend.store.pool import Database
from relapse_model.pseudonyms import LEAST_PEOPLE, USUAL_GROUPS, pseudonymised
from relapse_model.study import write_study

ABOUT: Final = "about.json"
LEAST_APPROVAL: Final = 5


@dataclass(frozen=True, slots=True)
class PseudonymCounts:
    """How much was written, and how much was left out."""

    study: str
    people: int
    drinking: int
    prompts: int
    answers: int
    breath_tests: int
    blanked: int
    answers_left_out: int


def export_pseudonymised(
    db: Database,
    principal: Principal,
    folder: Path,
    key: bytes,
    *,
    tenant_id: str = "research",
    study: str | None = None,
    groups: Sequence[str] = (),
    keeps_dates: bool = False,
    approval: str = "",
    now: datetime,
) -> PseudonymCounts:
    """Write a study folder under pseudonyms; every person's access log says so.

    Of a research tenant the imported study of that name; of a tenant of care everybody whose identity is not protected,
    under the name given, and only with an approval (of an ethics review, say). Dates as they are and groups other than
    sex and age band need one everywhere. The system only. Raises Forbidden, NotFound, Invalid.
    """
    if not principal.may("platform"):
        raise Forbidden
    approved = " ".join(approval.split())
    if (keeps_dates or set(groups) - set(USUAL_GROUPS)) and len(approved) < LEAST_APPROVAL:
        raise Invalid(
            "dates as they are, and groups other than sex and age band, need an approval that is named"
        )
    with db.transaction(principal) as conn:
        kind = studies.tenant_kind(conn, tenant_id)
        if kind is None:
            raise NotFound("there is no such tenant")
        if kind == "research":
            name = study or _only(list(studies.studies_of(conn, tenant_id)))
            clients = studies.clients_of(conn, tenant_id, name)
        else:
            if not study or len(approved) < LEAST_APPROVAL:
                raise Invalid(
                    "clients of care leave under the name of a study and with an approval that is named"
                )
            name, clients = study, studies.clients_in_care(conn, tenant_id)
        if not clients:
            raise NotFound(f"there is nobody to export for {name}")
        seen = require_all_visible(conn, principal, clients, now)
        if kind == "research":
            history = studies.history_of(conn, tenant_id, name)
        else:
            history = histories.history_of(conn, clients, now=now)
        try:
            made = pseudonymised(history, key, f"{tenant_id}/{name}", groups=groups, keeps_dates=keeps_dates)
        except ValueError as error:
            raise Invalid(str(error)) from error
        access_log.write(conn, principal, seen, "exported_for_research", now=now)
    write_study(made.history, folder)
    whole = made.history
    counts = PseudonymCounts(
        name, len(whole.people), len(whole.drinking), len(whole.prompts), len(whole.answers),
        len(whole.breath_tests), made.blanked, made.answers_left_out,
    )  # fmt: skip
    _describe(folder, counts, groups, approved, now, keeps_dates=keeps_dates)
    return counts


def _only(there: list[str]) -> str:
    if not there:
        raise NotFound("no study has been imported")
    if len(there) > 1:
        raise Invalid(f"which one? There are {', '.join(there)}")
    return there[0]


def _describe(
    folder: Path,
    counts: PseudonymCounts,
    groups: Sequence[str],
    approval: str,
    now: datetime,
    *,
    keeps_dates: bool,
) -> None:
    """What the folder is, for whoever receives it. It holds nothing about the key."""
    told = {
        "format": "nykter-study-pseudonymised-1",
        "study": counts.study,
        "exported_at": now.astimezone(UTC).isoformat(),
        "pseudonyms": "HMAC-SHA256 with a key that is kept apart; still personal data (GDPR 4(5))",
        "dates": "as they are"
        if keeps_dates
        else "moved: everybody begins in one week; weekday and time of day stay",
        "groups": list(groups),
        "least_people_in_a_group": LEAST_PEOPLE,
        "values_left_out": counts.blanked,
        "answers_left_out": counts.answers_left_out,
        "free_text": "none",
        "approval": approval or None,
    }
    (folder / ABOUT).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

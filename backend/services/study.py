"""Study folders in and out: real people's histories as clients of a research tenant.

They are history: they get days, graphs and a risk score at the end of their observed time, and from a job one for
each week before it, but no windows, no alerts and no lost contact.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import require_all_visible
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import enrolment, scoring
from backend.services.passwords import generated_password
from backend.store import access_log, care_writes, risk_models, studies
from backend.store import enrolment as enrolment_store
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import Artifact
from relapse_model.errors import StudyError
from relapse_model.frame import History, instant
from relapse_model.study import read_study, write_study

UNIT: Final = "Studier"
_WORDS: Final = {
    ("prompts.csv", "kind"): ("breath_test", "check_in", "visit"),
    ("drinking.csv", "source"): ("self_report", "breath_test"),
}
_LONGEST_NAME = 60


class AlreadyImported(Conflict):
    """This study has been imported already."""


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """How much a study holds, in rows."""

    study: str
    people: int
    drinking: int
    prompts: int
    answers: int
    breath_tests: int


def import_study(
    db: Database,
    principal: Principal,
    folder: Path,
    *,
    model: Artifact,
    tenant_id: str = "research",
    study: str | None = None,
    replace: bool = False,
    now: datetime,
) -> StudyCounts:
    """Load a study folder, completely or not at all, as clients of a research tenant (made when it is not there).

    Raises StudyError listing every broken row with file, line and reason; AlreadyImported unless `replace`; Invalid
    for a tenant that is not for research; Forbidden for anybody but the system and the tenant's administrators.
    """
    if not principal.may("study") or not (principal.is_system or principal.tenant_id == tenant_id):
        raise Forbidden
    name = study or folder.resolve().name
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise Invalid(f"a study's name has 1 to {_LONGEST_NAME} characters")
    history = read_study(folder)
    if problems := list(_unknown_words(folder)):
        raise StudyError(problems)
    if not len(history.people):
        raise StudyError(["people.csv: nobody is in it"])
    # Who may was checked above; replacing a study takes away what services may only add to.
    with db.transaction(SYSTEM_SCOPE) as conn:
        unit_id = _unit(conn, principal, tenant_id, now)
        there = studies.clients_of(conn, tenant_id, name)
        if there and not replace:
            raise AlreadyImported(f"{name} has been imported already ({len(there)} people)")
        studies.remove(conn, there)
        ids = studies.add(conn, history, tenant_id, unit_id, name, now=now)
        began = {one: instant(history.people.observed_from[row]) for row, one in enumerate(ids)}
        care_writes.refresh_days(conn, _earliest(history, ids, began), now=now)
        scoring.score_at(conn, ids, model, now=now)
        risk_models.wake(conn, "past")
    return _counts(name, history)


def export_study(
    db: Database,
    principal: Principal,
    folder: Path,
    *,
    study: str | None = None,
    tenant_id: str = "research",
    now: datetime,
) -> StudyCounts:
    """Write an imported study back in the same format; every person's access log says that it was exported.

    `study` may be left out when the tenant has one only. Raises NotFound, Invalid when the choice is not clear,
    Forbidden.
    """
    with db.transaction(principal) as conn:
        if studies.tenant_kind(conn, tenant_id) is None:
            raise NotFound("there is no such tenant")
        name = study or _only_study(conn, tenant_id)
        clients = studies.clients_of(conn, tenant_id, name)
        if not clients:
            raise NotFound(f"no study called {name} has been imported")
        seen = require_all_visible(conn, principal, clients, now)
        history = studies.history_of(conn, tenant_id, name)
        access_log.write(conn, principal, seen, "exported", now=now)
    write_study(history, folder)
    return _counts(name, history)


def has_logins(db: Database, principal: Principal, *, tenant_id: str = "research") -> bool:
    """Whether anybody can sign in to the tenant. Only for the system itself; raises Forbidden."""
    if not principal.is_system:
        raise Forbidden
    with db.transaction(principal) as conn:
        return enrolment_store.has_accounts(conn, tenant_id)


def create_researcher(
    db: Database, principal: Principal, username: str, *, tenant_id: str = "research", now: datetime
) -> str:
    """A login that sees every client of the research tenant; returns its generated password, which is kept nowhere.

    Raises Conflict when the username is taken, Forbidden, Invalid.
    """
    password = generated_password()
    enrolment.create_account(
        db,
        principal,
        tenant_id,
        username=username,
        display_name=username,
        role="researcher",
        password=password,
        now=now,
    )
    return password


def _unit(conn: Connection, principal: Principal, tenant_id: str, now: datetime) -> UUID:
    kind = studies.tenant_kind(conn, tenant_id)
    if kind is None:
        if not principal.is_system:
            raise Forbidden
        enrolment_store.add(
            conn, "tenant", tenant_id=tenant_id, name="Forskning", kind="research", settings={}, now=now
        )
    elif kind != "research":
        raise Invalid(f"{tenant_id} is a tenant of care; studies are imported into a research tenant")
    unit_id = studies.unit_named(conn, tenant_id, UNIT)
    if unit_id is None:
        unit_id = uuid4()
        enrolment_store.add(conn, "unit", unit_id=unit_id, tenant_id=tenant_id, name=UNIT)
    return unit_id


def _only_study(conn: Connection, tenant_id: str) -> str:
    there = studies.studies_of(conn, tenant_id)
    if not there:
        raise NotFound("no study has been imported")
    if len(there) > 1:
        raise Invalid(f"which one? There are {', '.join(there)}")
    return next(iter(there))


def _earliest(history: History, ids: list[UUID], began: dict[UUID, datetime]) -> dict[UUID, datetime]:
    """From when on each person's days are to be written: drinking may be known from before the observed time."""
    earliest = dict(began)
    for person, at in zip(
        history.drinking.person.tolist(), history.drinking.started_at.tolist(), strict=True
    ):
        when = instant(at)
        earliest[ids[person]] = min(earliest[ids[person]], when)
    return earliest


def _unknown_words(folder: Path) -> Iterator[str]:
    """Values the platform has no place for, as `file:line: reason`. The reader has checked everything else."""
    for (name, column), allowed in _WORDS.items():
        if not (folder / name).exists():
            continue
        with (folder / name).open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source, strict=True)
            place = [cell.strip() for cell in next(reader)].index(column)
            for cells in reader:
                if cells and cells[place] not in allowed:
                    yield f"{name}:{reader.line_num}: {column} {cells[place]!r} is none of {', '.join(allowed)}"


def _counts(name: str, history: History) -> StudyCounts:
    return StudyCounts(
        name,
        len(history.people),
        len(history.drinking),
        len(history.prompts),
        len(history.answers),
        len(history.breath_tests),
    )

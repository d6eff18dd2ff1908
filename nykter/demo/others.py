"""Everybody else who signs in at the demo: a colleague, technical support, a researcher with a study, a relative."""

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from uuid import UUID

from backend.access.principal import SYSTEM, Principal, Role
from backend.domain.rota import Weekly
from backend.services import alert_policy, enrolment, relatives, study
from backend.store.pool import Database
from nykter.demo.world import TENANT, Login
from relapse_model.artifact import Artifact
from simulators.study import write_population

STUDY: Final = "demo-study"
_PEOPLE, _DAYS = 6, 60
"""Few and short: they are imported and scored while somebody waits for the demo to start."""


def let_in(
    db: Database,
    staff: tuple[Principal, Principal],
    client: Principal,
    seed: int,
    model: Artifact,
    now: datetime,
) -> dict[str, Any]:
    """Their logins for demo.json, each made once, through the services; and `relative_link`, an open invitation.

    `staff`: the clinician and the manager who are there already; with the colleague they fill the rota.
    """
    clinician, manager = staff
    assert clinician.unit_id is not None, "a clinician belongs to a unit"
    assert clinician.account_id is not None, "a clinician signs in"
    colleague, operator = Login("erik", _password()), Login("teknik", _password())
    erik = _staff(db, colleague, "Erik Kollega", "clinician", clinician.unit_id, now)
    fill_rota(db, manager, clinician.unit_id, (clinician.account_id, erik), now)
    _staff(db, operator, "Teknik", "operator", None, now)
    _, token, _ = relatives.invite(db, client, "Mamma", client.display_name, ("plan", "attendance"), now=now)
    relative = Login("mamma", _password())
    relatives.accept(
        db, token, username=relative.username, display_name="Mamma", password=relative.password, now=now
    )
    _, open_token, _ = relatives.invite(db, client, "Bror", client.display_name, ("plan",), now=now)
    return {
        "colleague": colleague.as_json(),
        "operator": operator.as_json(),
        "relative": relative.as_json(),
        "relative_link": f"/r/{open_token}",
        "researcher": _researcher(db, seed, model, now).as_json(),
    }


def fill_rota(db: Database, manager: Principal, unit_id: UUID, first: Sequence[UUID], now: datetime) -> None:
    """The coming weeks on duty: the two clinicians share each week, and the manager is told second."""
    maria, erik = first
    change = time(8)
    lines: tuple[tuple[Literal[1, 2], UUID | None, Weekly], ...] = (
        (1, maria, Weekly(1, change, 4, change)),
        (1, erik, Weekly(4, change, 1, change)),
        (2, manager.account_id, Weekly(1, change, 1, change)),
    )
    for place, who, when in lines:
        alert_policy.add_duty(db, manager, unit_id, place, who, when, now=now)


def _staff(db: Database, login: Login, name: str, role: Role, unit_id: UUID | None, now: datetime) -> UUID:
    return enrolment.create_account(
        db,
        SYSTEM,
        TENANT,
        username=login.username,
        display_name=name,
        role=role,
        password=login.password,
        unit_id=unit_id,
        now=now,
    )


def _researcher(db: Database, seed: int, model: Artifact, now: datetime) -> Login:
    """A login that sees the people of a small simulated study, in a research tenant of its own."""
    with TemporaryDirectory() as folder:
        write_population(Path(folder), _PEOPLE, _DAYS, seed, (now - timedelta(days=_DAYS + 30)).date())
        study.import_study(db, SYSTEM, Path(folder), model=model, study=STUDY, now=now)
    return Login("forskare", study.create_researcher(db, SYSTEM, "forskare", now=now))


def _password() -> str:
    return secrets.token_urlsafe(9)

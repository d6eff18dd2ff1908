"""Everybody else who signs in at the demo: a colleague, technical support, a researcher with a study, a relative."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from uuid import UUID

from backend.access.principal import SYSTEM, Principal, Role
from backend.domain.rota import Weekly
from backend.errors import Conflict
from backend.services import alert_policy, enrolment, relatives, study
from backend.store.pool import Database
from nykter.demo.world import TENANT, Login
from relapse_model.artifact import Artifact
from simulators.study import write_population

STUDY: Final = "demo-study"
RESEARCH: Final = "research"
_PEOPLE, _DAYS = 6, 60
"""Few and short: they are imported and scored while somebody waits for the demo to start."""


USERNAMES: Final = {"colleague": "erik", "operator": "teknik", "relative": "mamma", "researcher": "forskare"}


def logins(known: Mapping[str, Any]) -> dict[str, Login]:
    """Their logins: those that `known` (demo.json) holds already, and new ones. Keep them before `let_in`."""
    return {
        who: Login(**known.get(who, {"username": name, "password": secrets.token_urlsafe(9)}))
        for who, name in USERNAMES.items()
    }


def let_in(
    db: Database,
    staff: tuple[Principal, Principal],
    client: Principal,
    logins: Mapping[str, Login],
    seed: int,
    model: Artifact,
    now: datetime,
) -> str:
    """Make what is not there yet, through the services, so that a first start cut off in here goes on; returns the path
    of an invitation for one more relative.

    `staff`: the clinician and the manager who are there already; with the colleague they fill the rota.
    """
    clinician, manager = staff
    assert clinician.unit_id is not None, "a clinician belongs to a unit"
    assert clinician.account_id is not None, "a clinician signs in"
    with suppress(Conflict):
        erik = _account(db, logins["colleague"], "Erik Kollega", "clinician", clinician.unit_id, now)
        fill_rota(db, manager, clinician.unit_id, (clinician.account_id, erik), now)
    with suppress(Conflict):
        _account(db, logins["operator"], "Teknik", "operator", None, now)
    mother = logins["relative"]
    with suppress(Conflict):
        _, token, _ = relatives.invite(
            db, client, "Mamma", client.display_name, ("plan", "attendance"), now=now
        )
        relatives.accept(
            db, token, username=mother.username, display_name="Mamma", password=mother.password, now=now
        )
    with suppress(Conflict):
        _import_study(db, seed, model, now)
    with suppress(Conflict):
        _account(db, logins["researcher"], "Forskare", "researcher", None, now, tenant_id=RESEARCH)
    _, open_token, _ = relatives.invite(db, client, "Bror", client.display_name, ("plan",), now=now)
    return f"/r/{open_token}"


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


def _account(
    db: Database,
    login: Login,
    name: str,
    role: Role,
    unit_id: UUID | None,
    now: datetime,
    tenant_id: str = TENANT,
) -> UUID:
    return enrolment.create_account(
        db,
        SYSTEM,
        tenant_id,
        username=login.username,
        display_name=name,
        role=role,
        password=login.password,
        unit_id=unit_id,
        now=now,
    )


def _import_study(db: Database, seed: int, model: Artifact, now: datetime) -> None:
    """A small simulated study in a research tenant of its own, for the researcher to see."""
    with TemporaryDirectory() as folder:
        write_population(Path(folder), _PEOPLE, _DAYS, seed, (now - timedelta(days=_DAYS + 30)).date())
        study.import_study(db, SYSTEM, Path(folder), tenant_id=RESEARCH, model=model, study=STUDY, now=now)

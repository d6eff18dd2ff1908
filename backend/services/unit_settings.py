"""What a unit has set for itself: working hours, its promise to answer, cut-offs, how unsure its minutes are, numbers
to call.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.domain.help_numbers import HelpNumber, NumberError, read_numbers
from backend.domain.instruments import AnswerError, CutOffs, read_cut_offs
from backend.domain.office_hours import (
    DEFAULT_HOURS,
    REPLY_WITHIN_HOURS,
    HoursError,
    OfficeHours,
    read_hours,
)
from backend.domain.staff_time import DEFAULT_UNCERTAINTY_PERCENT
from backend.errors import Forbidden, Invalid, NotFound
from backend.services.casework_views import SettingChange, UnitSettings
from backend.store import unit_settings as store
from backend.store.pool import Connection, Database

Name = Literal[
    "working_hours", "reply_within_hours", "cut_offs", "uncertainty_percent", "help_numbers", "safety_text"
]
LONGEST_PROMISE_HOURS: Final = 40
LONGEST_SAFETY_TEXT: Final = 600
LEAST_REASON: Final = 3


def own_unit(conn: Connection, principal: Principal) -> tuple[UUID, str]:
    """The unit a manager answers for, and its name. Raises Forbidden for other roles, NotFound without a unit."""
    if not principal.may("unit.manage"):
        raise Forbidden
    if principal.unit_id is None:
        raise NotFound
    row = store.unit(conn, principal.unit_id, principal.tenant_id)
    if row is None:
        raise NotFound
    return row["unit_id"], row["name"]


def settings(db: Database, principal: Principal, *, now: datetime) -> UnitSettings:
    """What the manager's unit has set, defaults filled in. Raises Forbidden, NotFound."""
    with db.transaction(principal) as conn:
        unit_id, name = own_unit(conn, principal)
        found = store.in_force(conn, unit_id, at=now)
        changes = store.history(conn, unit_id)
    return UnitSettings(
        unit=name,
        hours=_hours(found).stored(),
        reply_within_hours=_promise(found),
        cut_offs=asdict(_cut_offs(found)),
        uncertainty_percent=_uncertainty(found),
        safety_text=found.get("safety_text"),
        history=tuple(
            SettingChange(row["name"], row["value"], row["valid_from"], row["set_by"], row["reason"])
            for row in changes
        ),
    )


def set_one(
    db: Database, principal: Principal, name: Name, value: Any, reason: str, *, now: datetime
) -> None:
    """Change one setting from now on; what was computed before keeps the old one. Raises Invalid, Forbidden."""
    kept = _checked(name, value)
    if len(reason.strip()) < LEAST_REASON:
        raise Invalid("a changed setting needs a reason in words")
    with db.transaction(principal) as conn:
        unit_id, _ = own_unit(conn, principal)
        store.add(
            conn,
            principal.tenant_id,
            unit_id,
            name,
            kept,
            principal.account_id,
            reason.strip(),
            valid_from=now,
            now=now,
        )


def hours_of(conn: Connection, client: VisibleClientId, *, now: datetime) -> tuple[OfficeHours, int]:
    """The working hours and the promise (working hours) of the unit that cares for a client."""
    return hours_of_unit(conn, store.unit_of_client(conn, client), now=now)


def hours_of_unit(conn: Connection, unit_id: UUID, *, now: datetime) -> tuple[OfficeHours, int]:
    """The same of a unit, for a caller who has checked that the principal may."""
    found = store.in_force(conn, unit_id, at=now)
    return _hours(found), _promise(found)


def zone_of(conn: Connection, unit_id: UUID, *, now: datetime) -> str:
    """The unit's own time zone: where its months begin and end."""
    return _hours(store.in_force(conn, unit_id, at=now)).timezone


def cut_offs_of(conn: Connection, unit_id: UUID, *, now: datetime) -> CutOffs:
    """The unit's cut-offs for questionnaires."""
    return _cut_offs(store.in_force(conn, unit_id, at=now))


def uncertainty_of(conn: Connection, unit_id: UUID, *, now: datetime) -> int:
    """How far the unit's unmeasured minutes may be off, percent."""
    return _uncertainty(store.in_force(conn, unit_id, at=now))


def help_numbers_of(conn: Connection, client: VisibleClientId, *, now: datetime) -> tuple[HelpNumber, ...]:
    """The numbers to call that the unit that cares for a client has set; none when it has set none."""
    found = store.in_force(conn, store.unit_of_client(conn, client), at=now)
    return read_numbers(found.get("help_numbers", []))


def _checked(name: Name, value: Any) -> Any:
    try:
        if name == "help_numbers":
            return [asdict(one) for one in read_numbers(value)]
        if name == "working_hours":
            return read_hours(value).stored()
        if name == "cut_offs":
            return asdict(read_cut_offs(value if isinstance(value, Mapping) else {"audit_woman": None}))
    except (HoursError, AnswerError, NumberError) as error:
        raise Invalid(str(error)) from error
    if name == "safety_text":
        if not isinstance(value, str) or not 10 <= len(value.strip()) <= LONGEST_SAFETY_TEXT:
            raise Invalid(f"the text has 10 to {LONGEST_SAFETY_TEXT} characters")
        return value.strip()
    most = {"reply_within_hours": LONGEST_PROMISE_HOURS, "uncertainty_percent": 90}.get(name)
    if most is None:
        raise Invalid("unknown setting")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid(f"{name} is a whole number from 1 to {most}")
    return value


def _hours(found: Mapping[str, Any]) -> OfficeHours:
    return read_hours(found["working_hours"]) if "working_hours" in found else DEFAULT_HOURS


def _promise(found: Mapping[str, Any]) -> int:
    return int(found.get("reply_within_hours", REPLY_WITHIN_HOURS))


def _cut_offs(found: Mapping[str, Any]) -> CutOffs:
    return read_cut_offs(found["cut_offs"]) if "cut_offs" in found else CutOffs()


def _uncertainty(found: Mapping[str, Any]) -> int:
    return int(found.get("uncertainty_percent", DEFAULT_UNCERTAINTY_PERCENT))

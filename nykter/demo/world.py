"""Who lives in the demo: a clinic, its staff, simulated clients with their plans and gateways."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import nacl.signing

from backend.access.principal import SYSTEM
from backend.services import enrolment
from backend.store.pool import Database
from nykter.demo.folder import DemoFolder, WorldRecord
from nykter.demo.options import DemoOptions
from nykter.runtime.broker import Broker, login_url
from simulators.archetypes import demo_profiles
from simulators.day import Participation
from simulators.fleet import Fleet, HomeLogin, Station
from simulators.home import Home
from simulators.person import Person
from simulators.profile import PlannedWindow, Profile

TENANT = "demo"
HOME_ZONE = ZoneInfo("Europe/Stockholm")
_EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
_PAUSES_AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Resident:
    """One simulated client and the gateway at home."""

    device_id: str
    person: Person

    @property
    def profile(self) -> Profile:
        """Who they are."""
        return self.person.profile


@dataclass(frozen=True, slots=True)
class Login:
    """A made-up person's login; the password is generated once and stands in demo.json."""

    username: str
    password: str

    def as_json(self) -> dict[str, str]:
        """For demo.json."""
        return {"username": self.username, "password": self.password}


def history_begins(now: datetime, days: int) -> datetime:
    """Local midnight in Sweden, `days` days before `now`, in UTC."""
    day = now.astimezone(HOME_ZONE).date() - timedelta(days=days)
    return datetime.combine(day, time(0), HOME_ZONE).astimezone(now.tzinfo)


def residents(record: WorldRecord) -> list[Resident]:
    """The clients of a world; the same record, the same people and the same lives."""
    first_day = record.began.astimezone(HOME_ZONE).date()
    profiles = demo_profiles(record.seed, record.clients, max(1, record.days))
    return [
        Resident(f"gw-{profile.key.lower()}", Person(profile, record.seed, first_day)) for profile in profiles
    ]


def presented(people: Sequence[Resident]) -> Resident:
    """The client whose breathalyzer the presenter steers: the steady one, so that a positive test stands out."""
    return people[min(1, len(people) - 1)]


def settle_in(
    db: Database, folder: DemoFolder, people: Sequence[Resident], record: WorldRecord
) -> dict[str, Login]:
    """Enrol clinic, staff, clients, plans and gateways through the services, as of day one. Returns the logins."""
    at = record.began
    enrolment.create_tenant(db, SYSTEM, TENANT, "Sjövik kommun (påhittad)", "municipality", now=at)
    unit = enrolment.create_unit(db, SYSTEM, TENANT, "Öppenvården Sjövik")
    logins = {
        "clinician": Login("maria", secrets.token_urlsafe(9)),
        "manager": Login("chefen", secrets.token_urlsafe(9)),
        "client": Login("klient", secrets.token_urlsafe(9)),
    }
    accounts = {
        "clinician": _account(db, logins["clinician"], "Maria Behandlare", "clinician", unit, at),
        "manager": _account(db, logins["manager"], "Karin Chef", "manager", unit, at),
    }
    for resident in people:
        client_id = _move_in(db, folder, resident, unit, at, record.days)
        enrolment.assign(db, SYSTEM, accounts["clinician"], client_id, now=at)
        if resident is presented(people):
            enrolment.create_account(
                db,
                SYSTEM,
                TENANT,
                username=logins["client"].username,
                display_name=resident.profile.first_name,
                role="client",
                password=logins["client"].password,
                client_id=client_id,
                now=at,
            )
    return logins


def give_logins(people: Sequence[Resident], broker: Broker) -> None:
    """Every home's login at the broker, made the first time."""
    for resident in people:
        broker.add_gateway(TENANT, resident.device_id)


def fleet_of(
    people: Sequence[Resident],
    folder: DemoFolder,
    broker: Broker,
    receipt_key: nacl.signing.VerifyKey,
    record: WorldRecord,
) -> Fleet:
    """Every home with its own connection and login."""
    return Fleet(
        [
            Station(
                Home(
                    resident.device_id,
                    resident.person,
                    record.seed,
                    live_from=record.began + timedelta(days=record.days),
                ),
                HomeLogin(
                    TENANT,
                    login_url(broker, broker.add_gateway(TENANT, resident.device_id)),
                    folder.home_key(resident.device_id),
                    receipt_key,
                ),
            )
            for resident in people
        ]
    )


def plan_windows(profile: Profile) -> list[dict[str, Any]]:
    """A profile's planned windows as a plan writes them."""
    tests = [_window("breath_test", planned) for planned in profile.attendance.windows]
    return [*tests, _window("check_in", profile.attendance.check_in)]


def pauses(resident: Resident, days: int) -> list[tuple[datetime, datetime]]:
    """The agreed breaks within the first `days` days, as instants."""
    found: list[tuple[datetime, datetime]] = []
    for day in islice(resident.person.days(), days):
        if day.participation is not Participation.PAUSED:
            continue
        if found and found[-1][1] == day.starts_at:
            found[-1] = (found[-1][0], day.ends_at)
        else:
            found.append((day.starts_at, day.ends_at))
    return found


def _account(db: Database, login: Login, name: str, role: Any, unit: UUID, at: datetime) -> UUID:
    return enrolment.create_account(
        db,
        SYSTEM,
        TENANT,
        username=login.username,
        display_name=name,
        role=role,
        password=login.password,
        unit_id=unit,
        now=at,
    )


def _move_in(
    db: Database, folder: DemoFolder, resident: Resident, unit: UUID, at: datetime, days: int
) -> UUID:
    profile = resident.profile
    started_on: date = resident.person.first_day
    client_id = enrolment.create_client(
        db,
        SYSTEM,
        unit,
        alias=profile.alias,
        timezone=profile.zone,
        started_on=started_on,
        display_name=profile.first_name,
        now=at,
    )
    key = folder.home_key(resident.device_id)
    enrolment.enrol_gateway(db, SYSTEM, resident.device_id, client_id, bytes(key.verify_key), now=at)
    windows = plan_windows(profile)
    steps = [(at, windows, "Överenskommet vid starten")]
    for begins, ends in pauses(resident, days + _PAUSES_AHEAD_DAYS):
        steps.append((begins, [], "Överenskommen paus"))
        steps.append((ends, windows, "Pausen är slut"))
    for valid_from, wanted, reason in steps:
        enrolment.set_plan(
            db, SYSTEM, client_id, wanted, valid_from=max(valid_from, at), reason=reason, now=at
        )
    return client_id


def _window(kind: str, planned: PlannedWindow) -> dict[str, Any]:
    return {
        "kind": kind,
        "weekdays": _EVERY_DAY,
        "opens": _clock_time(planned.opens_minute),
        "closes": _clock_time(planned.closes_minute),
    }


def _clock_time(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def new_record(options: DemoOptions, now: datetime) -> WorldRecord:
    """The record of a world that begins `options.days` days before `now`."""
    began = history_begins(now, options.days).isoformat()
    return WorldRecord(options.seed, options.clients, options.days, began, began)

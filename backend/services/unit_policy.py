"""What a unit's manager decides on the page of settings, and what a change would mean before it is made.

Working hours count for messages and for signals alike: here they are set for both at once. A preview reads and changes
nothing; it counts clients and names none.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.visibility import open_archive
from backend.domain.alert_policy import DEFAULT_POLICY, AlertPolicy
from backend.domain.escalation import first_due
from backend.domain.holidays import holiday_name, is_half_day, is_working_day
from backend.domain.instruments import AnswerError, CutOffs, Sex, read_cut_offs
from backend.domain.office_hours import HoursError, OfficeHours, due_after
from backend.domain.questionnaires import Instrument, scored
from backend.domain.working_time import WorkingHours, WorkingHoursError
from backend.errors import Invalid
from backend.services import unit_settings
from backend.services.alert_budget import MEASURED_BACK, thresholds_for
from backend.services.alert_policy import PolicyView, checked_policy, keep_policy, policy_view
from backend.store import alert_budget, alert_policy
from backend.store import unit_settings as store
from backend.store.pool import Connection, Database

PREVIEW_DAYS: Final = 21
MOST_CLOSED_DAYS: Final = 60
_ON: Final = "working_hours"


@dataclass(frozen=True, slots=True)
class HoursWish:
    """Opening and closing by ISO weekday on the wall clock of the zone, days off, and the promise to answer."""

    timezone: str
    days: Mapping[int, tuple[time, time]]
    half_day_closes: time
    closed: frozenset[date]
    reply_within_hours: int


@dataclass(frozen=True, slots=True)
class BudgetWish:
    """Predictive signals per clinician and week, and minutes until the next person is told."""

    budget_per_week: float
    now_wait_min: int
    same_day_wait_min: int


@dataclass(frozen=True, slots=True)
class DayPreview:
    """One day to come. `opens` None: closed; `why`: the holiday's name, or what kind of day it is."""

    day: date
    opens: datetime | None
    closes: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class HoursPreview:
    """The days to come; when a signal raised now would be told, and until when a message would be answered."""

    days: tuple[DayPreview, ...]
    told_at: datetime
    answered_by: datetime


@dataclass(frozen=True, slots=True)
class LimitPreview:
    """How many clients' newest forms of a kind stand at or above the limit, now and with the wish."""

    instrument: Instrument
    clients: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ThresholdPreview:
    """The threshold in force and the one that would be set, and how many signals a week that would have meant."""

    kind: Literal["risk", "trend"]
    before: float | None
    after: float | None
    per_week: float | None
    is_within: bool | None


@dataclass(frozen=True, slots=True)
class BudgetPreview:
    """What a budget would mean for the unit, from the last four weeks."""

    clinicians: int
    thresholds: tuple[ThresholdPreview, ...]


@dataclass(frozen=True, slots=True)
class UnitPolicy:
    """The unit's hours for messages and its policy for signals. `is_default_*`: nobody has decided yet."""

    hours: HoursWish
    policy: PolicyView
    is_split: bool
    """Whether signals go by other hours than messages, as the API allows."""
    default_policy: PolicyView


def of_unit(db: Database, principal: Principal, *, now: datetime) -> UnitPolicy:
    """What is in force. Raises Forbidden for others than a unit's manager, NotFound without a unit."""
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        office, promise = unit_settings.hours_of_unit(conn, unit_id, now=now)
        policy = alert_policy.of_unit(conn, unit_id)
    days = {day: (spans[0][0], spans[-1][1]) for day, spans in office.by_weekday.items()}
    wish = HoursWish(office.timezone, days, policy.hours.half_day_closes, office.closed, promise)
    split = (dict(policy.hours.days), policy.hours.timezone, policy.hours.closed) != (
        days,
        office.timezone,
        office.closed,
    )
    return UnitPolicy(wish, policy_view(policy), split, policy_view(DEFAULT_POLICY))


def set_hours(db: Database, principal: Principal, wish: HoursWish, reason: str, *, now: datetime) -> None:
    """Let these hours count for messages and signals from now on. Raises Forbidden, NotFound, Invalid."""
    office, hours, why = _office(wish), _working(wish), _reason(reason)
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        before, promise = unit_settings.hours_of_unit(conn, unit_id, now=now)
        policy = alert_policy.of_unit(conn, unit_id)
        if office != before:
            _keep(conn, principal, unit_id, _ON, office.stored(), why, now)
        if wish.reply_within_hours != promise:
            _keep(conn, principal, unit_id, "reply_within_hours", wish.reply_within_hours, why, now)
        if hours != policy.hours:
            keep_policy(conn, principal, unit_id, replace(policy, hours=hours), why, now=now)


def set_budget(db: Database, principal: Principal, wish: BudgetWish, reason: str, *, now: datetime) -> None:
    """Let this budget and these waits count from now on. Raises Forbidden, NotFound, Invalid."""
    why = _reason(reason)
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        decided = _with_budget(alert_policy.of_unit(conn, unit_id), wish)
        keep_policy(conn, principal, unit_id, decided, why, now=now)


def preview_hours(db: Database, principal: Principal, wish: HoursWish, *, now: datetime) -> HoursPreview:
    """The days to come under these hours. Raises as `set_hours`."""
    with db.transaction(principal) as conn:
        unit_settings.own_unit(conn, principal)
    office, hours = _office(wish), _working(wish)
    first = now.astimezone(ZoneInfo(wish.timezone)).date()
    days = [_day(hours, first + timedelta(days=ahead)) for ahead in range(PREVIEW_DAYS)]
    try:
        told_at = first_due(2, now, hours)
        answered_by = due_after(office, now, timedelta(hours=wish.reply_within_hours), is_working_day)
    except (HoursError, WorkingHoursError) as error:
        raise Invalid(str(error)) from error
    return HoursPreview(tuple(days), told_at, answered_by)


def preview_cut_offs(
    db: Database, principal: Principal, wish: Mapping[str, int], *, now: datetime
) -> tuple[LimitPreview, ...]:
    """How many of the unit's clients would stand at or above the limits. Raises Forbidden, NotFound, Invalid."""
    try:
        wanted = read_cut_offs(wish)
    except AnswerError as error:
        raise Invalid(str(error)) from error
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        limits = unit_settings.cut_offs_of(conn, unit_id, now=now)
        open_archive(conn, principal, unit_id)
        rows = store.newest_forms(conn, unit_id)
    found: dict[Instrument, list[tuple[bool, bool]]] = {}
    for row in rows:
        sex: Sex = row["sex"] or "not_said"
        age = None if row["born_year"] is None else now.year - row["born_year"]
        before, after = (_is_at(row["instrument"], row["answers"], sex, age, one) for one in (limits, wanted))
        found.setdefault(row["instrument"], []).append((before, after))
    return tuple(
        LimitPreview(name, len(those), sum(one for one, _ in those), sum(one for _, one in those))
        for name, those in sorted(found.items())
    )


def preview_budget(db: Database, principal: Principal, wish: BudgetWish, *, now: datetime) -> BudgetPreview:
    """The thresholds this budget would set, from what came in the last weeks. Raises as `set_budget`."""
    with db.transaction(principal) as conn:
        unit_id, _ = unit_settings.own_unit(conn, principal)
        _with_budget(alert_policy.of_unit(conn, unit_id), wish)
        clinicians, _ = alert_budget.people(conn, unit_id, now=now)
        in_force = {row["kind"]: row["value"] for row in alert_budget.newest(conn, unit_id, now=now)}
        past = alert_budget.past_of(conn, unit_id, now - MEASURED_BACK, now=now)
    found = thresholds_for(past, wish.budget_per_week * max(1, clinicians), now)
    return BudgetPreview(
        clinicians,
        tuple(
            ThresholdPreview(
                kind,
                in_force.get(kind),
                None if threshold is None else threshold.value,
                None if threshold is None else threshold.per_week,
                None if threshold is None else threshold.is_within,
            )
            for kind, (threshold, _) in found.items()
        ),
    )


def _day(hours: WorkingHours, day: date) -> DayPreview:
    span = hours.hours_of(day)
    if day in hours.closed:
        why = "closed"
    else:
        why = holiday_name(day) or ("half_day" if is_half_day(day) and span else "")
    return DayPreview(day, span and span[0], span and span[1], why)


def _is_at(
    instrument: Instrument, answers: list[int | None], sex: Sex, age: int | None, limits: CutOffs
) -> bool:
    found = scored(instrument, answers, sex, age, limits)
    return found.total >= found.limit


def _with_budget(policy: AlertPolicy, wish: BudgetWish) -> AlertPolicy:
    return checked_policy(replace(policy_view(policy), **asdict(wish)))


def _office(wish: HoursWish) -> OfficeHours:
    if not 1 <= wish.reply_within_hours <= unit_settings.LONGEST_PROMISE_HOURS:
        raise Invalid(
            f"an answer is promised within 1 to {unit_settings.LONGEST_PROMISE_HOURS} working hours"
        )
    return OfficeHours(wish.timezone, {day: (span,) for day, span in sorted(wish.days.items())}, wish.closed)


def _working(wish: HoursWish) -> WorkingHours:
    if len(wish.closed) > MOST_CLOSED_DAYS:
        raise Invalid(f"at most {MOST_CLOSED_DAYS} days off")
    written = {str(day): (f"{opens:%H:%M}", f"{closes:%H:%M}") for day, (opens, closes) in wish.days.items()}
    view = replace(
        policy_view(DEFAULT_POLICY),
        timezone=wish.timezone,
        working_hours=written,
        half_day_closes=f"{wish.half_day_closes:%H:%M}",
        closed_days=tuple(sorted(wish.closed)),
    )
    return checked_policy(view).hours


def _reason(text: str) -> str:
    if len(text.strip()) < unit_settings.LEAST_REASON:
        raise Invalid("a changed setting needs a reason in words")
    return text.strip()


def _keep(
    conn: Connection, principal: Principal, unit_id: UUID, name: str, value: object, why: str, now: datetime
) -> None:
    store.add(
        conn, principal.tenant_id, unit_id, name, value, principal.account_id, why, valid_from=now, now=now
    )

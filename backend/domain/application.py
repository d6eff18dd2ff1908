"""An application for monitoring: what it holds, and whether it is complete. Pure rules, reasons in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any, Literal, get_args

from backend.domain.instruments import (
    AUDIT_C_ITEMS,
    AUDIT_ITEMS,
    Sex,
    check_audit,
    contradiction,
    missing_items,
)
from backend.domain.wording import Sentence

Goal = Literal["abstinence", "less", "unsure"]
Instrument = Literal["audit", "audit_c"]
Work = Literal["day", "night", "shifts", "none"]
YOUNGEST = 18
"""The monitoring is for adults (assumption, as rivals' manuals say 18; domain reference 1.2)."""
LONGEST_NAME, LONGEST_WORDS = 120, 2000


class ApplicationError(ValueError):
    """The application cannot be read as written: a field has a value it cannot have."""


@dataclass(frozen=True, slots=True)
class Application:
    """What a person or a referrer wrote. Empty values mean that nothing was said.

    `audit`: ten points or None. `risk_days`: ISO weekdays on which drinking is likeliest, in the person's own view.
    """

    name: str = ""
    born_year: int | None = None
    sex: Sex = "not_said"
    phone: str = ""
    referrer: str = ""
    consent: bool = False
    goal: Goal = "unsure"
    words: str = ""
    instrument: Instrument = "audit"
    audit: tuple[int | None, ...] = (None,) * AUDIT_ITEMS
    work: Work = "day"
    wakes_at: time | None = None
    sleeps_at: time | None = None
    risk_days: tuple[int, ...] = ()
    can_blow: bool | None = None
    has_phone: bool | None = None

    def age(self, today: date) -> int | None:
        """Whole years reached during this year; None when the year of birth is not known."""
        return None if self.born_year is None else today.year - self.born_year

    def stored(self) -> dict[str, Any]:
        """As JSON: times as HH:MM."""
        clocks = {
            name: value and value.strftime("%H:%M")
            for name, value in (("wakes_at", self.wakes_at), ("sleeps_at", self.sleeps_at))
        }
        lists = {"audit": list(self.audit), "risk_days": list(self.risk_days)}
        return {**asdict(self), **clocks, **lists}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that has to be known before anybody can approve: which field, and why in words."""

    field: str
    why: Sentence


def read_application(written: Mapping[str, Any]) -> Application:
    """An application from its stored or posted form. Raises ApplicationError naming the field that is wrong."""
    unknown = set(written) - set(Application.__dataclass_fields__)
    if unknown:
        raise ApplicationError(f"unknown field: {', '.join(sorted(unknown))}")
    known = {name: value for name, value in written.items() if value is not None}
    audit = tuple(written.get("audit") or (None,) * AUDIT_ITEMS)
    try:
        check_audit(audit)
    except ValueError as error:
        raise ApplicationError(f"audit: {error}") from error
    return Application(
        name=_text(known, "name", LONGEST_NAME),
        born_year=_year(known.get("born_year")),
        sex=_one_of(known, "sex", get_args(Sex), "not_said"),
        phone=_text(known, "phone", 40),
        referrer=_text(known, "referrer", 2 * LONGEST_NAME),
        consent=_yes_or_no(known, "consent") or False,
        goal=_one_of(known, "goal", get_args(Goal), "unsure"),
        words=_text(known, "words", LONGEST_WORDS),
        instrument=_one_of(known, "instrument", get_args(Instrument), "audit"),
        audit=audit,
        work=_one_of(known, "work", get_args(Work), "day"),
        wakes_at=_clock(known, "wakes_at"),
        sleeps_at=_clock(known, "sleeps_at"),
        risk_days=_days(known.get("risk_days", ())),
        can_blow=_yes_or_no(known, "can_blow"),
        has_phone=_yes_or_no(known, "has_phone"),
    )


def gaps(application: Application, today: date) -> tuple[Gap, ...]:
    """What is missing or contradictory, in the order of the form; empty when the application is complete."""
    found: list[Gap] = []

    def miss(field: str, sv: str, en: str) -> None:
        found.append(Gap(field, Sentence(sv, en)))

    if not application.name:
        miss("name", "Namnet saknas", "The name is missing")
    age = application.age(today)
    if age is None:
        miss("born_year", "Födelseåret saknas", "The year of birth is missing")
    elif age < YOUNGEST:
        miss("born_year", f"Personen är under {YOUNGEST} år", f"The person is under {YOUNGEST}")
    if not application.phone:
        miss("phone", "Telefonnummer saknas", "The telephone number is missing")
    if not application.consent:
        miss(
            "consent",
            "Personen har inte sagt ja till testerna och till vem som ser dem",
            "The person has not said yes to the tests and to who sees them",
        )
    needed = AUDIT_C_ITEMS if application.instrument == "audit_c" else AUDIT_ITEMS
    if left := missing_items(application.audit, needed):
        items = ", ".join(map(str, left))
        miss("audit", f"Frågor utan svar i AUDIT: {items}", f"Items of AUDIT without an answer: {items}")
    if contradiction(application.audit):
        miss(
            "audit",
            "Svaren i AUDIT säger emot varandra: fråga 1 säger att personen aldrig dricker, andra svar säger annat",
            "The AUDIT answers contradict each other: item 1 says the person never drinks, other answers say more",
        )
    if application.can_blow is None:
        miss(
            "can_blow",
            "Det framgår inte om personen kan blåsa i fem sekunder",
            "It is not said whether the person can blow for five seconds",
        )
    return tuple(found)


def _text(written: Mapping[str, Any], name: str, longest: int) -> str:
    value = written.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise ApplicationError(f"{name}: a text of at most {longest} characters")
    return value.strip()


def _year(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1900 <= value <= 2100:
        raise ApplicationError("born_year: a year with four digits")
    return value


def _one_of(written: Mapping[str, Any], name: str, allowed: tuple[Any, ...], default: Any) -> Any:
    value = written.get(name, default)
    if value not in allowed:
        raise ApplicationError(f"{name}: one of {', '.join(map(str, allowed))}")
    return value


def _yes_or_no(written: Mapping[str, Any], name: str) -> bool | None:
    value = written.get(name)
    if value is not None and not isinstance(value, bool):
        raise ApplicationError(f"{name}: yes or no")
    return value


def _clock(written: Mapping[str, Any], name: str) -> time | None:
    value = written.get(name)
    if value is None:
        return None
    try:
        clock = value if isinstance(value, time) else time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ApplicationError(f"{name}: a time of day, HH:MM") from error
    if clock.tzinfo is not None:
        raise ApplicationError(f"{name}: a time of day, HH:MM")
    return clock.replace(second=0, microsecond=0)


def _days(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or any(
        isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 7 for day in value
    ):
        raise ApplicationError("risk_days: 1 (Monday) to 7 (Sunday)")
    return tuple(sorted(set(value)))

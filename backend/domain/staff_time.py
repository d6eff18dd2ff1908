"""Staff time: minutes used, and minutes freed against a stated comparison. The formula is printed with its numbers.

Time used is a count of noted work times minutes: measured where somebody noted how long it took, else the unit's own
figure. Time freed is the same counts times what the unit says each would take by hand, less what was used. Where a unit
has stated no comparison nothing is freed: a gain nobody has described is not claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from backend.domain.wording import Sentence

WorkKind = Literal[
    "contact_phone",
    "contact_visit",
    "contact_letter",
    "contact_sms",
    "contact_message",
    "message_sent",
    "review",
    "alert_closed",
    "application_typed",
    "application_decided",
    "journal_signed",
    "test_received",
]
WORK_KINDS: tuple[WorkKind, ...] = get_args(WorkKind)
DEFAULT_MINUTES: dict[WorkKind, Decimal] = {
    "contact_phone": Decimal(10),
    "contact_visit": Decimal(45),
    "contact_letter": Decimal(15),
    "contact_sms": Decimal(3),
    "contact_message": Decimal(5),
    "message_sent": Decimal(4),
    "review": Decimal(3),
    "alert_closed": Decimal(8),
    "application_typed": Decimal(15),
    "application_decided": Decimal(15),
    "journal_signed": Decimal(4),
    "test_received": Decimal(0),
}
"""Minutes per piece of work until a unit sets its own. Every one is an assumption of this project."""
DEFAULT_UNCERTAINTY_PERCENT = 50
"""How far figures that nobody measured may be off, until the unit says otherwise (assumption)."""
NAMES: dict[WorkKind, Sentence] = {
    "contact_phone": Sentence("Telefonsamtal", "Telephone calls"),
    "contact_visit": Sentence("Besök", "Visits"),
    "contact_letter": Sentence("Brev", "Letters"),
    "contact_sms": Sentence("Sms", "Text messages"),
    "contact_message": Sentence("Andra meddelanden", "Other messages"),
    "message_sent": Sentence("Meddelanden i Nykter", "Messages in Nykter"),
    "review": Sentence("Genomgångar av kurvor", "Reviews of curves"),
    "alert_closed": Sentence("Avslutade signaler", "Signals closed"),
    "application_typed": Sentence("Inskrivna ansökningar", "Applications typed in"),
    "application_decided": Sentence("Beslutade ansökningar", "Applications decided"),
    "journal_signed": Sentence("Signerade journaltexter", "Journal texts signed"),
    "test_received": Sentence("Mottagna utandningstest", "Breath tests received"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Work of one kind under one setting: how often, minutes in all, and minutes each by hand (None: not compared)."""

    kind: WorkKind
    count: int
    minutes: Decimal
    """In all. Of work whose length nobody noted: count times the unit's figure."""
    measured: bool
    manual_minutes: Decimal | None
    comparison: str = ""
    """What would be done by hand instead, in the unit's own words."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report; minutes in all. `freed` is None where nothing is compared; below zero it took longer."""

    tally: Tally
    name: Sentence
    manual: Decimal | None
    freed: Decimal | None
    formula: Sentence


@dataclass(frozen=True, slots=True)
class StaffTime:
    """A month's staff time, minutes. `low` and `high` bound what was freed; None when nothing is compared."""

    lines: tuple[ReportLine, ...]
    used: Decimal
    freed: Decimal | None
    low: Decimal | None
    high: Decimal | None
    uncertainty_percent: int
    formula: tuple[Sentence, ...]
    """The whole computation with the numbers put in."""
    limits: tuple[Sentence, ...]
    """What the figures do not say."""


def staff_time(tallies: Sequence[Tally], uncertainty_percent: int) -> StaffTime:
    """The report of some tallies. `uncertainty_percent`: how far an unmeasured minute figure may be off."""
    order = {kind: place for place, kind in enumerate(WORK_KINDS)}
    lines = tuple(_line(one) for one in sorted(tallies, key=lambda t: (order[t.kind], not t.measured)))
    used = sum((line.tally.minutes for line in lines), Decimal(0))
    compared = [line for line in lines if line.freed is not None]
    freed = sum((line.freed or Decimal(0) for line in compared), Decimal(0)) if compared else None
    low, high = _bounds(compared, uncertainty_percent) if compared else (None, None)
    formula = _formula(lines, compared, used, freed, low, high, uncertainty_percent)
    return StaffTime(lines, used, freed, low, high, uncertainty_percent, formula, _limits(lines, low, high))


def _line(tally: Tally) -> ReportLine:
    manual = None if tally.manual_minutes is None else tally.count * tally.manual_minutes
    freed = None if manual is None else manual - tally.minutes
    name, minutes = NAMES[tally.kind], tally.minutes
    if tally.measured:
        used = Sentence(f"{_sv(minutes)} min antecknade", f"{_en(minutes)} min noted")
    else:
        each = minutes / tally.count if tally.count else Decimal(0)
        used = Sentence(
            f"{tally.count} × {_sv(each)} min = {_sv(minutes)} min",
            f"{tally.count} × {_en(each)} min = {_en(minutes)} min",
        )
    if manual is None or freed is None or tally.manual_minutes is None:
        formula = Sentence(f"{used.sv}; jämförs inte", f"{used.en}; not compared")
    else:
        by_hand = tally.manual_minutes
        stated = f" ({tally.comparison})" if tally.comparison else ""
        formula = Sentence(
            f"{used.sv}; för hand{stated} {tally.count} × {_sv(by_hand)} min = {_sv(manual)} min; "
            f"frigjort {_sv(manual)} − {_sv(minutes)} = {_sv(freed)} min",
            f"{used.en}; by hand{stated} {tally.count} × {_en(by_hand)} min = {_en(manual)} min; "
            f"freed {_en(manual)} − {_en(minutes)} = {_en(freed)} min",
        )
    return ReportLine(tally, name, manual, freed, formula)


def _bounds(compared: Sequence[ReportLine], percent: int) -> tuple[Decimal, Decimal]:
    """Least and most freed when every unmeasured figure is off by `percent` in the direction that hurts or helps."""
    share = Decimal(percent) / 100
    low = high = Decimal(0)
    for line in compared:
        manual, used = line.manual or Decimal(0), line.tally.minutes
        spread = Decimal(0) if line.tally.measured else share
        low += manual * (1 - share) - used * (1 + spread)
        high += manual * (1 + share) - used * (1 - spread)
    return low, high


def _formula(
    lines: Sequence[ReportLine],
    compared: Sequence[ReportLine],
    used: Decimal,
    freed: Decimal | None,
    low: Decimal | None,
    high: Decimal | None,
    percent: int,
) -> tuple[Sentence, ...]:
    said = [_sum("Använd tid", "Time used", [line.tally.minutes for line in lines], used)]
    if freed is None or low is None or high is None:
        said.append(
            Sentence(
                "Frigjord tid: räknas inte, eftersom enheten inte har angett vad arbetet skulle ta för hand",
                "Time freed: not computed, since the unit has not stated what the work would take by hand",
            )
        )
        return tuple(said)
    said.append(_sum("Frigjord tid", "Time freed", [line.freed or Decimal(0) for line in compared], freed))
    said.append(
        Sentence(
            f"Om minuter som ingen har mätt är {percent} % fel åt något håll: {_sv(low)} till {_sv(high)} min",
            f"If minutes that nobody measured are off by {percent} % either way: {_en(low)} to {_en(high)} min",
        )
    )
    return tuple(said)


def _sum(sv: str, en: str, parts: Sequence[Decimal], total: Decimal) -> Sentence:
    hours = total / 60
    sv_parts = " + ".join(_bracketed(_sv(part)) for part in parts) or "0"
    en_parts = " + ".join(_bracketed(_en(part)) for part in parts) or "0"
    return Sentence(
        f"{sv}: {sv_parts} = {_sv(total)} min ({_sv(hours)} timmar)",
        f"{en}: {en_parts} = {_en(total)} min ({_en(hours)} hours)",
    )


def _limits(lines: Sequence[ReportLine], low: Decimal | None, high: Decimal | None) -> tuple[Sentence, ...]:
    said = [
        Sentence(
            "Bara arbete som har antecknats i Nykter räknas; resor, möten och telefonkö finns inte med",
            "Only work noted in Nykter counts; travel, meetings and waiting on the telephone are not in it",
        ),
        Sentence(
            "Siffrorna för arbete för hand är enhetens egna och har inte mätts i en kontrollgrupp",
            "The figures for work by hand are the unit's own and were not measured in a control group",
        ),
    ]
    if any(line.freed is None and line.tally.count for line in lines):
        said.append(
            Sentence(
                "Rader utan jämförelse räknas som använd tid men aldrig som frigjord",
                "Lines without a comparison count as time used, never as time freed",
            )
        )
    if low is not None and high is not None and low <= 0 <= high:
        said.append(
            Sentence(
                "Spannet rymmer noll: månaden visar inte om tid har frigjorts",
                "The range contains zero: the month does not show whether time was freed",
            )
        )
    return tuple(said)


def _tenths(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    text = f"{rounded:f}".removesuffix(".0").replace("-", "\N{MINUS SIGN}")
    return "0" if text == "\N{MINUS SIGN}0" else text


def _sv(value: Decimal) -> str:
    return _tenths(value).replace(".", ",")


def _en(value: Decimal) -> str:
    return _tenths(value)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("\N{MINUS SIGN}") else text

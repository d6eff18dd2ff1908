"""Why an alert rang, from what was stored with it: rule, inputs, limits, and what would have had to be otherwise. Pure.

Each line of an alert's evidence is told apart. Nothing is worked out again from later data; what was not kept with an
older line is not told at all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from backend.domain.alert_rules import RULES
from backend.domain.wording import Sentence, breath, local_time

Numbers = Mapping[str, Any]
_NOTHING: Final = Sentence("", "")
"""The value of a fact that is a moment alone."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An input or a limit: what it is called, its value in words, and when it was (None for limits)."""

    name: Sentence
    value: Sentence
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One line of evidence taken apart. `is_model`: a risk model spoke, and no rule alone."""

    kind: str
    at: datetime
    text: Sentence
    rule: Sentence
    is_model: bool
    inputs: tuple[Fact, ...]
    limits: tuple[Fact, ...]
    otherwise: tuple[Sentence, ...]


def cause_of(line: Numbers, timezone: str) -> Cause:
    """The cause behind a stored line of evidence, its times on the client's clock."""
    kind, key = line["kind"], line.get("key", "")
    numbers, limits = line.get("numbers") or {}, line.get("limits") or {}
    sort = "trend" if key.startswith("trend:") else kind
    make = _TOLD.get(sort)
    told = make(_Kept(numbers, limits, timezone)) if make is not None else _Told()
    return Cause(
        kind,
        datetime.fromisoformat(line["at"]),
        Sentence(line["sv"], line["en"]),
        RULES[sort],
        sort == "worsening_risk",
        told.inputs,
        told.limits,
        told.otherwise,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    numbers: Numbers
    limits: Numbers
    timezone: str


@dataclass(frozen=True, slots=True)
class _Told:
    inputs: tuple[Fact, ...] = ()
    limits: tuple[Fact, ...] = ()
    otherwise: tuple[Sentence, ...] = ()


def _confirmed(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    inputs = [
        *_breath_fact(numbers, "first_mg_per_l", "first_at", Sentence("Första testet", "First test")),
        *_breath_fact(numbers, "retest_mg_per_l", "retest_at", Sentence("Omtestet", "Retest")),
    ]
    if "first_mg_per_l" not in numbers:
        inputs += _breath_fact(numbers, "peak_mg_per_l", "peak_at", Sentence("Högre test", "Higher test"))
    if not limits:
        return _Told(tuple(inputs))
    top, span = breath(limits["positive_mg_per_l"]), _mg(limits["tolerance_mg_per_l"])
    otherwise = [
        Sentence(
            f"Om något av testen hade legat under {top.sv} hade det inte varit bekräftat.",
            f"Had either test been under {top.en}, it would not have been confirmed.",
        ),
        Sentence(
            f"Om omtestet hade skilt sig med mer än {span.sv}, eller inte kommit inom "
            f"{limits['retest_within_min']} minuter, hade det inte varit bekräftat.",
            f"Had the retest differed by more than {span.en}, or not come within "
            f"{limits['retest_within_min']} minutes, it would not have been confirmed.",
        ),
    ]
    highest = max(
        (numbers[n] for n in ("first_mg_per_l", "retest_mg_per_l", "peak_mg_per_l") if n in numbers),
        default=0,
    )
    now = breath(limits["now_mg_per_l"])
    otherwise.append(
        Sentence(
            f"Under {now.sv} hade det väntat till samma dag.",
            f"Under {now.en} it would have waited for the same day.",
        )
        if highest >= limits["now_mg_per_l"]
        else Sentence(
            f"Från {now.sv} hade det krävt någon genast.",
            f"From {now.en} on it would have needed somebody at once.",
        )
    )
    return _Told(
        tuple(inputs),
        (*_breath_limits(limits), _limit("Största skillnad", "Largest difference", span)),
        tuple(otherwise),
    )


def _unconfirmed(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    inputs = tuple(_breath_fact(numbers, "brac_mg_per_l", "measured_at", Sentence("Testet", "The test")))
    if not limits:
        return _Told(inputs)
    top, after, within = (
        breath(limits["positive_mg_per_l"]),
        limits["retest_after_min"],
        limits["retest_within_min"],
    )
    return _Told(
        inputs,
        _breath_limits(limits),
        (
            Sentence(
                f"Om testet hade legat under {top.sv} hade det inte larmat.",
                f"Had the test been under {top.en}, it would not have rung.",
            ),
            Sentence(
                f"Ett omtest efter {after} och inom {within} minuter hade avgjort saken.",
                f"A retest after {after} and within {within} minutes would have settled it.",
            ),
        ),
    )


def _missed(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    inputs = [
        Fact(
            Sentence("Missade av planerade", "Missed of planned"),
            Sentence(
                f"{numbers['missed']} av {numbers['planned']}", f"{numbers['missed']} of {numbers['planned']}"
            ),
        ),
        *_missed_times(numbers),
    ]
    if not limits or "chance" not in numbers:
        return _Told(tuple(inputs))
    usual = _percent(numbers["usual_share"])
    inputs.append(Fact(Sentence("Klienten missar annars", "The client usually misses"), usual))
    inputs.append(
        Fact(
            Sentence("Så många av en slump", "So many by chance"),
            _in_hundred(numbers["chance"]),
        )
    )
    fewer = numbers["missed"] - 1
    would_ring = fewer >= limits["least_missed"] and numbers["one_fewer_chance"] <= limits["surprise"]
    return _Told(
        tuple(inputs),
        (
            _limit(
                "Tid som räknas",
                "Time that counts",
                Sentence(f"{limits['hours']} tim", f"{limits['hours']} h"),
            ),
            _limit(
                "Minst missade",
                "At least missed",
                Sentence(str(limits["least_missed"]), str(limits["least_missed"])),
            ),
            _limit("Högst av en slump", "At most by chance", _in_hundred(limits["surprise"])),
        ),
        (
            Sentence(
                f"Också {fewer} missade hade varit fler än vanligt.",
                f"Even {fewer} missed would have been more than usual.",
            )
            if would_ring
            else Sentence(
                f"Med {fewer} missade hade det inte larmat.", f"With {fewer} missed it would not have rung."
            ),
            Sentence(
                "Om klienten brukade missa oftare hade lika många inte larmat.",
                "Had the client usually missed more often, as many would not have rung.",
            ),
        ),
    )


def _stopped(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    inputs = []
    if "last_ok_at" in numbers:
        at = datetime.fromisoformat(numbers["last_ok_at"])
        inputs.append(
            Fact(
                Sentence("Senaste test utan alkohol", "Last test without alcohol"),
                _NOTHING,
                at,
            )
        )
    inputs += _missed_times(numbers)
    if not limits:
        return _Told(tuple(inputs))
    hours = Sentence(f"{limits['hours']} tim", f"{limits['hours']} h")
    return _Told(
        tuple(inputs),
        (
            _limit("Tid utan test", "Time without a test", hours),
            _limit(
                "Minst missade",
                "At least missed",
                Sentence(str(limits["least_missed"]), str(limits["least_missed"])),
            ),
            _limit(
                "Tidigare gjorda av planerade, minst",
                "Taken before of planned, at least",
                _percent(limits["regular_share"]),
            ),
        ),
        (
            Sentence(
                f"Ett test inom {hours.sv} hade räckt för att det inte skulle larma.",
                f"One test within {hours.en} would have been enough for it not to ring.",
            ),
        ),
    )


def _risk(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    inputs = (
        Fact(Sentence("Uppskattning, 72 timmar", "Estimate, 72 hours"), _in_hundred(numbers["probability"])),
        Fact(Sentence("Vanligt för klienten", "Usual for the client"), _in_hundred(numbers["usual"])),
    )
    if not limits:
        return _Told(inputs)
    floor, ratio = _in_hundred(limits["floor"]), f"{limits['odds_ratio']:g}"
    days = limits["usual_days"]
    return _Told(
        inputs,
        (
            _limit("Enhetens tröskel", "The unit's threshold", floor),
            _limit(
                "Minst över det vanliga", "At least above the usual",
                Sentence(f"{ratio.replace('.', ',')} gånger oddsen", f"{ratio} times the odds"),
            ),
            _limit("Vanligt räknas över", "Usual is taken over", Sentence(f"{days} dagar", f"{days} days")),
        ),
        (
            Sentence(f"Under {floor.sv} hade det inte larmat.", f"Under {floor.en} it would not have rung."),
            Sentence(
                "Om så hög risk vore vanlig för klienten hade det inte larmat.",
                "Had so high a risk been usual for the client, it would not have rung.",
            ),
        ),
    )  # fmt: skip


def _trend(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    since = str(numbers.get("since", ""))
    inputs = (Fact(Sentence("Sämre sedan", "Worse since"), Sentence(since, since)),) if since else ()
    if not limits:
        return _Told(inputs)
    level = f"{limits['level']:.0f}"
    return _Told(
        inputs,
        (
            _limit("Gräns för indexet, 0–100", "Limit for the index, 0–100", Sentence(level, level)),
            _limit("Dagar tillsammans", "Days together", Sentence(str(limits["days"]), str(limits["days"]))),
        ),
        (
            Sentence(
                f"Om medelvärdet av {limits['days']} dagar hade legat under {level} hade det inte larmat.",
                f"Had the mean of {limits['days']} days been under {level}, it would not have rung.",
            ),
        ),
    )


def _silence(kept: _Kept) -> _Told:
    numbers, limits = kept.numbers, kept.limits
    if not limits or "heard_at" not in numbers:
        return _Told()
    heard, deadline = (datetime.fromisoformat(numbers[name]) for name in ("heard_at", "deadline"))
    until = local_time(deadline, kept.timezone)
    hours = limits["lost_contact_hours"]
    return _Told(
        (Fact(Sentence("Hördes senast", "Last heard from"), _NOTHING, heard),),
        (_limit("Högst så länge tyst", "Silent for at most", Sentence(f"{hours} tim", f"{hours} h")),),
        (
            Sentence(
                f"Ett livstecken från utrustningen före {until.sv} hade räckt.",
                f"One sign of life from the equipment before {until.en} would have been enough.",
            ),
            Sentence(
                "Tid då vårt eget system låg nere räknas inte.",
                "Time in which our own system was down does not count.",
            ),
        ),
    )


def _safety(kept: _Kept) -> _Told:
    numbers = kept.numbers
    points = str(numbers.get("item_9", ""))
    return _Told(
        (Fact(Sentence("Fråga 9", "Item 9"), Sentence(f"{points} av 3", f"{points} of 3")),)
        if points
        else (),
        (_limit("Larmar från", "Rings from", Sentence("1", "1")),),
        (Sentence("Med svaret 0 hade det inte larmat.", "With the answer 0 it would not have rung."),),
    )


_TOLD: Final[Mapping[str, Callable[[_Kept], _Told]]] = {
    "safety_answer": _safety,
    "confirmed_positive": _confirmed,
    "unconfirmed_positive": _unconfirmed,
    "missed_tests": _missed,
    "testing_stopped": _stopped,
    "worsening_risk": _risk,
    "trend": _trend,
    "lost_contact": _silence,
}


def _breath_fact(numbers: Numbers, value: str, at: str, name: Sentence) -> Iterator[Fact]:
    if numbers.get(value) is not None:
        yield Fact(
            name, breath(numbers[value]), datetime.fromisoformat(numbers[at]) if at in numbers else None
        )


def _breath_limits(limits: Numbers) -> tuple[Fact, ...]:
    after, within = limits["retest_after_min"], limits["retest_within_min"]
    return (
        _limit("Gräns för positivt test", "Limit for a positive test", breath(limits["positive_mg_per_l"])),
        _limit(
            "Omtest tidigast efter", "Retest at the earliest after", Sentence(f"{after} min", f"{after} min")
        ),
        _limit(
            "Omtest senast inom", "Retest at the latest within", Sentence(f"{within} min", f"{within} min")
        ),
    )


def _missed_times(numbers: Numbers) -> Iterator[Fact]:
    for text in numbers.get("missed_at", ()):
        at = datetime.fromisoformat(text)
        yield Fact(Sentence("Missat test", "Missed test"), _NOTHING, at)


def _limit(sv: str, en: str, value: Sentence) -> Fact:
    return Fact(Sentence(sv, en), value)


def _mg(value: float) -> Sentence:
    return Sentence(f"{value:g} mg/L".replace(".", ","), f"{value:g} mg/L")


def _percent(share: float) -> Sentence:
    return Sentence(f"{100 * share:.0f} %", f"{100 * share:.0f} %")


def _in_hundred(share: float) -> Sentence:
    """A likelihood as a count of cases: no percentage of guilt (compliance reference 10.1)."""
    number = f"{100 * share:.0f}" if share >= 0.01 else "0"
    few_sv, few_en = ("färre än 1", "fewer than 1") if number == "0" else (number, number)
    return Sentence(f"{few_sv} av 100", f"{few_en} of 100")

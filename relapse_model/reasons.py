"""Reasons in words: each group of features as one plain sentence with its numbers.

A sentence says what was seen, never what somebody is; "known" stands where only known drinking is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from relapse_model.item_reasons import item_sentence
from relapse_model.scores import Reason
from relapse_model.wording import (
    WEEKDAY_WORDS,
    count_words,
    days_words,
    number_words,
    span_words,
)

Shown = dict[str, float]
Sentence = tuple[str, str, dict[str, float]]


def reason(group: str, weight: float, shown: Shown) -> Reason | None:
    """The reason of one group with the numbers of one decision; None when there is nothing to say."""
    writer = _WRITERS.get(group)
    said = writer(weight, shown) if writer else item_sentence(group, weight, shown)
    if said is None:
        return None
    sv, en, numbers = said
    return Reason(group, weight, numbers, sv, en)


def _own_rate(_weight: float, shown: Shown) -> Sentence | None:
    k, days = int(shown["drinking_days"]), max(round(shown["informed_days"]), 1)
    numbers = {"drinking_days": float(k), "days": float(days)}
    drank = count_words(
        k, ("känd dryckesdag", "kända dryckesdagar"), ("known drinking day", "known drinking days")
    )
    sv, en = days_words(days)
    return f"{drank[0]} på {sv}", f"{drank[1]} in {en}", numbers


def _recent_drinking(weight: float, shown: Shown) -> Sentence | None:
    since, dry = shown["days_since_drinking"], int(shown["dry_days_before_contact"])
    if weight <= 0 or not isfinite(since):
        sv, en = days_words(dry)
        numbers = {"days": float(dry)}
        return f"Inget känt drickande på {sv} före senaste kontakten", f"No known drinking in {en} before the last contact", numbers  # fmt: skip  # noqa: E501
    k = int(shown["drinking_days_7d"])
    numbers = {"drinking_days": float(k), "days": 7.0, "days_since": since}
    if k == 0:
        sv, en = _latest(since)
        return f"Senaste kända drickandet {sv}", f"Latest known drinking {en}", numbers
    drank = count_words(
        k, ("känd dryckesdag", "kända dryckesdagar"), ("known drinking day", "known drinking days")
    )
    return (
        f"{drank[0]} på 7 dagar, senast {_latest(since)[0]}",
        f"{drank[1]} in 7 days, the latest {_latest(since)[1]}",
        numbers,
    )


def _latest(days_since: float) -> tuple[str, str]:
    """Whole days back from the decision. Never "today": the sentence is read on other days too."""
    days = int(days_since)
    if days <= 1:
        return (("samma dag", "on the same day"), ("dagen före", "the day before"))[days]
    sv, en = days_words(days)
    return f"{sv} före", f"{en} before"


def _own_weekday(_weight: float, shown: Shown) -> Sentence | None:
    k, seen = int(shown["same_weekday"]), int(shown["weekdays_seen"])
    if seen < 2 or k > seen:
        return None
    numbers = {"drinking_days": float(k), "weekdays": float(seen)}
    if shown["weekday"] < 0:
        return f"Drack {k} av {seen} gånger samma dag i veckan", f"Drank {k} of {seen} times on this day of the week", numbers  # fmt: skip  # noqa: E501
    sv, en = WEEKDAY_WORDS[int(shown["weekday"])]
    return f"Känt drickande {k} av {seen} {sv}ar", f"Known drinking on {k} of {seen} {en}s", numbers


def _silence(_weight: float, shown: Shown) -> Sentence | None:
    silent, usual = shown["silent_days"], shown["usual_gap_days"]
    numbers = {"days": round(silent, 1), "usual": round(usual, 1)}
    if silent < 1:
        if silent * 24 < 1:
            return "Hördes av för mindre än en timme sedan", "Last heard from less than an hour ago", numbers
        hours = count_words(int(silent * 24), ("timme", "timmar"), ("hour", "hours"))
        return f"Hördes av för {hours[0]} sedan", f"Last heard from {hours[1]} ago", numbers
    sv, en = days_words(silent)
    sv_usual, en_usual = days_words(max(round(usual), 1))
    return (
        f"Inget hört på {sv}, normalt {sv_usual} mellan kontakter",
        f"Nothing heard for {en}, usually {en_usual} between contacts",
        numbers,
    )


def _missed(weight: float, shown: Shown) -> Sentence | None:
    missed, due = int(shown["missed"]), int(shown["due"])
    if due == 0:
        return None
    if weight <= 0 or missed == 0:
        numbers = {"answered": float(due - missed), "due": float(due), "days": 7.0}
        sv = f"{due - missed} av {due} test och incheckningar gjorda på 7 dagar"
        return sv, f"{due - missed} of {due} tests and check-ins done in 7 days", numbers
    days = max(shown["missed_days"], 1.0)
    usual = shown["usual_missed_share"] * due * days / 7
    numbers = {"missed": float(missed), "days": days, "usual": round(usual, 1)}
    what = _missed_nouns(missed, shown)
    in_days = days_words(days)
    if missed < usual + 1:
        # Much against the average client, and nothing new for this one: said so, so that nobody calls for it.
        return (
            f"{what[0]} på {in_days[0]}, som vanligt för klienten",
            f"{what[1]} in {in_days[1]}, as usual for the client",
            numbers,
        )
    return (
        f"{what[0]} på {in_days[0]}, normalt {span_words(usual)}",
        f"{what[1]} in {in_days[1]}, usually {span_words(usual)}",
        numbers,
    )


def _missed_nouns(missed: int, shown: Shown) -> tuple[str, str]:
    if int(shown["missed_tests"]) < missed:
        one = ("missat test eller missad incheckning", "missed test or check-in")
        many = ("missade test och incheckningar", "missed tests and check-ins")
    elif int(shown["missed_evening"]) == missed:
        one, many = (
            ("missat kvällstest", "missed evening test"),
            ("missade kvällstest", "missed evening tests"),
        )
    else:
        one, many = ("missat test", "missed test"), ("missade test", "missed tests")
    return count_words(missed, (one[0], many[0]), (one[1], many[1]))


def _usual_missed(_weight: float, shown: Shown) -> Sentence | None:
    percent = round(100 * shown["usual_missed_share"])
    numbers = {"percent": float(percent)}
    return (
        f"Missar normalt {percent} % av test och incheckningar",
        f"Usually misses {percent} % of tests and check-ins",
        numbers,
    )


def _mtbt(_weight: float, shown: Shown) -> Sentence | None:
    longest, usual = shown["longest_gap_hours"], shown["usual_gap_hours"]
    if not (isfinite(longest) and isfinite(usual)):
        return None
    numbers = {"hours": round(longest), "usual": round(usual)}
    return (
        f"Längst {round(longest)} timmar mellan test, normalt {round(usual)}",
        f"At most {round(longest)} hours between tests, usually {round(usual)}",
        {name: float(value) for name, value in numbers.items()},
    )


def _positive_tests(_weight: float, shown: Shown) -> Sentence | None:
    count, highest = int(shown["positive_tests"]), shown["highest_brac"]
    if count == 0:
        return "Inga positiva test på 7 dagar", "No positive tests in 7 days", {"tests": 0.0, "days": 7.0}
    numbers = {"tests": float(count), "days": 7.0, "highest_mg_per_l": round(highest, 2)}
    what = count_words(count, ("positivt test", "positiva test"), ("positive test", "positive tests"))
    sv, en = number_words(highest, 2)
    return f"{what[0]} på 7 dagar, högst {sv} mg/L", f"{what[1]} in 7 days, highest {en} mg/L", numbers


def _programme(_weight: float, shown: Shown) -> Sentence | None:
    day = int(shown["observed_days"]) + 1
    return f"Dag {day} sedan start", f"Day {day} since the start", {"day": float(day)}


def _weekday(weight: float, shown: Shown) -> Sentence | None:
    if shown["weekday"] < 0:
        return None
    sv, en = WEEKDAY_WORDS[int(shown["weekday"])]
    more = weight > 0
    return (
        f"{sv.capitalize()}: drickande börjar {'oftare' if more else 'mer sällan'} då",
        f"{en}: drinking starts {'more' if more else 'less'} often then",
        {"weekday": shown["weekday"]},
    )


def _payday(weight: float, _shown: Shown) -> Sentence | None:
    return ("Kring löning", "Around payday", {}) if weight > 0 else None


def _holiday(weight: float, _shown: Shown) -> Sentence | None:
    return ("Storhelg", "Public holiday", {}) if weight > 0 else None


def _concealment(_weight: float, shown: Shown) -> Sentence | None:
    count = int(shown["concealed"])
    if count == 0:
        return None
    what = count_words(
        count, ("missat kvällstest", "missade kvällstest"), ("missed evening test", "missed evening tests")
    )
    numbers = {"tests": float(count), "days": 7.0}
    return (
        f"{what[0]} med rent test morgonen efter, 7 dagar",
        f"{what[1]} with a clean test the morning after, 7 days",
        numbers,
    )


def _late(_weight: float, shown: Shown) -> Sentence | None:
    late = int(shown["late"])
    if late == 0:
        return None
    what = count_words(late, ("svar", "svar"), ("answer", "answers"))
    numbers = {"late": float(late), "days": 28.0}
    return (
        f"{what[0]} gavs efter utsatt tid på 28 dagar",
        f"{what[1]} given after the set time in 28 days",
        numbers,
    )


def _nothing(_weight: float, _shown: Shown) -> Sentence | None:
    """Not worth a sentence: when somebody is asked is the plan's doing, and hours say little by themselves."""
    return None


_WRITERS: dict[str, Callable[[float, Shown], Sentence | None]] = {
    "own_rate": _own_rate,
    "recent_drinking": _recent_drinking,
    "own_weekday": _own_weekday,
    "silence": _silence,
    "missed": _missed,
    "usual_missed": _usual_missed,
    "mtbt": _mtbt,
    "positive_tests": _positive_tests,
    "programme": _programme,
    "weekday": _weekday,
    "payday": _payday,
    "holiday": _holiday,
    "concealment": _concealment,
    "late": _late,
    "asked": _nothing,
    "own_hours": _nothing,
}

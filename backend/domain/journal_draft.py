"""Draft of a text for the record, computed from the ledger: what was planned, what came, what did not.

It is a basis, not an assessment. A named person edits and signs it; until then it is no part of any record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from backend.domain.wording import Sentence, breath

Length = Literal["three_lines", "half_page"]
LEAST_ANSWERS = 3
"""Answers needed in each of two periods before they are compared (assumption)."""
CLEAR_CHANGE = 1.0
"""A change in a mean on 0 to 10 that is mentioned as one (assumption)."""
ITEM_NAMES: dict[str, Sentence] = {
    "craving": Sentence("sug", "craving"),
    "mood_valence": Sentence("mående", "mood"),
    "sleep_quality": Sentence("sömn", "sleep"),
    "self_efficacy": Sentence("tilltro att hålla sig nykter", "confidence to stay sober"),
}
_CHANNELS: dict[str, tuple[Sentence, Sentence]] = {
    "phone": (Sentence("telefonsamtal", "telephone call"), Sentence("telefonsamtal", "telephone calls")),
    "visit": (Sentence("besök", "visit"), Sentence("besök", "visits")),
    "letter": (Sentence("brev", "letter"), Sentence("brev", "letters")),
    "sms": (Sentence("sms", "text message"), Sentence("sms", "text messages")),
    "message": (Sentence("meddelande", "message"), Sentence("meddelanden", "messages")),
}
"""One of them, and several."""
_UNCONFIRMED: dict[str, Sentence] = {
    "abnormal_confirmation": Sentence("omtestet avvek", "the retest differed"),
    "positive_unconfirmed": Sentence("utan omtest", "without a retest"),
    "positive_pending": Sentence("väntar på omtest", "waiting for a retest"),
}
"""Results at or above the limit that no retest confirmed, and how they were followed up."""


@dataclass(frozen=True, slots=True)
class Trend:
    """An item's mean (0 to 10) now and in the period before it; None where too few answered."""

    item: str
    mean: float | None
    before: float | None
    answers: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger holds for the days from `since` to `until`, both included (the client's local days)."""

    since: date
    until: date
    attendance: Mapping[str, int]
    """Breath-test windows by attendance; every window in exactly one."""
    results: Mapping[str, int]
    """Completed and failed breath tests by result."""
    highest_mg_per_l: Mapping[str, float]
    """The highest value of each result that has one."""
    check_ins_planned: int
    check_ins_answered: int
    trends: tuple[Trend, ...]
    contacts: Mapping[str, int]
    devices: tuple[str, ...]
    """Breathalyzers that the readings came from."""
    outage_hours: float
    reported_drinking_days: int = 0
    still_open: int = field(default=0)
    """Windows of the period that nobody can decide on yet."""

    @property
    def done(self) -> int:
        """Tests taken in time or late, whatever their result."""
        return self.attendance.get("on_time", 0) + self.attendance.get("late", 0)

    @property
    def due(self) -> int:
        """Tests that counted: without excused, paused, outage and open ones."""
        return self.done + self.attendance.get("missed", 0) + self.attendance.get("not_received", 0)

    @property
    def coverage_percent(self) -> int | None:
        """Share of the tests due that were taken; None when none was due."""
        return round(100 * self.done / self.due) if self.due else None

    def stored(self) -> dict[str, Any]:
        """As JSON, kept beside the draft."""
        return {**asdict(self), "since": self.since.isoformat(), "until": self.until.isoformat()}


def draft(facts: Facts, length: Length) -> Sentence:
    """The text in both languages: three lines, or about half a page."""
    head, tests, results = _head(facts), _tests(facts), _results(facts)
    if length == "three_lines":
        return _lines(
            [head, _joined([tests, results]), _joined([_check_ins(facts, short=True), _closing(facts)])]
        )
    return _lines(
        [
            head,
            tests,
            results,
            _check_ins(facts),
            _told(facts),
            _contacts(facts),
            _device(facts),
            _closing(facts),
        ]
    )


def signed_digest(client_id: UUID, since: date, until: date, body: str, signer: UUID, at: datetime) -> bytes:
    """SHA-256 of what was signed: client, period, signer, instant (UTC) and text, one per line, UTF-8."""
    parts = (
        str(client_id),
        since.isoformat(),
        until.isoformat(),
        str(signer),
        at.astimezone(UTC).isoformat(),
        body,
    )
    return sha256("\n".join(parts).encode()).digest()


def _head(facts: Facts) -> Sentence:
    period = f"{facts.since.isoformat()}–{facts.until.isoformat()}"
    cover = facts.coverage_percent
    if cover is None:
        return Sentence(
            f"Period {period}. Inga test var planerade.", f"Period {period}. No tests were planned."
        )
    return Sentence(
        f"Period {period}. Täckning {cover} % ({facts.done} av {facts.due} test gjorda).",
        f"Period {period}. Coverage {cover} % ({facts.done} of {facts.due} tests taken).",
    )


def _tests(facts: Facts) -> Sentence:
    names = (
        ("on_time", "i tid", "on time"),
        ("late", "sena", "late"),
        ("missed", "missade", "missed"),
        (
            "not_received",
            "inte mottagna (utrustningen har inte hörts av)",
            "not received (equipment not heard from)",
        ),
        ("excused", "undantagna", "excused"),
        ("paused", "under paus", "paused"),
        ("outage", "under driftavbrott hos oss", "during our own outage"),
        ("still_open", "ännu inte avgjorda", "not decided yet"),
    )
    kept = _counted({**facts.attendance, "still_open": facts.still_open}, names)
    if not kept:
        return Sentence("", "")
    return Sentence(
        "Utandningstest: " + ", ".join(f"{n} {sv}" for n, sv, _ in kept) + ".",
        "Breath tests: " + ", ".join(f"{n} {en}" for n, _, en in kept) + ".",
    )


_OF_ONE: dict[str, tuple[str, str]] = {
    "late": ("sent", "late"),
    "missed": ("missat", "missed"),
    "not_received": (
        "inte mottaget (utrustningen har inte hörts av)",
        "not received (equipment not heard from)",
    ),
    "excused": ("undantaget", "excused"),
    "still_open": ("ännu inte avgjort", "not decided yet"),
    "positive_confirmed": ("positivt, bekräftat med omtest", "positive, confirmed by a retest"),
    "positive_unconfirmed": ("positivt utan omtest", "positive without a retest"),
    "positive_pending": ("positivt som väntar på omtest", "positive, waiting for a retest"),
    "incomplete": ("blås utan resultat", "blow without a result"),
}
"""What is told in other words where there is one of it."""


def _counted(counts: Mapping[str, int], names: Sequence[tuple[str, str, str]]) -> list[tuple[int, str, str]]:
    """What there is any of, in the order of its names: how many, in Swedish and in English."""
    kept = [(counts[key], key, words) for key, *words in names if counts.get(key)]
    return [(n, *(_OF_ONE[key] if n == 1 and key in _OF_ONE else (sv, en))) for n, key, (sv, en) in kept]


def _results(facts: Facts) -> Sentence:
    names = (
        ("ok", "utan alkohol", "without alcohol"),
        ("trace", "med spår", "with a trace"),
        ("positive_confirmed", "positiva, bekräftade med omtest", "positive, confirmed by a retest"),
        ("positive_unconfirmed", "positiva utan omtest", "positive without a retest"),
        ("positive_pending", "positiva som väntar på omtest", "positive, waiting for a retest"),
        ("abnormal_confirmation", "där omtestet avvek", "where the retest differed"),
        ("incomplete", "blås utan resultat", "blows without a result"),
    )
    kept = _counted(facts.results, names)
    if not kept:
        return Sentence("Inga testresultat har kommit in.", "No test results have come in.")
    sv = "Resultat: " + ", ".join(f"{n} {text}" for n, text, _ in kept) + "."
    en = "Results: " + ", ".join(f"{n} {text}" for n, _, text in kept) + "."
    return _joined([Sentence(sv, en), _highest(facts.highest_mg_per_l)])


def _highest(values: Mapping[str, float]) -> Sentence:
    """The highest value at or above the limit; one that no retest confirmed is told apart."""
    confirmed = values.get("positive_confirmed")
    others = [key for key in _UNCONFIRMED if key in values]
    said = []
    if confirmed is not None:
        top = breath(confirmed)
        said.append(Sentence(f"Högsta bekräftade värde {top.sv}.", f"Highest confirmed value {top.en}."))
        others = [key for key in others if values[key] > confirmed]
    if others:
        key = max(others, key=lambda one: values[one])
        top, how = breath(values[key]), _UNCONFIRMED[key]
        said.append(
            Sentence(
                f"Högsta värde {top.sv}, {how.sv}; inget är bekräftat med omtest.",
                f"Highest value {top.en}, {how.en}; none is confirmed by a retest.",
            )
            if confirmed is None
            else Sentence(
                f"Ett högre värde är inte bekräftat: {top.sv}, {how.sv}.",
                f"A higher value is not confirmed: {top.en}, {how.en}.",
            )
        )
    return _joined(said)


def _check_ins(facts: Facts, *, short: bool = False) -> Sentence:
    if not facts.check_ins_planned and not facts.check_ins_answered:
        return Sentence("", "")
    said = [
        Sentence(
            f"Frågor om dagen: {facts.check_ins_answered} besvarade av {facts.check_ins_planned} planerade.",
            f"Check-ins: {facts.check_ins_answered} answered of {facts.check_ins_planned} planned.",
        )
    ]
    trends = [one for one in facts.trends if one.item in ITEM_NAMES]
    told = [_trend(one) for one in trends if not short or _is_clear(one)]
    if told:
        said.append(
            Sentence(
                "Medelvärden 0–10: " + "; ".join(one.sv for one in told) + ".",
                "Means 0–10: " + "; ".join(one.en for one in told) + ".",
            )
        )
    return _joined(said)


def _is_clear(trend: Trend) -> bool:
    return (
        trend.mean is not None and trend.before is not None and abs(trend.mean - trend.before) >= CLEAR_CHANGE
    )


def _trend(trend: Trend) -> Sentence:
    name = ITEM_NAMES[trend.item]
    if trend.mean is None:
        return Sentence(f"{name.sv} för få svar", f"{name.en} too few answers")
    if trend.before is None:
        return Sentence(
            f"{name.sv} {_sv(trend.mean)} (ingen jämförelse)", f"{name.en} {trend.mean:.1f} (no comparison)"
        )
    if not _is_clear(trend):
        sv, en = "i stort sett som förra perioden", "much as in the period before"
    elif trend.mean > trend.before:
        sv, en = "högre än förra perioden", "higher than in the period before"
    else:
        sv, en = "lägre än förra perioden", "lower than in the period before"
    return Sentence(
        f"{name.sv} {_sv(trend.mean)} ({sv}, {_sv(trend.before)})",
        f"{name.en} {trend.mean:.1f} ({en}, {trend.before:.1f})",
    )


def _told(facts: Facts) -> Sentence:
    days = facts.reported_drinking_days
    if not days:
        return Sentence("", "")
    unit = "day" if days == 1 else "days"
    dagar = "dag" if days == 1 else "dagar"
    return Sentence(
        f"Egen uppgift om drickande: {days} {dagar}.", f"Drinking told by the client: {days} {unit}."
    )


def _contacts(facts: Facts) -> Sentence:
    kept = [
        (number, _CHANNELS[name][number > 1])
        for name, number in facts.contacts.items()
        if number and name in _CHANNELS
    ]
    if not kept:
        return Sentence("Inga kontakter är antecknade.", "No contacts are noted.")
    return Sentence(
        "Kontakter: " + ", ".join(f"{n} {name.sv}" for n, name in kept) + ".",
        "Contacts: " + ", ".join(f"{n} {name.en}" for n, name in kept) + ".",
    )


def _device(facts: Facts) -> Sentence:
    if not facts.devices:
        return Sentence("Ingen utandningsmätare har lämnat värden.", "No breathalyzer has given values.")
    names = ", ".join(facts.devices)
    sv = f"Utandningsmätare: {names}. Värdena är inte bevismätningar."
    en = f"Breathalyzer: {names}. The values are not evidential measurements."
    if facts.outage_hours >= 0.1:
        hours = f"{facts.outage_hours:.1f}"
        sv += f" Driftavbrott hos oss: {hours.replace('.', ',')} timmar."
        en += f" Our own outage: {hours} hours."
    return Sentence(sv, en)


def _closing(facts: Facts) -> Sentence:
    sv, en = "Underlag, ej bedömning.", "A basis, not an assessment."
    if facts.attendance.get("not_received"):
        sv = f"Det som inte mottagits säger inget om nykterhet. {sv}"
        en = f"What was not received says nothing about sobriety. {en}"
    return Sentence(sv, en)


def _joined(parts: list[Sentence]) -> Sentence:
    kept = [one for one in parts if one.sv]
    return Sentence(" ".join(one.sv for one in kept), " ".join(one.en for one in kept))


def _lines(parts: list[Sentence]) -> Sentence:
    kept = [one for one in parts if one.sv]
    return Sentence("\n".join(one.sv for one in kept), "\n".join(one.en for one in kept))


def _sv(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")

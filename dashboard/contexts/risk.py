"""The risk card: may need a talk, with reasons and what speaks against, never a percentage of guilt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.views import Reason, RiskView, Text, TrendView
from dashboard import traces, words
from dashboard.contexts.page import Moment, moment
from dashboard.language import Language

LOW = 0.05
"""Below this no multiple of the usual is told: it would sound like much and be little (assumption)."""
SHOWN_REASONS = 3
"""Reasons shown for each direction (domain reference 11.5)."""


@dataclass(frozen=True, slots=True)
class RiskCard:
    """One estimate in words. `level` is None when there is too little data to say anything."""

    heading: str
    level: str | None
    likeness: str | None
    """Of ten days like this one, in how many drinking tends to begin, with the range."""
    raises: tuple[str, ...]
    lowers: tuple[str, ...]
    coverage: str
    coverage_kind: str
    decided: Moment | None
    model_version: str
    horizons: tuple[str, ...]
    """The other horizons in a sentence each."""
    trend: str | None
    """The client against their own baseline, in a sentence; None when nothing was worked out."""


def say(text: Text, lang: Language) -> str:
    """The sentence in the page's language."""
    return text.sv if lang.code == "sv" else text.en


def risk_card(
    scores: Sequence[RiskView], now: datetime, tz: str, lang: Language, trend: TrendView | None = None
) -> RiskCard | None:
    """The card of the newest scores, the shortest horizon first; None when the client was never scored."""
    if not scores:
        return None
    first, *others = sorted(scores, key=lambda s: s.horizon_hours)
    level = _level(first, lang)
    return RiskCard(
        heading=_capital(level) if level else words.too_little(lang),
        level=level,
        likeness=_likeness(first, lang),
        raises=_sentences(first.reasons, lang, raises=True),
        lowers=_sentences(first.reasons, lang, raises=False),
        coverage=lang.t(words.COVERAGE[first.coverage]),
        coverage_kind=first.coverage,
        decided=moment(first.decided_at, now, tz, lang),
        model_version=first.model_version,
        horizons=tuple(
            lang.t("Next {hours} hours: {level}", hours=s.horizon_hours, level=_level(s, lang) or "")
            for s in others
            if _level(s, lang)
        ),
        trend=say(trend.text, lang) if trend else None,
    )


def _level(score: RiskView, lang: Language) -> str | None:
    """Against the client's own usual; a multiple of next to nothing is still little, and is told so."""
    against_usual = traces.ratio(score, score.probability)
    if against_usual is None or score.probability is None:
        return None
    if score.probability >= LOW:
        return traces.ratio_words(against_usual, lang)
    if against_usual >= traces.AS_USUAL:
        return lang.t("low, though above the client's usual")
    return lang.t("low")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _likeness(score: RiskView, lang: Language) -> str | None:
    if score.probability is None or score.low is None or score.high is None:
        return None
    low, high = round(score.low * 100), round(score.high * 100)
    if high < 10:
        return lang.t(
            "Of a hundred days like this one, drinking tends to begin after {middle} (uncertain: {low} to {high}).",
            middle=lang.t("fewer than one")
            if score.probability < 0.0075
            else _about(score.probability * 100, lang),
            low=low,
            high=max(high, low + 1),
        )
    tenths = score.probability * 10
    return lang.t(
        "Of ten days like this one, drinking tends to begin after {middle} (uncertain: {low} to {high}).",
        middle=lang.t("fewer than one") if tenths < 0.75 else _about(tenths, lang),
        low=round(score.low * 10),
        high=max(round(score.high * 10), 1),
    )


def _about(number: float, lang: Language) -> str:
    return lang.t("about {number}", number=round(number))


def _sentences(reasons: Sequence[Reason], lang: Language, *, raises: bool) -> tuple[str, ...]:
    chosen = sorted((r for r in reasons if r.raises is raises), key=lambda r: -abs(r.weight))
    return tuple(say(r.text, lang) for r in chosen[:SHOWN_REASONS])

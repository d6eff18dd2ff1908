"""Words for items, weekdays and numbers in Swedish and English."""

from __future__ import annotations

import math

ITEM_WORDS: dict[str, tuple[str, str]] = {
    "craving": ("Sug", "Craving"),
    "risky_situation": ("Risksituationer", "Risky situations"),
    "stressful_event": ("Stressande händelser", "Stressful events"),
    "pleasant_event": ("Trevliga händelser", "Pleasant events"),
    "mood_valence": ("Stämningsläge", "Mood"),
    "mood_arousal": ("Uppvarvning", "Arousal"),
    "expected_risky_situation": ("Väntade risksituationer", "Expected risky situations"),
    "expected_stressful_event": ("Väntad stress", "Expected stress"),
    "expected_drinking": ("Väntat drickande", "Expected drinking"),
    "self_efficacy": ("Tilltro till att klara det", "Self-efficacy"),
    "sleep_quality": ("Sömnkvalitet", "Sleep quality"),
    "sleep_hours": ("Sömn i timmar", "Hours of sleep"),
}

WEEKDAY_WORDS: tuple[tuple[str, str], ...] = (
    ("måndag", "Monday"),
    ("tisdag", "Tuesday"),
    ("onsdag", "Wednesday"),
    ("torsdag", "Thursday"),
    ("fredag", "Friday"),
    ("lördag", "Saturday"),
    ("söndag", "Sunday"),
)


def item_words(item: str) -> tuple[str, str]:
    """The item in Swedish and English; an item of a study's own is called what the study calls it."""
    plain = item.replace("_", " ")
    return ITEM_WORDS.get(item, (plain, plain))


def number_words(value: float, decimals: int = 1) -> tuple[str, str]:
    """A number with at most so many decimals, in Swedish (comma) and English (point)."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ","), text


def span_words(expected: float) -> str:
    """The whole numbers around an expected count: 0.4 gives "0–1", 2 gives "2"."""
    low, high = math.floor(expected + 1e-9), math.ceil(expected - 1e-9)
    return str(low) if low == high else f"{low}–{high}"


def count_words(n: int, sv: tuple[str, str], en: tuple[str, str]) -> tuple[str, str]:
    """A count with its noun in Swedish and English, each noun given as (one, many)."""
    return f"{n} {sv[0] if n == 1 else sv[1]}", f"{n} {en[0] if n == 1 else en[1]}"


def days_words(days: float) -> tuple[str, str]:
    """A number of whole days."""
    return count_words(int(days), ("dag", "dagar"), ("day", "days"))

"""Whether there is enough data for a score; "too little data to say" is an answer."""

from __future__ import annotations

from relapse_model.artifact import CoverageRules
from relapse_model.scores import Coverage
from relapse_model.wording import days_words

Shown = dict[str, float]


def coverage_of(rules: CoverageRules, shown: Shown) -> Coverage:
    """The coverage of one decision from its display numbers."""
    informed, contacts = shown["informed_days"], shown["contact_days"]
    silent, usual = shown["silent_days"], shown["usual_gap_days"]
    numbers = {"days": round(informed, 1), "contact_days": contacts, "silent_days": round(silent, 1)}
    quiet = days_words(silent)
    heard = days_words(contacts)
    if silent > rules.too_little_after_silent_days:
        return Coverage(
            "too_little",
            numbers,
            f"För lite data för att säga: inget hört på {quiet[0]}",
            f"Too little data to say: nothing heard for {quiet[1]}",
        )
    if informed < rules.too_little_below_days or contacts < rules.too_little_below_contact_days:
        return Coverage(
            "too_little",
            numbers,
            f"För lite data för att säga: {heard[0]} med svar eller test",
            f"Too little data to say: {heard[1]} with answers or tests",
        )
    if silent > max(rules.little_above_silent_days, rules.little_above_silent_times_usual * usual):
        return Coverage(
            "little",
            numbers,
            f"Osäkert: inget hört på {quiet[0]}",
            f"Uncertain: nothing heard for {quiet[1]}",
        )
    if informed < rules.little_below_days or contacts < rules.little_below_contact_days:
        return Coverage(
            "little",
            numbers,
            f"Osäkert: bara {heard[0]} med svar eller test",
            f"Uncertain: only {heard[1]} with answers or tests",
        )
    return Coverage("enough", numbers, f"{heard[0]} med svar eller test", f"{heard[1]} with answers or tests")

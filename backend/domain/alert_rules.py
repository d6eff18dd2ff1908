"""Which rule or model a line of evidence comes from, in one sentence."""

from collections.abc import Mapping
from typing import Final

from backend.domain.wording import Sentence

RULES: Final[Mapping[str, Sentence]] = {
    "safety_answer": Sentence(
        "Regel: fråga 9 i PHQ-9 besvarades med mer än 0.", "Rule: item 9 of PHQ-9 was answered above 0."
    ),
    "help_asked": Sentence(
        "Klienten bad själv om kontakt, under Hjälp på sin sida. Inget är uträknat.",
        "The client asked for contact, under Help on their own page. Nothing is worked out.",
    ),
    "confirmed_positive": Sentence(
        "Regel: ett test på eller över gränsen, och ett omtest som också låg där.",
        "Rule: a test at or above the limit, and a retest that lay there too.",
    ),
    "unconfirmed_positive": Sentence(
        "Regel: ett test på eller över gränsen, utan omtest inom tiden.",
        "Rule: a test at or above the limit, and no retest in time.",
    ),
    "identity_mismatch": Sentence(
        "En person såg någon annan på bilden. Testets värde står kvar.",
        "A person saw somebody else on the picture. The test's value stands.",
    ),
    "testing_stopped": Sentence(
        "Regel: inget test utan alkohol på länge, efter regelbundna test.",
        "Rule: no test without alcohol for long, after regular testing.",
    ),
    "missed_tests": Sentence(
        "Regel: fler missade test än vad som är vanligt för klienten.",
        "Rule: more missed tests than is usual for the client.",
    ),
    "worsening_risk": Sentence(
        "Modell: riskuppskattningen steg över enhetens tröskel och över klientens vanliga nivå.",
        "Model: the estimated risk rose above the unit's threshold and above the client's usual.",
    ),
    "trend": Sentence(
        "Regel: klientens egen kurva vände nedåt, jämförd med klientens egna dagar. Ingen modell förutsade något.",
        "Rule: the client's own course turned for the worse against their own days. No model predicted anything.",
    ),
    "lost_contact": Sentence(
        "Regel: utrustningen hördes inte av inom tiden.", "Rule: the equipment was not heard from in time."
    ),
    "equipment": Sentence(
        "Regel: utrustningen rapporterade ett fel.", "Rule: the equipment reported a fault."
    ),
}

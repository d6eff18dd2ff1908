"""The questionnaires as people read them: names, items and answers.

AUDIT: WHO, published. PHQ-9 and GAD-7: Spitzer, Kroenke, Williams and colleagues; free to use without permission.
"""

from backend.services.questionnaires import Instrument, choices
from dashboard.contexts.application import AUDIT
from dashboard.language import N_

NAMES: dict[Instrument, str] = {"audit": "AUDIT", "audit_c": "AUDIT-C", "phq9": "PHQ-9", "gad7": "GAD-7"}
ABOUT: dict[Instrument, str] = {
    "audit": N_("Alcohol habits during the last year"),
    "audit_c": N_("Alcohol habits, the first three questions"),
    "phq9": N_("Depressive symptoms during the last two weeks"),
    "gad7": N_("Anxiety during the last two weeks"),
}
LEADS: dict[Instrument, str] = {
    "audit": N_("One glass is 12 g of alcohol: a small strong beer, a glass of wine, or 4 cl of spirits."),
    "audit_c": N_("One glass is 12 g of alcohol: a small strong beer, a glass of wine, or 4 cl of spirits."),
    "phq9": N_("Over the last two weeks, how often have you been bothered by any of the following problems?"),
    "gad7": N_("Over the last two weeks, how often have you been bothered by any of the following problems?"),
}
BANDS: dict[str, str] = {
    "low": N_("below the limit"),
    "risk": N_("risky use"),
    "harmful": N_("harmful use"),
    "dependence": N_("probable dependence"),
    "none": N_("none or minimal"),
    "mild": N_("mild"),
    "moderate": N_("moderate"),
    "moderately_severe": N_("moderately severe"),
    "severe": N_("severe"),
}
_DAYS = (N_("Not at all"), N_("Several days"), N_("More than half the days"), N_("Nearly every day"))
_PHQ9 = (
    N_("Little interest or pleasure in doing things"),
    N_("Feeling down, depressed, or hopeless"),
    N_("Trouble falling or staying asleep, or sleeping too much"),
    N_("Feeling tired or having little energy"),
    N_("Poor appetite or overeating"),
    N_("Feeling bad about yourself, or that you are a failure or have let yourself or your family down"),
    N_("Trouble concentrating on things, such as reading the newspaper or watching television"),
    N_(
        "Moving or speaking so slowly that other people could have noticed? Or the opposite: being so fidgety or "
        "restless that you have been moving around a lot more than usual"
    ),
    N_("Thoughts that you would be better off dead, or of hurting yourself in some way"),
)
_GAD7 = (
    N_("Feeling nervous, anxious, or on edge"),
    N_("Not being able to stop or control worrying"),
    N_("Worrying too much about different things"),
    N_("Trouble relaxing"),
    N_("Being so restless that it is hard to sit still"),
    N_("Becoming easily annoyed or irritable"),
    N_("Feeling afraid, as if something awful might happen"),
)


def items(instrument: Instrument) -> tuple[tuple[str, tuple[tuple[int, str], ...]], ...]:
    """Each item with its answers and their points, to be translated."""
    if instrument in {"audit", "audit_c"}:
        texts = AUDIT[: len(choices(instrument))]
    else:
        texts = tuple((text, _DAYS) for text in (_PHQ9 if instrument == "phq9" else _GAD7))
    return tuple(
        (text, tuple(zip(points, answers, strict=True)))
        for (text, answers), points in zip(texts, choices(instrument), strict=True)
    )

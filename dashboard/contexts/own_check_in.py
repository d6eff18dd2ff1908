"""The daily questions, on the client's own page and on the one that works without network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from backend.services.own_schedule import ComingTest
from dashboard import formats
from dashboard.contexts.client import Choice
from dashboard.contexts.own_around import Around
from dashboard.contexts.own_home import ComingDay, coming_days
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

SCALE = tuple(range(11))
QUESTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("craving", N_("How strong is the craving right now?"), N_("none"), N_("very strong")),
    ("mood_valence", N_("How are you feeling?"), N_("very bad"), N_("very good")),
    ("sleep_quality", N_("How did you sleep?"), N_("very badly"), N_("very well")),
    ("self_efficacy", N_("How sure are you of staying sober this week?"), N_("not at all"), N_("completely")),
)
"""The daily questions, four so that answering takes under half a minute; 0..10 each (domain reference, section 10)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the words at the ends of its scale."""

    name: str
    text: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class CheckInForm:
    """The form. `once_key` makes sending it twice the same as once."""

    questions: tuple[Question, ...]
    scale: tuple[int, ...]
    drinking_days: tuple[Choice, ...]
    once_key: str
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was sent and could not be saved, by the names of the fields: the form comes back with it."""
    wrong: str = ""
    """The field to look at, empty when it is none of them."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OwnCheckIn:
    """The page with the questions."""

    frame: Frame
    around: Around
    form: CheckInForm


@dataclass(frozen=True, slots=True)
class OwnOffline:
    """What a phone shows without network: planned times, numbers and the questions. No result and no name."""

    frame: Frame
    around: Around
    form: CheckInForm | None
    """None where nobody is signed in."""
    coming: tuple[ComingDay, ...]
    as_of: str


_WRONG: dict[str, str] = {
    "glasses": N_("Write the number of glasses in figures, for example 2 or 2.5, or leave the field empty."),
    "drinking_time": N_(
        "That time could not be used: it lies ahead, or is no time of day. You can leave it empty."
    ),
    "": N_("Nothing could be saved of this yet. Choose at least one answer, and look through the rest."),
}
"""What to do about a field, by its name."""


def check_in_form(lang: Language, typed: Mapping[str, str] | None = None, wrong: str = "") -> CheckInForm:
    """The questions in a language; with what was `typed` where it could not be saved because of the field `wrong`."""
    day = (typed or {}).get("drinking_day") or "0"
    return CheckInForm(
        tuple(Question(n, lang.t(q), lang.t(low), lang.t(high)) for n, q, low, high in QUESTIONS),
        SCALE,
        (
            Choice("0", lang.t("today"), day not in {"1", "2"}),
            Choice("1", lang.t("yesterday"), day == "1"),
            Choice("2", lang.t("the day before yesterday"), day == "2"),
        ),
        (typed or {}).get("once_key") or uuid4().hex,
        typed or {},
        wrong,
        "" if typed is None else lang.t(_WRONG.get(wrong, _WRONG[""])),
    )


def own_offline(
    coming: Sequence[ComingTest] | None, tz: str, frame: Frame, around: Around, now: datetime
) -> OwnOffline:
    """The page as it is kept on the phone; `coming` is None where nobody is signed in."""
    lang = frame.lang
    return OwnOffline(
        frame,
        around,
        None if coming is None else check_in_form(lang),
        coming_days(coming or (), now, tz, lang),
        formats.moment(now, tz, lang),
    )

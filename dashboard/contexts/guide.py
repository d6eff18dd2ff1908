"""The guide on one page: its words, for the page and for the file to print."""

from dataclasses import dataclass

from backend.services.guide_pdf import Section
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What the list is for"),
        (
            N_(
                "It puts first whom somebody should talk to today. It is a basis for a talk, never a verdict."
            ),
            N_(
                "Order: safety and confirmed alcohol, worsening that nobody has assessed, lost "
                "contact, equipment, due for review, stable."
            ),
        ),
    ),
    (
        N_("Why did it ring?"),
        (
            N_(
                "Open the client: the signal says why in whole sentences, since when, and how often "
                "such signals were right."
            ),
            N_(
                "Confirmed alcohol: a positive test and a retest that agreed. A single positive is "
                "not confirmed: mouthwash and food can do that."
            ),
            N_(
                "May need a talk: the client's own course has turned, compared with the client's own "
                "days. The reasons stand first."
            ),
            N_("Lost contact: the equipment was not heard from. It says nothing about sobriety."),
            N_(
                "Missed is not the same as nothing received: missed only counts when the equipment "
                "was heard from afterwards."
            ),
        ),
    ),
    (
        N_("What to do first"),
        (
            N_("Call. Then note the contact: it takes half a minute and stands in the course."),
            N_(
                "Take the signal or put it off until a day. Close it with a reason in your own words."
                " To disagree with the computer is part of the work."
            ),
            N_("Nothing is sent to anybody outside by itself."),
        ),
    ),
    (
        N_("Change a plan"),
        (
            N_(
                "Client, Plan, Change the plan. The preview beside it shows two weeks with holidays. "
                "Propose it; it takes effect when the client agrees."
            ),
        ),
    ),
    (
        N_("Write the record"),
        (
            N_(
                "Client, Text for the record. The draft is computed, you edit and sign it, then copy "
                "it or take the PDF."
            ),
        ),
    ),
    (
        N_("When nobody is there"),
        (
            N_(
                "Outside working hours clients read that nobody reads now, with 112, 1177 and the "
                "unit's own numbers. Signals of the kind now go to whoever is on duty."
            ),
        ),
    ),
)
_WORDS: tuple[tuple[str, str], ...] = (
    (N_("mg/L"), N_("Alcohol in the breath. What is measured and stored.")),
    (N_("‰"), N_("Alcohol in the blood, computed from the breath. A model, always marked as computed.")),
    (N_("Retest"), N_("A second breath 15 minutes later or more. It confirms or contradicts the first.")),
    (N_("Coverage"), N_("Share of the planned tests that were taken. Gaps are drawn as gaps.")),
    (N_("Excused, paused"), N_("Agreed beforehand or afterwards: not missed.")),
    (N_("Check-in"), N_("The client's own answers of the day.")),
    (N_("Baseline"), N_("What is usual for this client, from their own earlier days.")),
)


@dataclass(frozen=True, slots=True)
class GuidePage:
    """The page: what to know in short sections, and what the words mean."""

    frame: Frame
    sections: tuple[Section, ...]
    words: tuple[tuple[str, str], ...]


def guide_page(frame: Frame) -> GuidePage:
    """The guide in the frame's language."""
    return GuidePage(frame, guide_sections(frame.lang), guide_words(frame.lang))


def guide_sections(lang: Language) -> tuple[Section, ...]:
    """The sections, in the order in which one reads them."""
    return tuple(
        Section(lang.t(heading), tuple(lang.t(one) for one in texts)) for heading, texts in _SECTIONS
    )


def guide_words(lang: Language) -> tuple[tuple[str, str], ...]:
    """Each word with what it means."""
    return tuple((lang.t(word), lang.t(meaning)) for word, meaning in _WORDS)

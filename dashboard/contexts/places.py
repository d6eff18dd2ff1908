"""One's own contact points on a page: where one is told outside the pages, what of, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.contact_points import HOURS, KINDS, ContactPoint, Preference
from dashboard import formats
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

KIND_WORDS: dict[str, str] = {
    "email": N_("E-mail"),
    "sms": N_("Text message (SMS)"),
    "webhook": N_("A program's address (webhook)"),
}
HOURS_WORDS: dict[str, str] = {
    "always": N_("at any time"),
    "working": N_("in working hours"),
    "duty": N_("outside working hours, when I am on call"),
}


_SENT_IN: dict[str, str] = {
    "sv": N_("This is how it looks; the texts come in Swedish:"),
    "en": N_("This is how it looks; the texts come in English:"),
}
UNSAID = Preference()
"""What holds while somebody has chosen nothing."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice among several."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """One place. `path`: what its forms are posted below."""

    path: str
    anchor: str
    kind: str
    address: str
    state: str
    """`works`, `waits`, `paused` or `failing`."""
    state_words: str
    code_until: str
    """Until when the code that was sent counts; empty for none."""
    code_failed: bool
    for_reminders: bool
    for_messages: bool
    hours: tuple[Option, ...]
    summary: str
    quiet_from: str
    quiet_to: str
    may_be_first: bool


@dataclass(frozen=True, slots=True)
class AddForm:
    """What was written into the form for a new place, to stand there again when it could not be used."""

    kinds: tuple[Option, ...]
    address: str
    for_reminders: bool
    for_messages: bool
    hours: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class PlacesPage:
    """The whole page. `around` stands around a client's own page; staff have the ordinary frame."""

    frame: Frame
    around: Around | None
    places: tuple[PlaceCard, ...]
    add: AddForm
    example: str
    example_language: str
    example_words: str
    """What stands over the example; it says so when the texts come in another language than the page is in."""
    problem: str | None
    clinic_number: str
    """The number at which the clinic calls the client; empty for none, and for staff."""
    problem_at: str
    """The anchor of the place the problem is about; empty for the form for a new one."""
    base: str


def places_page(
    found: Sequence[ContactPoint],
    frame: Frame,
    around: Around | None,
    base: str,
    example: tuple[str, str],
    now: datetime,
    tz: str,
    *,
    wish: Preference = UNSAID,
    written: tuple[str, str] = ("", ""),
    problem: str | None = None,
    problem_at: str = "",
    clinic_number: str = "",
) -> PlacesPage:
    """The page of the signed-in person.

    `written`: kind and address that could not be used; `example`: a text as it is sent, and its language.
    """
    lang = frame.lang
    kinds = KINDS if around is None else tuple(kind for kind in KINDS if kind != "webhook")
    return PlacesPage(
        frame,
        around,
        tuple(
            _card(one, base, lang, now, tz, is_staff=around is None, is_first=at == 0)
            for at, one in enumerate(found)
        ),
        AddForm(
            tuple(Option(kind, lang.t(KIND_WORDS[kind]), kind == (written[0] or "email")) for kind in kinds),
            written[1],
            wish.for_reminders,
            wish.for_messages,
            _hours(wish, lang),
        ),
        *example,
        lang.t("This is how it looks:") if example[1] == lang.code else lang.t(_SENT_IN[example[1]]),
        problem,
        clinic_number,
        problem_at,
        base,
    )


def anchor_of(contact_point_id: object) -> str:
    """The anchor of a place on the page."""
    return f"place-{contact_point_id}"


def _card(
    one: ContactPoint, base: str, lang: Language, now: datetime, tz: str, *, is_staff: bool, is_first: bool
) -> PlaceCard:
    wish = one.preference
    state = _state(one)
    until = one.waits_for_code_until
    return PlaceCard(
        f"{base}/{one.contact_point_id}",
        anchor_of(one.contact_point_id),
        lang.t(KIND_WORDS[one.kind]),
        one.address,
        state,
        lang.t(_STATES[state]),
        formats.clock(until, tz, lang) if until is not None and until > now else "",
        one.code_failed and state in {"waits", "failing"},
        wish.for_reminders,
        wish.for_messages,
        _hours(wish, lang),
        _summary(wish, lang, is_staff=is_staff),
        f"{wish.quiet_from:%H:%M}" if wish.quiet_from else "",
        f"{wish.quiet_to:%H:%M}" if wish.quiet_to else "",
        state == "works" and not is_first,
    )


_STATES: dict[str, str] = {
    "works": N_("confirmed"),
    "waits": N_("not confirmed yet"),
    "paused": N_("paused"),
    "failing": N_("does not work: messages come back"),
}


def _state(one: ContactPoint) -> str:
    if one.disabled_at is not None:
        return "failing"
    if one.confirmed_at is None:
        return "waits"
    return "works" if one.preference.active else "paused"


def _summary(wish: Preference, lang: Language, *, is_staff: bool) -> str:
    """What the place is used for and when, in one line."""
    if is_staff:
        said = lang.t(HOURS_WORDS[wish.hours])
    elif wish.for_reminders and wish.for_messages:
        said = lang.t("reminders, and word of new messages")
    else:
        said = lang.t("reminders") if wish.for_reminders else lang.t("word of new messages")
    if wish.quiet_from is not None and wish.quiet_to is not None:
        quiet = lang.t(
            "quiet {begins}–{ends}", begins=f"{wish.quiet_from:%H:%M}", ends=f"{wish.quiet_to:%H:%M}"
        )
        return f"{said} · {quiet}"
    return said


def _hours(wish: Preference, lang: Language) -> tuple[Option, ...]:
    return tuple(Option(one, lang.t(HOURS_WORDS[one]), one == wish.hours) for one in HOURS)

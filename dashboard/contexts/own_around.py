"""What stands around each of the client's own pages: where to turn, whether anybody reads now, the other pages."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.own_schedule import Surroundings
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.language import CHOICES, N_, Language

TABS: tuple[tuple[str, str, str], ...] = (
    ("/me/", "home", N_("Home")),
    ("/me/days", "days", N_("Days")),
    ("/me/messages", "messages", N_("Write")),
    ("/me/plan", "plan", N_("Plan")),
    ("/me/data", "data", N_("Data")),
)
"""Address, icon and words of the pages, in the order of the bar. Pages below one of them belong to it."""
_BELOW = {
    "/me/check-in": "/me/",
    "/me/graph": "/me/days",
    "/me/sharing": "/me/data",
    "/me/places": "/me/data",
}
_LANGUAGES = {
    "sv": "Svenska",
    "sv-easy": "Lättläst svenska",
    "en": "English",
    "en-easy": "Easy English",
}
"""Each in its own words, whatever the page's language is."""
EMERGENCY = (
    ("112", N_("when life or health is in danger")),
    ("1177", N_("advice about care, day and night")),
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number to call. `address` is what the telephone dials."""

    address: str
    number: str
    text: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the bar."""

    href: str
    icon: str
    text: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """One language with the language it is written in."""

    value: str
    text: str
    code: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Everything around the content of a client's own page."""

    owner: str
    """Whose page it is, for what is kept on the phone: never a name."""
    numbers: tuple[Number, ...]
    desk: str
    """Whether anybody reads now, honestly."""
    is_open: bool
    tabs: tuple[Tab, ...]
    languages: tuple[LanguageChoice, ...]
    home: str = "/me/"


def around(found: Surroundings | None, frame: Frame, owner: str, now: datetime | None) -> Around:
    """What stands around a page; `found` is None where no client is signed in: for a relative, or before sign-in."""
    lang = frame.lang
    here = _BELOW.get(frame.here, frame.here)
    local = found.numbers if found else ()
    return Around(
        owner=owner,
        numbers=(
            *(Number(number, number, lang.t(text)) for number, text in EMERGENCY),
            *(Number(one.address, one.number, one.label, one.hours) for one in local),
        ),
        desk=_desk(found, lang, now) if found and now else lang.t("Nobody reads this page right away."),
        is_open=found is not None and found.desk.is_open,
        tabs=tuple(Tab(href, icon, lang.t(text), href == here) for href, icon, text in TABS) if found else (),
        languages=tuple(
            LanguageChoice(choice, _LANGUAGES[choice], choice[:2], choice == lang.choice)
            for choice in CHOICES
        ),
        home="/me/" if found or frame.here.startswith("/me/") else "/shared/",
    )


def _desk(found: Surroundings, lang: Language, now: datetime) -> str:
    if found.desk.is_open:
        return lang.t("The clinic reads now and then during the day. Nobody watches all the time.")
    opens = formats.near_in_words(found.desk.opens_at, now, found.tz, lang)
    return lang.t("Nobody reads this now. The clinic reads again from {opens}.", opens=opens)

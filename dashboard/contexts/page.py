"""What every page shows around its content."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dashboard import formats, words
from dashboard.language import N_, Language

NEUTRAL = ("/me/", "/own/", "/shared/", "/r/", "/l/")
"""Where pages begin that other people's eyes may fall on."""


class Person(Protocol):
    """What pages need of the acting principal."""

    @property
    def display_name(self) -> str:
        """Name to show."""

    @property
    def role(self) -> str:
        """Role, one of `words.ROLES`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Who is signed in, in which language, and the token that every form carries."""

    lang: Language
    here: str
    """Path of this page, for the language switch to come back to."""
    person: str | None
    role: str | None
    is_client: bool
    csrf_token: str
    notice: str | None
    """A sentence about what was just done."""
    nav: tuple[tuple[str, str], ...] = ()
    """Address and words of the pages this role has."""
    emergency: tuple[str, str] | None = None
    """On a client's pages that are seen in an emergency: until when, and the client's address."""
    printed_at: str = ""
    """When the page was made, with the time zone, for paper; empty before sign-in."""
    must_read_routine: bool = False
    """Whether to point to the routine for checks of the log, which this one has not read."""

    @property
    def is_neutral(self) -> bool:
        """Whether title and icon say nothing of what this is about: on a client's own pages and a relative's."""
        return self.is_client or self.here.startswith(NEUTRAL)


_NAV: dict[str, tuple[tuple[str, str], ...]] = {
    "client": (("/me/", N_("My page")),),
    "clinician": (
        ("/", N_("Who needs me")),
        ("/messages", N_("Messages")),
        ("/applications", N_("Applications")),
        ("/care", N_("Who follows whom")),
        ("/leave", N_("Leave")),
        ("/guide", N_("Guide")),
        ("/emergency", N_("Emergency")),
    ),
    "operator": (
        ("/", N_("Who needs me")),
        ("/operations", N_("Operation")),
        ("/operations/breathalyzers", N_("Breathalyzers")),
        ("/operations/dead-letters", N_("Messages not stored")),
        ("/accounts", N_("Accounts")),
    ),
    "manager": (
        ("/", N_("Who needs me")),
        ("/manager/unit", N_("The unit")),
        ("/care", N_("Who follows whom")),
        ("/leave", N_("Leave")),
        ("/manager/time", N_("Staff time")),
        ("/manager/settings", N_("Settings")),
        ("/models", N_("Risk models")),
        ("/accounts", N_("Accounts")),
        ("/manager/access", N_("Access")),
    ),
}

_OTHERS: tuple[tuple[str, str], ...] = (("/", N_("Who needs me")),)


def frame(
    lang: Language, here: str, person: Person | None, csrf_token: str, notice: str | None = None
) -> Frame:
    """The frame of a page; `person` is None before sign-in."""
    return Frame(
        lang=lang,
        here=here,
        person=person.display_name if person else None,
        role=lang.t(words.ROLES.get(person.role, person.role)) if person else None,
        is_client=person is not None and person.role == "client",
        csrf_token=csrf_token,
        notice=notice,
        nav=tuple((path, lang.t(text)) for path, text in _NAV.get(person.role, _OTHERS)) if person else (),
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant for a `<time>` element: as read, and as machines read it."""

    text: str
    machine: str
    ago: str


def moment(instant: datetime | None, now: datetime, tz: str, lang: Language) -> Moment | None:
    """The instant beside now, in the client's zone."""
    if instant is None:
        return None
    ago = lang.t("{span} ago", span=formats.span(now - instant, lang)) if instant <= now else ""
    return Moment(formats.near(instant, now, tz, lang), formats.machine(instant), ago)

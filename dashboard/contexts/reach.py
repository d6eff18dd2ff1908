"""How a client is reached: on the client's page in a line, and on a page of its own with every version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.client_reach import (
    LONGEST_NOTE,
    PREFERRED,
    ClientReach,
    OwnPlace,
    Preferred,
    ReachLine,
    ReachVersion,
)
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.places import KIND_WORDS, Option
from dashboard.language import N_, Language

PREFERRED_WORDS: dict[Preferred, str] = {
    "phone": N_("by phone"),
    "sms": N_("by SMS"),
    "letter": N_("by letter"),
    "message": N_("by message on their page"),
}


@dataclass(frozen=True, slots=True)
class ReachHead:
    """One line on the client's page. `tel`: what the telephone dials; empty for none, and for a protected client."""

    tel: str
    number: str
    words: str
    is_hidden: bool
    """Whether the number stands only on the page about it."""
    places: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """What stood from an instant on."""

    at: Moment | None
    by: str
    number: str
    wish: str
    note: str


@dataclass(frozen=True, slots=True)
class ReachPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    tel: str
    number: str
    wish: str
    note: str
    is_protected: bool
    places: tuple[str, ...]
    earlier: tuple[VersionLine, ...]
    written: str
    """What stands in the form's field for the number."""
    written_note: str
    ways: tuple[Option, ...]
    longest_note: int
    problem: str | None


def reach_head(found: ReachLine, lang: Language) -> ReachHead:
    """The line on the client's page."""
    now = found.now
    if found.is_protected:
        words = lang.t("protected")
    elif now is None or not now.phone:
        words = lang.t("no number")
    else:
        words = ""
    if now is not None:
        wish = lang.t("rather {way}", way=lang.t(PREFERRED_WORDS[now.preferred]))
        words = f"{words} · {wish}" if words else wish
    return ReachHead(
        now.phone if now else "",
        now.phone_as_read if now else "",
        words,
        found.is_protected,
        ", ".join(places_words(found.places, lang)),
    )


def places_words(places: Sequence[OwnPlace], lang: Language) -> tuple[str, ...]:
    """The client's own places, by kind and whether they work."""
    return tuple(f"{lang.t(KIND_WORDS[one.kind])}: {lang.t(_state(one))}" for one in places)


def _state(one: OwnPlace) -> str:
    if one.is_failing:
        return N_("does not work: messages come back")
    if not one.is_confirmed:
        return N_("not confirmed yet")
    return N_("confirmed") if one.is_on else N_("paused")


def reach_page(
    found: ClientReach,
    frame: Frame,
    now: datetime,
    *,
    wish: tuple[str, str, str] | None = None,
    problem: str | None = None,
) -> ReachPage:
    """The page. `wish`: number, way and note that could not be saved, to stand in the form again."""
    lang = frame.lang
    newest = found.versions[0] if found.versions else None
    number = newest.phone_as_read if newest else ""
    written = wish or (number, newest.preferred if newest else "phone", newest.note if newest else "")
    return ReachPage(
        frame,
        str(found.client_id),
        found.alias,
        newest.phone if newest else "",
        number,
        lang.t(PREFERRED_WORDS[newest.preferred]) if newest else "",
        newest.note if newest else "",
        found.is_protected,
        places_words(found.places, lang),
        tuple(_line(one, found.tz, lang, now) for one in found.versions),
        written[0],
        written[2],
        tuple(Option(one, lang.t(PREFERRED_WORDS[one]), one == written[1]) for one in PREFERRED),
        LONGEST_NOTE,
        problem,
    )


def _line(one: ReachVersion, tz: str, lang: Language, now: datetime) -> VersionLine:
    return VersionLine(
        moment(one.entered_at, now, tz, lang),
        one.entered_by or "",
        one.phone_as_read or lang.t("no number"),
        lang.t(PREFERRED_WORDS[one.preferred]),
        one.note,
    )

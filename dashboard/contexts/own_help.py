"""Help on a page of its own: numbers to call, and asking the clinic to get in touch."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.help_calls import HelpDesk
from dashboard import formats
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.language import N_


@dataclass(frozen=True, slots=True)
class OwnHelp:
    """The whole page. `asked`: what became of the client's newest call; empty for none."""

    frame: Frame
    around: Around
    before: str
    """What will happen, said before the button is pressed."""
    asked: str
    asked_state: str


_STATES: dict[str, str] = {
    "waiting": N_("Nobody at the clinic has seen it yet."),
    "seen": N_("Somebody at the clinic has seen it."),
    "answered": N_("The clinic has dealt with it."),
}


def own_help(found: HelpDesk, tz: str, frame: Frame, around: Around, now: datetime) -> OwnHelp:
    """The page of the signed-in client."""
    lang, asked, state = frame.lang, "", ""
    if found.desk.is_open:
        before = lang.t(
            "The clinic is told at once and calls you as soon as somebody can. If nobody has called within an hour, "
            "call yourself."
        )
    else:
        before = lang.t(
            "Nobody reads this now. The clinic reads again from {opens}, and calls you then. If somebody is on call, "
            "they are told. Do not wait for it if you need help before.",
            opens=formats.near_in_words(found.desk.opens_at, now, tz, lang),
        )
    if found.call is not None:
        asked = lang.t(
            "You asked the clinic to get in touch {time}.",
            time=formats.near_in_words(found.call.asked_at, now, tz, lang),
        )
        state = lang.t(_STATES[found.call.state])
    return OwnHelp(frame, around, before, asked, state)

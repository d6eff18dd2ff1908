"""Who may see what of the client: the clinic by care, relatives by the client's own switches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.care_relations import CareOfClient
from backend.services.relative_views import SCOPES, RelativeState, RelativeView, Scope
from dashboard import formats
from dashboard.contexts.care import DecisionLine, RelationLine, decision_line, relation_lines
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

SCOPE_WORDS: dict[Scope, str] = {
    "plan": N_("When tests are planned"),
    "attendance": N_("Whether tests were made"),
    "results": N_("Results in words, without figures"),
    "values": N_("Results with figures"),
}
STATE_WORDS: dict[RelativeState, str] = {
    "invited": N_("invited, has not signed in yet"),
    "lapsed": N_("the invitation has run out"),
    "accepted": N_("can sign in"),
    "ended": N_("ended"),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing, shared or not. `until` is when it ends by itself."""

    scope: str
    text: str
    is_on: bool
    until: str


@dataclass(frozen=True, slots=True)
class RelativeCard:
    """One person the client shares with, or did."""

    relative_id: str
    called: str
    shown_as: str
    state: str
    is_open: bool
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class OwnSharing:
    """The whole page."""

    frame: Frame
    around: Around
    relatives: tuple[RelativeCard, ...]
    ended: tuple[RelativeCard, ...]
    scopes: tuple[Switch, ...]
    """For the invitation: all off."""
    tomorrow: str
    """The first day on which sharing can end."""
    staff: tuple[RelationLine, ...]
    """Who at the clinic follows the client now, and from a time to come."""
    staff_before: tuple[RelationLine, ...]
    decisions: tuple[DecisionLine, ...]


@dataclass(frozen=True, slots=True)
class OwnInvited:
    """The link for the invited person. It is shown this once."""

    frame: Frame
    around: Around
    called: str
    link: str
    ends: str


def own_sharing(
    found: Sequence[RelativeView],
    care: CareOfClient,
    tz: str,
    frame: Frame,
    around: Around,
    now: datetime,
    tomorrow: str,
) -> OwnSharing:
    """The page of the signed-in client."""
    current, coming, past = relation_lines(care.relations, now, tz, frame.lang)
    cards = [(one.state, _card(one, tz, frame.lang, now)) for one in found]
    return OwnSharing(
        frame,
        around,
        tuple(card for state, card in cards if state != "ended"),
        tuple(card for state, card in cards if state == "ended"),
        tuple(Switch(scope, frame.lang.t(SCOPE_WORDS[scope]), False, "") for scope in SCOPES),
        tomorrow,
        (*current, *coming),
        past,
        tuple(decision_line(one, now, tz, frame.lang) for one in care.history),
    )


def _card(one: RelativeView, tz: str, lang: Language, now: datetime) -> RelativeCard:
    return RelativeCard(
        str(one.relative_id),
        one.called,
        one.client_shown_as,
        lang.t(STATE_WORDS[one.state]),
        one.state in {"invited", "accepted"},
        tuple(
            Switch(
                scope,
                lang.t(SCOPE_WORDS[scope]),
                scope in one.on,
                formats.near(ends, now, tz, lang)
                if scope in one.on and (ends := one.on[scope].ends_at)
                else "",
            )
            for scope in SCOPES
        ),
    )

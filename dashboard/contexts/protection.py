"""Block, protected identity and legal hold of one client, for staff; and the block on the client's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.blocks import OWN_WISH, Block, Protection
from backend.services.legal_holds import Hold
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

_NO_WORDS = N_("no reason given; none is needed")


@dataclass(frozen=True, slots=True)
class Standing:
    """One block or hold: who is let in or what is kept, since when, and why. Empty `until`: it stands."""

    head: str
    since: Moment | None
    words: str
    until: Moment | None
    lift_words: str


@dataclass(frozen=True, slots=True)
class ProtectionPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    block: Standing | None
    earlier: tuple[Standing, ...]
    is_protected: bool
    hold: Standing | None
    earlier_holds: tuple[Standing, ...]
    may_change: bool
    may_hold: bool


def protection_page(
    found: Protection, holds: Sequence[Hold], may_hold: bool, frame: Frame, now: datetime
) -> ProtectionPage:
    """The page about one client."""
    blocks = block_lines(found.blocks, found.tz, frame.lang, now)
    kept = tuple(_hold(one, found.tz, frame.lang, now) for one in holds)
    return ProtectionPage(
        frame,
        str(found.client_id),
        found.alias,
        next((one for one in blocks if one.until is None), None),
        tuple(one for one in blocks if one.until is not None),
        found.is_protected,
        next((one for one in kept if one.until is None), None),
        tuple(one for one in kept if one.until is not None),
        found.may_change,
        may_hold,
    )


def block_lines(blocks: Sequence[Block], tz: str, lang: Language, now: datetime) -> tuple[Standing, ...]:
    """Every block, newest first; the one that stands is without an end."""
    return tuple(_block(one, tz, lang, now) for one in blocks)


def _block(one: Block, tz: str, lang: Language, now: datetime) -> Standing:
    return Standing(
        one.unit,
        moment(one.set_at, now, tz, lang),
        _said(one.words, lang),
        moment(one.lifted_at, now, tz, lang),
        _said(one.lift_words, lang) if one.lift_words else "",
    )


def _hold(one: Hold, tz: str, lang: Language, now: datetime) -> Standing:
    return Standing(
        one.placed_by or lang.t("the platform"),
        moment(one.placed_at, now, tz, lang),
        one.reason,
        moment(one.lifted_at, now, tz, lang),
        one.lift_reason or "",
    )


def _said(words: str, lang: Language) -> str:
    return lang.t(_NO_WORDS) if words == OWN_WISH else words

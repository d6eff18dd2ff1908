"""Context of the page with a client's pictures, each beside its reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.identity_photos import PhotoList, PhotoView
from dashboard import formats, words
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

_SOURCES = {"camera": N_("by the camera, in mid-blow"), "phone": N_("by the client's phone")}


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """One picture. `href`: of the picture itself; empty once it was removed."""

    anchor: str
    list: str
    """Where it stands among the others."""
    path: str
    href: str
    taken: Moment | None
    source: str
    reading: str
    """What was blown; the picture says nothing about it."""
    state: str
    state_words: str
    judged: Moment | None
    judged_by: str
    note: str
    removed: Moment | None


@dataclass(frozen=True, slots=True)
class PhotosPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    waiting: str
    """How many wait for a person; empty for none."""
    photos: tuple[PhotoCard, ...]


def photos_page(found: PhotoList, frame: Frame, now: datetime) -> PhotosPage:
    """The page of one client's pictures: those that wait first, then the newest."""
    lang = frame.lang
    ordered = sorted(found.photos, key=lambda one: one.state != "review_pending")
    count = sum(one.state == "review_pending" for one in found.photos)
    waiting = ""
    if count:
        waiting = lang.n("{count} picture waits for a person.", "{count} pictures wait for a person.", count)
    cards = tuple(_card(one, str(found.client_id), found.tz, lang, now) for one in ordered)
    return PhotosPage(frame, str(found.client_id), found.alias, waiting, cards)


def row_photos(
    found: Sequence[PhotoView], client_id: str, tz: str, lang: Language, now: datetime
) -> dict[str, PhotoCard]:
    """Pictures by the instant of their reading, as the rows of the table name it."""
    return {
        formats.machine(one.measured_at): _card(one, client_id, tz, lang, now)
        for one in found
        if one.measured_at is not None
    }


def _card(one: PhotoView, client_id: str, tz: str, lang: Language, now: datetime) -> PhotoCard:
    key = one.key
    path = f"/clients/{client_id}/photos/{key.device_id}/{key.boot_id}/{key.sequence}"
    anchor = f"p-{key.boot_id[:8]}-{key.sequence}"
    return PhotoCard(
        anchor=anchor,
        list=f"/clients/{client_id}/photos#{anchor}",
        path=path,
        href=f"{path}/picture.jpg" if one.is_kept else "",
        taken=moment(one.taken_at, now, tz, lang),
        source=lang.t(_SOURCES[one.source]),
        reading=_reading(one, tz, lang),
        state=one.state,
        state_words=words.identity(one.state, lang),
        judged=moment(one.judged_at, now, tz, lang),
        judged_by=one.judged_by or "",
        note=one.note or "",
        removed=moment(one.removed_at, now, tz, lang),
    )


def _reading(one: PhotoView, tz: str, lang: Language) -> str:
    if one.measured_at is None:
        return lang.t("The reading has not arrived yet.")
    when = formats.moment(one.measured_at, tz, lang)
    if one.brac_mg_per_l is None:
        return lang.t("{when}: no value", when=when)
    return f"{when}: {formats.brac(one.brac_mg_per_l, lang)}"

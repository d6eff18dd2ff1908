"""The page about leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.access import Principal
from backend.services.leave_cover import LeaveDesk
from dashboard import formats
from dashboard.contexts.application import ZONE
from dashboard.contexts.page import Frame
from dashboard.language import Language


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague to choose."""

    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class CoverRow:
    """One cover in words."""

    cover_id: str
    text: str
    days: str
    clients: str
    can_end: bool


@dataclass(frozen=True, slots=True)
class LeavePage:
    """The whole page. `absent` is empty where one arranges it for oneself alone."""

    frame: Frame
    absent: tuple[Person, ...]
    colleagues: tuple[Person, ...]
    covers: tuple[CoverRow, ...]
    today: str


def leave_page(desk: LeaveDesk, principal: Principal, frame: Frame, now: datetime) -> LeavePage:
    """The page as this person may use it."""
    lang, is_manager = frame.lang, principal.reach("leave") == "unit"
    people = tuple(Person(str(one.account_id), one.name) for one in desk.colleagues)
    me = str(principal.account_id)
    return LeavePage(
        frame=frame,
        absent=people if is_manager else (),
        colleagues=tuple(one for one in people if is_manager or one.account_id != me),
        covers=tuple(
            CoverRow(
                str(one.cover_id),
                lang.t(
                    "{covering} looks after the clients of {absent}", covering=one.covering, absent=one.absent
                ),
                _days(one.from_at, one.to_at, lang),
                lang.n("{count} client", "{count} clients", one.clients),
                is_manager or principal.account_id in {one.absent_id, one.covering_id},
            )
            for one in desk.covers
        ),
        today=formats.local_day(now, ZONE).isoformat(),
    )


def _days(from_at: datetime, to_at: datetime, lang: Language) -> str:
    last = formats.local_day(to_at - timedelta(minutes=1), ZONE)
    return lang.t(
        "{since} to {until}", since=formats.local_day(from_at, ZONE).isoformat(), until=last.isoformat()
    )

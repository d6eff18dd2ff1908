"""The client's own pages from made-up views."""

from datetime import UTC, datetime, timedelta

from bs4 import BeautifulSoup

from backend.domain.help_numbers import HelpNumber
from backend.services.casework_views import Desk
from backend.services.own_schedule import ComingTest, Surroundings
from backend.services.views import ClientSeries
from dashboard.contexts.own_around import Around, around
from dashboard.contexts.own_home import Todo, own_home
from dashboard.contexts.page import Frame
from dashboard.templating import Templates
from tests.support import views

OPENS = datetime(2026, 3, 19, 7, tzinfo=UTC)


def surroundings(*, is_open: bool = False) -> Surroundings:
    """A unit with a number of its own, open or not."""
    desk = Desk(is_open, views.NOW if is_open else OPENS, 8, OPENS + timedelta(hours=8))
    return Surroundings((HelpNumber("08-123 456 00", "Öppenvården", "vardagar 8–16"),), desk, views.TZ)


def around_of(frame: Frame, *, is_open: bool = False) -> Around:
    """What stands around a page."""
    return around(surroundings(is_open=is_open), frame, "owner-1", views.NOW)


def coming(*hours: float) -> tuple[ComingTest, ...]:
    """Planned breath tests of two hours, so many hours from now."""
    return tuple(
        ComingTest(
            "breath_test",
            views.NOW + timedelta(hours=hour),
            views.NOW + timedelta(hours=hour + 2),
            "planned",
        )
        for hour in hours
    )


def home(
    templates: Templates,
    frame: Frame,
    series: ClientSeries | None = None,
    ahead: tuple[ComingTest, ...] | None = None,
    *todo: Todo,
) -> BeautifulSoup:
    """The home as a tree."""
    life = views.Life(3)
    page = own_home(
        life.overview(), series or life.series(), coming(1, 13) if ahead is None else ahead, todo, frame,
        around_of(frame), views.NOW,
    )  # fmt: skip
    text = templates.render("own_home.html", frame.lang.code, page, is_easy=frame.lang.is_easy)
    return BeautifulSoup(text, "html.parser")

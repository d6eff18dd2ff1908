"""The tenant's breathalyzers for technical support: their zeros over time, and who has those of a recall."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from backend.domain.recall import RecallWish
from backend.errors import Invalid
from backend.services import breathalyzers
from dashboard.contexts.breathalyzers import breathalyzers_page, readings_table
from dashboard.pages.span import csv_response
from dashboard.site import OnForm, OnVisit, Visit, field

router = APIRouter(prefix="/operations/breathalyzers", include_in_schema=False)


@router.get("")
def page(on: OnVisit) -> Response:
    """The courses, and an empty form for a recall."""
    return _page(on, RecallWish())


@router.post("")
def recall(on: OnVisit, form: OnForm) -> Response:
    """Who has such breathalyzers. A POST, since looking is logged with each client found."""
    wish = _wish(form)
    try:
        found = breathalyzers.recall(on.db, on.principal, wish, now=on.now)
    except Invalid:
        answer = _page(on, wish, is_refused=True)
        answer.status_code = 422
        return answer
    return _page(on, wish, found)


@router.post("/readings.csv")
def readings(on: OnVisit, form: OnForm) -> Response:
    """The readings taken with them as a file: when and with what, not what they showed."""
    found = breathalyzers.recalled_readings(on.db, on.principal, _wish(form), now=on.now)
    return csv_response(readings_table(found), "recall")


def _page(
    on: Visit,
    wish: RecallWish,
    found: tuple[breathalyzers.Recalled, ...] | None = None,
    *,
    is_refused: bool = False,
) -> HTMLResponse:
    courses = breathalyzers.courses(on.db, on.principal, now=on.now)
    context = breathalyzers_page(courses, wish, found, is_refused, on.frame(), on.now)
    return on.page("breathalyzers.html", context)


def _wish(form: FormData) -> RecallWish:
    return RecallWish(*(field(form, name)[:60] for name in ("model", "first", "last", "firmware")))

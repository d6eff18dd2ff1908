"""The numbers clients can call, set by the unit's manager."""

from fastapi import APIRouter
from fastapi.responses import Response

from backend.errors import Invalid
from backend.services import unit_settings
from dashboard.contexts.unit_numbers import ROWS, unit_numbers
from dashboard.language import N_
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/manager", include_in_schema=False)
HERE = "/manager/numbers"


@router.get("/numbers")
def numbers(on: OnVisit) -> Response:
    """What is in force."""
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    return on.page("unit_numbers.html", unit_numbers(found, None, on.frame(), on.now, None))


@router.post("/numbers")
def set_numbers(on: OnVisit, form: OnForm) -> Response:
    """Let these numbers stand on the clients' pages from now on; lines without a number are left out."""
    typed = [{name: field(form, f"{name}_{n}") for name in ("number", "label", "hours")} for n in range(ROWS)]
    given = [one for one in typed if one["number"] or one["label"]]
    try:
        unit_settings.set_one(on.db, on.principal, "help_numbers", given, field(form, "reason"), now=on.now)
    except Invalid:
        found = unit_settings.settings(on.db, on.principal, now=on.now)
        problem = on.lang.t(N_("Each number needs its digits and whose it is, and the change a reason."))
        answer = on.page("unit_numbers.html", unit_numbers(found, typed, on.frame(), on.now, problem))
        answer.status_code = 422
        return answer
    return see_other(HERE, "numbers_saved")

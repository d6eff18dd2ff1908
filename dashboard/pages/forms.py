"""Questionnaires: staff ask for them, type them in and read the scores; the client fills them in at /own/forms."""

from datetime import datetime, time
from typing import cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Invalid, NotFound
from backend.services import questionnaires
from backend.services.questionnaires import FormsView, Instrument, choices
from dashboard.contexts.forms import fill_page, forms_page, own_forms_page
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(include_in_schema=False)
OWN = "/own/forms"
_STAFF = "/clients/{client_id}/forms"


@router.get(_STAFF)
def of_client(client_id: UUID, on: OnVisit) -> Response:
    """Scores over time, and what is asked for."""
    view = questionnaires.of_client(on.db, on.principal, client_id, now=on.now)
    return on.page("forms.html", forms_page(view, on.frame(), on.now))


@router.post(_STAFF + "/ask")
def ask(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Ask the client for a form."""
    try:
        questionnaires.ask(on.db, on.principal, client_id, field(form, "instrument"), now=on.now)
    except Conflict:
        return see_other(f"/clients/{client_id}/forms", "form_asked_already")
    return see_other(f"/clients/{client_id}/forms", "form_asked")


@router.post(_STAFF + "/requests/{request_id}/withdraw")
def take_back(client_id: UUID, request_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Ask no more."""
    try:
        questionnaires.take_back(on.db, on.principal, request_id, now=on.now)
    except Conflict:
        return see_other(f"/clients/{client_id}/forms", "plan_moved")
    return see_other(f"/clients/{client_id}/forms", "form_taken_back")


@router.get(_STAFF + "/fill/{instrument}")
def fill(client_id: UUID, instrument: str, on: OnVisit) -> Response:
    """The form, to type in from paper or a talk."""
    view = questionnaires.of_client(on.db, on.principal, client_id, now=on.now)
    return _fill(on, view, _known(instrument), {})


@router.post(_STAFF + "/fill/{instrument}")
def save(client_id: UUID, instrument: str, on: OnVisit, form: OnForm) -> Response:
    """Save what was typed in; a form with gaps is shown again."""
    wanted, given = _known(instrument), _given(form)
    view = questionnaires.of_client(on.db, on.principal, client_id, now=on.now)
    sex = field(form, "sex")
    try:
        questionnaires.enter(
            on.db,
            on.principal,
            client_id,
            wanted,
            _answers(wanted, given),
            "talk" if field(form, "source") == "talk" else "paper",
            _answered_at(field(form, "day"), view.tz, on.now),
            sex="woman" if sex == "woman" else "man" if sex == "man" else None,
            now=on.now,
        )
    except Invalid:
        return _fill(on, view, wanted, given, has_problem=True)
    return see_other(f"/clients/{client_id}/forms", "form_saved")


@router.post(_STAFF + "/{form_id}/withdraw")
def withdraw(client_id: UUID, form_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Mark a form as typed in wrongly."""
    try:
        questionnaires.withdraw(on.db, on.principal, form_id, field(form, "reason"), now=on.now)
    except Conflict:
        return see_other(f"/clients/{client_id}/forms", "plan_moved")
    return see_other(f"/clients/{client_id}/forms", "form_withdrawn")


@router.get(OWN)
def own(on: OnVisit) -> Response:
    """The client's own forms."""
    view = questionnaires.own(on.db, on.principal, now=on.now)
    return on.page("own_forms.html", own_forms_page(view, on.frame(), own_around(on), on.now, told=False))


@router.get(OWN + "/help")
def own_help(on: OnVisit) -> Response:
    """Where a client is sent whose answers ask for safety: whom to call, at once."""
    view = questionnaires.own(on.db, on.principal, now=on.now)
    return on.page("own_forms.html", own_forms_page(view, on.frame(), own_around(on), on.now, told=True))


@router.get(OWN + "/{request_id}")
def own_fill(request_id: UUID, on: OnVisit) -> Response:
    """A form the client was asked for."""
    view, instrument = _own_request(on, request_id)
    return _own_fill(on, view, instrument, request_id, {})


@router.post(OWN + "/{request_id}")
def own_send(request_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Send it; help numbers come at once where an answer asks for safety."""
    view, instrument = _own_request(on, request_id)
    given = _given(form)
    try:
        kept = questionnaires.answer(on.db, on.principal, request_id, _answers(instrument, given), now=on.now)
    except Invalid:
        return _own_fill(on, view, instrument, request_id, given, has_problem=True)
    except Conflict:
        return see_other(OWN, "plan_moved")
    return see_other(f"{OWN}/help") if kept.asks_for_safety else see_other(OWN, "form_sent")


def _own_request(on: Visit, request_id: UUID) -> tuple[FormsView, Instrument]:
    view = questionnaires.own(on.db, on.principal, now=on.now)
    found = next((one.instrument for one in view.requests if one.request_id == request_id), None)
    if found is None:
        raise NotFound
    return view, found


def _own_fill(
    on: Visit,
    view: FormsView,
    instrument: Instrument,
    request_id: UUID,
    given: dict[str, str],
    *,
    has_problem: bool = False,
) -> Response:
    context = fill_page(
        view,
        instrument,
        on.frame(),
        on.now,
        action=f"{OWN}/{request_id}",
        own=own_around(on),
        given=given,
        has_problem=has_problem,
    )
    return on.page("form_fill.html", context)


def _fill(
    on: Visit, view: FormsView, instrument: Instrument, given: dict[str, str], *, has_problem: bool = False
) -> Response:
    context = fill_page(
        view,
        instrument,
        on.frame(),
        on.now,
        action=f"/clients/{view.client_id}/forms/fill/{instrument}",
        given=given,
        has_problem=has_problem,
    )
    return on.page("form_fill.html", context)


def _known(instrument: str) -> Instrument:
    if instrument not in get_args(Instrument):
        raise NotFound
    return cast("Instrument", instrument)


def _given(form: FormData) -> dict[str, str]:
    return {name: field(form, name) for name in form if name.startswith("item_") or name == "day"}


def _answers(instrument: Instrument, given: dict[str, str]) -> list[int | None]:
    texts = [given.get(f"item_{number}", "") for number in range(1, len(choices(instrument)) + 1)]
    if not all((text.isdecimal() and len(text) == 1) or not text for text in texts):
        raise Invalid
    return [int(text) if text else None for text in texts]


def _answered_at(day: str, tz: str, now: datetime) -> datetime:
    """Noon of the day on the form, or now when that is today. Raises Invalid."""
    try:
        noon = datetime.combine(datetime.fromisoformat(day).date(), time(12), ZoneInfo(tz))
    except ValueError as error:
        raise Invalid from error
    return now if noon.date() == now.astimezone(ZoneInfo(tz)).date() else noon

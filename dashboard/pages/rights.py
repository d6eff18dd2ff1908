"""A client's rights, for staff with a care relation."""

from datetime import date
from typing import cast, get_args
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Forbidden, Invalid
from backend.services import access_extract, clients, erasure, person_export, registers
from backend.services.access_extract import Form
from backend.services.erasure import RefusalCode
from backend.services.registers import Given, Ground, Kind
from dashboard.contexts.own import vocabulary
from dashboard.contexts.rights import rights_page
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(include_in_schema=False)


@router.get("/clients/{client_id}/rights")
def page(client_id: UUID, on: OnVisit) -> Response:
    """What the client asks for, and what was disclosed. A client has pages of their own for it."""
    found = registers.of_client(on.db, on.principal, client_id, now=on.now)
    if on.principal.is_client:
        raise Forbidden
    overview = clients.overview(on.db, on.principal, client_id, now=on.now)
    return on.page("rights.html", rights_page(overview, found, on.frame(), on.now))


@router.post("/clients/{client_id}/rights/file.zip")
def export(client_id: UUID, on: OnVisit, _checked: OnForm) -> Response:
    """Everything about the client as one file. A POST, since taking data out is an act that is logged."""
    made = person_export.export(
        on.db, on.principal, client_id, photo_keys=on.request.app.state.photo_keys, now=on.now
    )
    named = {"content-disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.data, media_type="application/zip", headers=named)


@router.post("/clients/{client_id}/rights/looks.{form}")
def looks(client_id: UUID, form: Form, on: OnVisit, _checked: OnForm) -> Response:
    """Who has looked, as a file to hand out."""
    return looks_file(on, client_id, form)


@router.post("/clients/{client_id}/rights/disclosures")
def disclose(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note a disclosure before it leaves."""
    what, masked = (
        tuple(cast("Kind", one) for one in get_args(Kind) if field(form, f"{name}_{one}"))
        for name in ("what", "masked")
    )
    ground, _, consent = field(form, "ground").partition(":")
    registers.disclose(
        on.db, on.principal, client_id, field(form, "recipient"), what, cast("Ground", ground), field(form, "words"),
        masked=masked, consent_id=_uuid(consent) if consent else None, now=on.now,
    )  # fmt: skip
    return see_other(f"/clients/{client_id}/rights", "disclosure_noted")


@router.post("/clients/{client_id}/rights/consents")
def consent(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note a consent that was given in person or in writing."""
    last = field(form, "ends_on")
    try:
        ends_on = date.fromisoformat(last) if last else None
    except ValueError as error:
        raise Invalid from error
    registers.record_consent(
        on.db, on.principal, client_id, field(form, "purpose"), field(form, "recipient"),
        cast("Given", field(form, "given_how")), ends_on=ends_on, now=on.now,
    )  # fmt: skip
    return see_other(f"/clients/{client_id}/rights", "consent_noted")


@router.post("/clients/{client_id}/rights/consents/{consent_id}/withdraw")
def withdraw(client_id: UUID, consent_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note that the client takes a consent back."""
    registers.withdraw_consent(on.db, on.principal, consent_id, field(form, "reason"), now=on.now)
    return see_other(f"/clients/{client_id}/rights", "consent_ended")


@router.post("/clients/{client_id}/rights/erasures/{request_id}")
def decide_erasure(client_id: UUID, request_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Grant erasure, or refuse it with the law that asks for keeping."""
    code, decision = field(form, "refusal_code"), field(form, "decision")
    if decision not in {"grant", "refuse"} or (decision == "refuse") != (code != ""):
        raise Invalid
    refusal = cast("RefusalCode", code) if decision == "refuse" else None
    erasure.decide(on.db, on.principal, request_id, field(form, "words"), refusal_code=refusal, now=on.now)
    return see_other(f"/clients/{client_id}/rights")


def looks_file(on: Visit, client_id: UUID, form: Form) -> Response:
    """The whole list in the visitor's language."""
    made = access_extract.extract(on.db, on.principal, client_id, form, vocabulary(on.lang), now=on.now)
    named = {"content-disposition": f'attachment; filename="{made.filename}"'}
    return Response(made.content, media_type=made.media_type, headers=named)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid from error
